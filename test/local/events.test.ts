import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTable } from "../../lib/local/createTable.ts";
import { startEngine } from "../../lib/local/engine.ts";
import { caller } from "../support/caller.ts";
import { type LocalProcess, startLocal } from "../support/startLocal.ts";
import { type ReceivedEvent, type Receiver, startReceiver } from "../support/startReceiver.ts";

let directory: string;
let receiver: Receiver;
let local: LocalProcess | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  receiver = await startReceiver();
});
afterEach(async () => {
  local?.kill("SIGTERM");
  await local?.exited;
  local = undefined;
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

const soon = { timeout: 60_000, interval: 5 };

/** Starts the server, always at the same port; answers callers of it. */
async function start(...options: string[]) {
  const started = await startLocal(directory, {}, ...options);
  local = started;
  const found = (pattern: RegExp) => pattern.exec(started.stdout())?.[1] ?? "";
  const url = found(/ready at (\S+)/);
  const account = caller(url, { id: found(/key id +(\S+)/), secret: found(/key secret +(\S+)/) });
  return { url, account, stdout: started.stdout };
}
type Started = Awaited<ReturnType<typeof start>>;

/** Ends the server, in good order or outright. */
async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  local?.kill(signal);
  await local?.exited;
}

/** Makes an app with a Telegram integration, and a webhook of it that hears of messages and new conversations. */
async function newBusiness({ account }: Started) {
  const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
  const integrations = `/v2/apps/${made.app.id}/integrations`;
  const { body: telegram } = await account.post<{ integration: { id: string; secretToken: string } }>(integrations, {
    type: "telegram",
    token: "123:abc",
  });
  const { body: custom } = await account.post<{ integration: { id: string; webhooks: { id: string }[] } }>(
    integrations,
    {
      type: "custom",
      displayName: "Bot",
      webhooks: [{ target: receiver.url, triggers: ["conversation:create", "conversation:message"] }],
    },
  );
  return { appId: made.app.id, webhookId: custom.integration.webhooks[0]?.id, ...telegram.integration };
}
type Business = Awaited<ReturnType<typeof newBusiness>>;

/** Delivers a Telegram message of this number to the server. */
async function write({ url }: Started, { id, secretToken }: Business, number: number): Promise<void> {
  const from = { id: 7, is_bot: false, first_name: "Jane" };
  const chat = { id: 7, type: "private", first_name: "Jane" };
  const message = { message_id: number, date: 1_700_000_000 + number, from, chat, text: `Hello ${number}` };
  const answer = await fetch(`${url}/webhooks/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secretToken },
    body: JSON.stringify({ update_id: number, message }),
  });
  expect(answer.status).toBe(200);
}

const textOf = ({ payload }: ReceivedEvent): string => payload.message.content.text;
const messages = () => receiver.events().filter(({ type }) => type === "conversation:message");
const heard = () => [...new Set(messages().map(textOf))];

test("a receiver hears of a channel's message and its new conversation within a second, and the terminal tells it", async () => {
  const server = await start();
  const business = await newBusiness(server);
  await write(server, business, 1);
  await receiver.has(2);
  const [created, told] = receiver.events();
  expect([created?.type, told?.type]).toEqual(["conversation:create", "conversation:message"]);
  expect(told?.payload).toMatchObject({ message: { content: { type: "text", text: "Hello 1" } } });
  expect(told?.payload.conversation.id).toBe(created?.payload.conversation.id);
  const waits: number[] = [];
  for (let number = 2; number <= 21; number++) {
    await write(server, business, number);
    const answered = performance.now();
    await receiver.has(number + 1);
    waits.push(performance.now() - answered);
  }
  expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(1_000);
  expect(messages().map(textOf)).toEqual(Array.from({ length: 21 }, (_, index) => `Hello ${index + 1}`));
  for (const event of [created, told]) {
    const of = `event ${event?.type} ${event?.id}`;
    await vi.waitFor(() => expect(server.stdout()).toContain(`${of} of user `), soon);
    const delivered = new RegExp(`^${of} delivered to webhook ${business.webhookId} \\(200 in \\d+ ms\\)$`, "m");
    await vi.waitFor(() => expect(server.stdout()).toMatch(delivered), soon);
  }
  expect(server.stdout()).not.toMatch(/Hello|Jane/);
});

test("a server that is started again goes on where it was: nothing is told twice, and nothing is lost", async () => {
  let server = await start();
  const business = await newBusiness(server);
  await write(server, business, 1);
  await receiver.has(2);
  await vi.waitFor(() => expect(server.stdout()).toMatch(/conversation:message \w+ delivered/), soon);
  await end("SIGTERM");
  server = await start();
  await write(server, business, 2);
  await receiver.has(3);
  expect(messages().map(textOf)).toEqual(["Hello 1", "Hello 2"]);
  // The receiver keeps one waiting whose server is stopped.
  receiver.answerOnce("hang");
  await write(server, business, 3);
  await receiver.has(4);
  await end("SIGTERM");
  await start();
  await receiver.has(5);
  expect(messages().map(textOf)).toEqual(["Hello 1", "Hello 2", "Hello 3", "Hello 3"]);
  expect(new Set(receiver.events().map(({ id }) => id)).size).toBe(4);
});

test("a server that is killed as soon as it answered, or as its receiver heard, loses no event", async () => {
  let server = await start();
  const business = await newBusiness(server);
  for (let number = 1; number <= 5; number++) {
    await write(server, business, number);
    await end("SIGKILL");
    server = await start();
  }
  // Killed once more when the receiver has the event, and nothing is recorded of that.
  await vi.waitFor(() => expect(heard()).toHaveLength(5), soon);
  receiver.answer(() => {
    local?.kill("SIGKILL");
    return 200;
  });
  await write(server, business, 6);
  await local?.exited;
  expect(heard()).toHaveLength(6);
  receiver.answer(200);
  await start();
  await vi.waitFor(() => expect(messages().filter((event) => textOf(event) === "Hello 6")).toHaveLength(2), soon);
  const all = Array.from({ length: 6 }, (_, index) => `Hello ${index + 1}`);
  await vi.waitFor(() => expect(heard().sort()).toEqual(all), soon);
  // The same event has the same id, however often it is told.
  expect(new Set(messages().map(({ id }) => id)).size).toBe(6);
});

test("with --fresh nothing is told of what was deleted, also where it was not delivered yet", async () => {
  let server = await start();
  const business = await newBusiness(server);
  receiver.answerOnce("hang");
  await write(server, business, 1);
  await receiver.has(1);
  await end("SIGKILL");
  server = await start("--fresh");
  const before = receiver.received.length;
  await write(server, await newBusiness(server), 2);
  await receiver.has(before + 2);
  expect(
    receiver
      .events()
      .slice(before)
      .map(({ type }) => type),
  ).toEqual(["conversation:create", "conversation:message"]);
  expect(heard()).not.toContain("Hello 1");
});

test("what is kept on the way stays in the data directory, for its owner, and is gone when it is delivered", async () => {
  const server = await start();
  const business = await newBusiness(server);
  receiver.answerOnce("hang");
  await write(server, business, 1);
  await receiver.has(1);
  const waiting = join(directory, ".local", "events", "first");
  const [file = ""] = readdirSync(waiting);
  expect(readFileSync(join(waiting, file), "utf8")).toContain("conversation:create");
  await end("SIGKILL");
  await start();
  await vi.waitFor(() => expect(readdirSync(waiting)).toEqual([]), soon);
  expect(heard()).toEqual(["Hello 1"]);
});

test("a server on data of a version without events keeps it, says what that costs, and tells what comes", async () => {
  const engine = await startEngine({ only: "embedded", dataDirectory: join(directory, ".local") });
  await createTable(engine.endpoint, "sunroom");
  await engine.stop();
  const sentence = "The data is of a version without events.";
  const server = await start();
  expect(server.stdout()).toContain(sentence);
  await write(server, await newBusiness(server), 1);
  await receiver.has(2);
  await end("SIGTERM");
  expect((await start()).stdout()).not.toContain(sentence);
});
