import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Caller, caller } from "../../support/caller.ts";
import { runSunroom } from "../../support/runSunroom.ts";
import { type LocalProcess, startLocal } from "../../support/startLocal.ts";
import { type Receiver, startReceiver } from "../../support/startReceiver.ts";

/** An entry as the local server shows it. */
interface Entry {
  readonly id: string;
  readonly channel: string;
  readonly state: string;
  readonly integrationIds: readonly string[];
  readonly message?: { readonly personId: string; readonly text: string };
}

let directory: string;
let local: LocalProcess;
let provider: Receiver;
let account: Caller;
let url: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  provider = await startReceiver();
  local = await startLocal(directory, { MESSENGER_API_URL: provider.url });
  url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  account = caller(url, {
    id: /key id +(\S+)/.exec(local.stdout())?.[1] ?? "",
    secret: /key secret +(\S+)/.exec(local.stdout())?.[1] ?? "",
  });
});
afterAll(async () => {
  local.kill("SIGTERM");
  await local.exited;
  await provider.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await post("/local/outbox/clear", {});
});

const post = (path: string, fields: object, headers: Readonly<Record<string, string>> = {}) =>
  caller(url).send("POST", path, { headers, body: JSON.stringify(fields) });
const entries = async (query = ""): Promise<readonly Entry[]> =>
  JSON.parse((await caller(url).send("GET", `/local/outbox${query}`, {})).text).entries;
const sunroom = (...words: readonly string[]) => runSunroom(words, { PATH: process.env.PATH ?? "" }, directory);

/** A person who wrote on a channel, by the command line, and how the business answers. */
async function newPerson(channel: string, from: string) {
  const app = (await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" })).body.app.id;
  const { code, stdout, stderr } = await sunroom(
    ...["deliver", channel, "--from", from, "--text", "Hi", "--name", "Jane Doe"],
    ...["--app", app, "--create", "--json"],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const delivered: { userId: string; integrationId: string } = JSON.parse(stdout);
  const path = `/v2/apps/${app}/conversations`;
  const { body } = await account.get<{ conversations: { id: string }[] }>(`${path}?filter[userId]=${delivered.userId}`);
  const conversationId = body.conversations[0]?.id ?? "";
  const answer = (text: string) =>
    account.post(`${path}/${conversationId}/messages`, {
      author: { type: "business" },
      content: { type: "text", text },
    });
  return { ...delivered, app, conversationId, answer };
}

/** Waits until the outbox has so many entries that were answered. */
const taken = (count: number, query = "") =>
  vi.waitFor(
    async () => {
      const all = await entries(query);
      expect(all.filter(({ state }) => state !== "sending")).toHaveLength(count);
      return all;
    },
    { timeout: 60_000, interval: 20 },
  );

describe("sunroom deliver", () => {
  test("makes a user of the person, with the name, and nothing that is not there unless told to", async () => {
    const app = (await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" })).body.app.id;
    const words = ["deliver", "line", "--from", "U15550100", "--text", "Hi", "--app", app];
    const refused = await sunroom(...words);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(`There is no integration of line in the app ${app}; make one with`);
    expect(refused.stderr).toContain(`(From ${url}.)`);
    const { code, stdout } = await sunroom(...words, "--create", "--json");
    expect(code).toBe(0);
    const { userId, integrationId } = JSON.parse(stdout);
    expect(await account.get(`/v2/apps/${app}/users/${userId}`)).toMatchObject({ status: 200 });
    const again = await sunroom(...words, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ userId, integrationId });
  });

  test("says which integrations there are where there are several, and takes the one that is named", async () => {
    const [one, other] = [await newPerson("messenger", "1001"), await newPerson("messenger", "1002")];
    const words = ["deliver", "messenger", "--from", "1003", "--text", "Hi"];
    const { code, stderr } = await sunroom(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(`  ${one.integrationId}  of the app ${one.app}\n`);
    expect(stderr).toContain(other.integrationId);
    const named = await sunroom(...words, "--integration", other.integrationId, "--json");
    expect(JSON.parse(named.stdout)).toMatchObject({ integrationId: other.integrationId, appId: other.app });
    expect(await sunroom(...words, "--integration", "f".repeat(24))).toMatchObject({ code: 2 });
  });

  test.each([
    [["deliver"], "<type>"],
    [["deliver", "smoke", "--from", "1", "--text", "Hi"], '<type> cannot be "smoke". It is one of instagram, line,'],
    [["deliver", "line", "--text", "Hi"], "--from"],
    [["deliver", "line", "--from", "1"], "--text"],
    [["outbox", "burn"], 'cannot be "burn". It is one of list, clear.'],
    [["outbox", "--channel", "smoke"], '--channel cannot be "smoke". It is one of instagram, line,'],
  ])("%j is refused with a sentence that names what is wrong", async (words, named) => {
    const { code, stderr } = await sunroom(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });

  test("is refused to a server that is none of this machine's own", async () => {
    await using other = await startReceiver();
    other.answer({ status: 404, body: '{"message":"Not Found"}' });
    const environment = { SUNROOM_URL: other.url, SUNROOM_KEY_ID: "act_x", SUNROOM_KEY_SECRET: "x" };
    const words = ["deliver", "line", "--from", "1", "--text", "Hi"];
    expect(await runSunroom(words, environment)).toEqual({
      ...{ code: 1, stdout: "" },
      stderr: `${other.url} is no local server; only one that is started with npm start or sunroom start does that.\n`,
    });
    expect(other.received[0]?.headers.authorization).toBeUndefined();
  });
});

describe("what the business answers", () => {
  test("lies in the outbox, and the command line shows it without credentials", async () => {
    const person = await newPerson("telegram", "15550101");
    await person.answer("We are open.");
    const [entry] = await taken(1, `?integrationId=${person.integrationId}`);
    expect(entry).toMatchObject({
      ...{ channel: "telegram", state: "sent", integrationIds: [person.integrationId] },
      message: { personId: "15550101", text: "We are open." },
    });
    const { stdout } = await sunroom("outbox", "--to", "15550101");
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d +telegram +15550101 +sent +We are open\.$/m);
    expect(stdout).not.toMatch(/bot\d/);
    expect((await sunroom("outbox", "list", "--channel", "line")).stdout).toBe("The outbox is empty.\n");
    expect((await sunroom("outbox", "clear")).stdout).toBe("The outbox is empty; it held 1.\n");
    expect(await entries()).toEqual([]);
  });

  test("is sent again when the provider failed, or broke the connection, in the order in which it was said", async () => {
    const person = await newPerson("telegram", "15550102");
    await post("/local/outbox/answers", { channel: "telegram", status: 503, retryAfter: 1 });
    await post("/local/outbox/answers", { channel: "telegram", drop: true });
    await person.answer("One");
    await person.answer("Two");
    const all = await taken(4);
    expect(all.map(({ message, state }) => `${message?.text} ${state}`)).toEqual([
      ...["One refused", "One dropped", "One sent", "Two sent"],
    ]);
  });

  test("is known by its message, with what became of it", async () => {
    const person = await newPerson("telegram", "15550103");
    const { body } = await person.answer("Known");
    const { messages } = body as { messages: { id: string }[] };
    const query = new URLSearchParams({ appId: person.app, conversationId: person.conversationId });
    await vi.waitFor(
      async () => {
        const { text } = await caller(url).send("GET", `/local/outbox/messages?${query}`, {});
        expect(JSON.parse(text).messages).toMatchObject([
          { messageId: messages[0]?.id, channel: "telegram", state: "sent", integrationId: person.integrationId },
        ]);
      },
      { timeout: 60_000, interval: 20 },
    );
  });

  test("goes where the channel's API is pointed, and then not to the outbox", async () => {
    provider.answer({ status: 200, body: '{"recipient_id":"1","message_id":"m_1"}' });
    const person = await newPerson("messenger", "1004");
    await person.answer("Elsewhere");
    const [request] = await provider.has(1);
    expect(request?.body).toContain("Elsewhere");
    expect(await entries()).toEqual([]);
  });
});

describe("the outbox over HTTP", () => {
  test("reports on an entry when told to, and says what there is no report of", async () => {
    const person = await newPerson("whatsapp", "15550104");
    await person.answer("Delivered?");
    const [entry] = await taken(1, `?integrationId=${person.integrationId}`);
    const reported = await post("/local/outbox/receipts", { entryId: entry?.id, state: "read" });
    expect(JSON.parse(reported.text)).toMatchObject({ status: expect.any(Number), entry: { id: entry?.id } });
    for (const [fields, named] of [
      [{ entryId: "none", state: "read" }, "There is no entry none"],
      [{ entryId: entry?.id, state: "eaten" }, "delivered, read, failed"],
      [{ state: "read" }, "entryId"],
    ] as const) {
      const refused = await post("/local/outbox/receipts", fields);
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.text).message).toContain(named);
    }
  });

  test("refuses a script that it does not understand", async () => {
    const refused = await post("/local/outbox/answers", { stauts: 500 });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text).message).toContain("There is no field stauts");
  });

  test.each([
    ["of a page elsewhere", () => ({ origin: "https://evil.example" })],
    ["that a browser calls cross-site", () => ({ "sec-fetch-site": "cross-site" })],
    ["that a browser calls same-site", () => ({ "sec-fetch-site": "same-site" })],
    ["under a name pointed at this machine", () => ({ host: `evil.example:${new URL(url).port}` })],
    ["through a tunnel", () => ({ "x-forwarded-for": "203.0.113.7" })],
  ])("refuses a request %s", async (_, headers) => {
    for (const path of ["answers", "receipts", "clear"])
      expect((await post(`/local/outbox/${path}`, {}, headers())).status).toBe(403);
    expect((await post("/local/deliveries", {}, headers())).status).toBe(403);
    for (const path of ["/local/outbox", "/local/outbox/messages"])
      expect((await caller(url).send("GET", path, { headers: headers() })).status).toBe(403);
  });

  test("answers this server's own page, and a program", async () => {
    const asked: readonly Record<string, string>[] = [{}, { "sec-fetch-site": "same-origin" }];
    for (const headers of asked) expect((await caller(url).send("GET", "/local/outbox", { headers })).status).toBe(200);
  });
});
