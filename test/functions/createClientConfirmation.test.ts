import { beforeEach, describe, expect, test } from "vitest";
import { messagesOf, newPersonal, textsOf } from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { startTaskServer } from "../support/startTaskServer.ts";
import { newWebhook } from "../support/startToldServer.ts";
import { uniqueNumber } from "../support/unique.ts";

const { server, provider, tasks, work, attempt, publish } = await startTaskServer();
const app = await server.newApp("Tea House");
await newWebhook(app, { triggers: ["client:add", "client:update", "client:remove"] });
const whatsapp = await connect(app, "whatsapp", { accessToken: "access" });

const taken = () => ({ status: 200, body: JSON.stringify({ messages: [{ id: `wamid.${uniqueNumber()}` }] }) });
const unknownPerson = { status: 400, body: JSON.stringify({ error: { code: 131026, message: "Undeliverable" } }) };

let before = 0;
beforeEach(async () => {
  await work();
  before = provider.received.length;
  provider.answer(taken);
});
/** What the provider was told since the test began. */
const told = () => provider.received.slice(before).map(({ body }): object => JSON.parse(body));

const digitsOf = (phone: string) => phone.slice(1);
const newPhone = () => `+1514577${String(uniqueNumber()).padStart(4, "0")}`;
const said = (content: object) => ({ author: { type: "business", displayName: "Ann" }, content });
const hello = said({ type: "text", text: "Hello from Tea House" });

interface Client {
  readonly id: string;
  readonly status: string;
}
/** A user with a conversation, and a way to ask for a link of it to a new phone. */
async function newLink() {
  const { user, conversationId } = await newPersonal(app);
  const phone = newPhone();
  const path = `/v2/apps/${app.id}/users/${user.id}/clients`;
  const link = (confirmation: object, integration: { id: string; type: string } = whatsapp) =>
    app.api.post<{ client: Client }>(path, {
      matchCriteria: { type: integration.type, integrationId: integration.id, phoneNumber: phone },
      confirmation,
      target: { conversationId },
    });
  const clients = async () => (await app.api.get<{ clients: readonly Client[] }>(path)).body.clients;
  return { user, conversationId, phone, path, link, clients };
}
const eventsOf = async () =>
  (await publish()).map(({ event }) => {
    const { reason, error } = event.payload as { reason?: string; error?: object };
    return { type: event.type, reason, ...(error && { error }) };
  });

describe("createClient with a message", () => {
  test.each(["immediate", "userActivity", "prompt"])(
    "tells the person of a link that is %s, once, and no conversation holds it",
    async (type) => {
      const { link, clients, phone, conversationId } = await newLink();
      const made = await link({ type, message: hello });
      expect(made.status).toBe(201);
      expect(made.text).not.toContain("Tea House");
      expect(await work()).toEqual([]);
      expect(told()).toMatchObject([{ to: digitsOf(phone), type: "text", text: { body: "Hello from Tea House" } }]);
      expect(JSON.stringify(await clients())).not.toContain("Hello");
      expect(await messagesOf(app, conversationId)).toEqual([]);
      expect(await work()).toEqual([]);
      expect((await link({ type, message: hello })).body.client.id).toBe(made.body.client.id);
      expect(await tasks()).toEqual([]);
      expect(told()).toHaveLength(1);
    },
  );

  test("tells webhooks that the channel knows the person, and then that the person confirmed", async () => {
    const { link, phone, conversationId } = await newLink();
    await link({ type: "userActivity", message: hello });
    expect(await eventsOf()).toEqual([{ type: "client:add", reason: "channelLinking" }]);
    const [task] = await tasks();
    if (task) await attempt(task);
    expect(await eventsOf()).toEqual([{ type: "client:update", reason: "matched" }]);
    await write(server, whatsapp, { id: digitsOf(phone), text: "it is me" });
    expect(await eventsOf()).toEqual([{ type: "client:update", reason: "confirmed" }]);
    expect(await textsOf(app, conversationId)).toEqual(["it is me"]);
  });

  test("sends an image with its link", async () => {
    const { link } = await newLink();
    const action = { type: "link", text: "Read", uri: "https://example.org/tea" };
    const content = { type: "image", mediaUrl: "https://example.org/tea.png", text: "Tea", actions: [action] };
    expect(await link({ type: "immediate", message: said(content) })).toMatchObject({ status: 201 });
    expect(await work()).toEqual([]);
    expect(JSON.stringify(told())).toContain("https://example.org/tea.png");
    expect(JSON.stringify(told())).toContain("https://example.org/tea");
  });

  test("sends what the business gives for the channel instead, such as a template", async () => {
    const { link, phone } = await newLink();
    const template = { name: "hello", language: { code: "en" } };
    const override = { whatsapp: { payload: { type: "template", template } } };
    expect(await link({ type: "userActivity", message: { ...hello, override } })).toMatchObject({ status: 201 });
    expect(await work()).toEqual([]);
    expect(told()).toMatchObject([{ to: digitsOf(phone), type: "template", template }]);
  });

  test("without one asks by a prompt in words of ours, and else says nothing", async () => {
    const asked = await newLink();
    await asked.link({ type: "prompt" });
    await (await newLink()).link({ type: "immediate" });
    await (await newLink()).link({ type: "userActivity" });
    expect(await work()).toEqual([]);
    const body = "Tea House would like to continue your conversation here. Reply to confirm.";
    expect(told()).toMatchObject([{ to: digitsOf(asked.phone), text: { body } }]);
  });

  test("stays with the client until the provider takes it", async () => {
    const { link } = await newLink();
    provider.answerOnce(503);
    await link({ type: "immediate", message: hello });
    const left = await work();
    expect(left).toMatchObject([{ kind: "link" }]);
    for (const task of left) expect(await attempt({ ...task, queuedAt: new Date(0).toISOString() }, 2)).toBe(true);
    expect(told()).toHaveLength(1);
  });

  test("is not said twice by a task that is handed out again", async () => {
    const { link } = await newLink();
    await link({ type: "immediate", message: hello });
    const [task] = await tasks();
    if (task === undefined) throw new Error("no task");
    expect(await attempt(task)).toBe(true);
    expect(await attempt(task, 2)).toBe(true);
    expect(told()).toHaveLength(1);
  });

  test("that does not reach the person ends a link that waited for the person, and says why", async () => {
    const { link, clients, phone, conversationId } = await newLink();
    provider.answer(unknownPerson);
    await link({ type: "userActivity", message: hello });
    await work();
    expect(await clients()).toEqual([]);
    expect(await eventsOf()).toEqual([
      { type: "client:remove", reason: "linkFailed", error: { code: "not_found", message: expect.any(String) } },
    ]);
    await write(server, whatsapp, { id: digitsOf(phone), text: "hi" });
    expect(await textsOf(app, conversationId)).toEqual([]);
  });

  test("that does not reach the person leaves a link that was immediate", async () => {
    const { link, clients } = await newLink();
    provider.answer(unknownPerson);
    await link({ type: "immediate", message: hello });
    await work();
    expect(await clients()).toMatchObject([{ status: "active" }]);
    expect(await eventsOf()).toEqual([]);
  });

  test("that an integration cannot send ends the link, but a prompt of ours leaves it waiting", async () => {
    const mute = await connect(app, "whatsapp");
    const [given, prompted] = [await newLink(), await newLink()];
    await given.link({ type: "prompt", message: hello }, mute);
    await prompted.link({ type: "prompt" }, mute);
    expect(await work()).toEqual([]);
    expect(told()).toEqual([]);
    expect(await given.clients()).toEqual([]);
    expect(await prompted.clients()).toMatchObject([{ status: "pending" }]);
    expect(await eventsOf()).toMatchObject([{ type: "client:remove", error: { code: "unauthorized" } }]);
    await write(server, mute, { id: digitsOf(prompted.phone), text: "hi" });
    expect(await textsOf(app, prompted.conversationId)).toEqual(["hi"]);
  });

  test("goes to a person whose anonymous user was merged by the link", async () => {
    const { link, phone, conversationId } = await newLink();
    await write(server, whatsapp, { id: digitsOf(phone), text: "before" });
    await link({ type: "immediate", message: hello });
    expect(await textsOf(app, conversationId)).toEqual(["before"]);
    expect(await work()).toEqual([]);
    expect(told()).toMatchObject([{ to: digitsOf(phone), text: { body: "Hello from Tea House" } }]);
  });

  test("is not sent once its client or its user is gone", async () => {
    const removed = await newLink();
    const made = await removed.link({ type: "immediate", message: hello });
    await app.api.send("DELETE", `${removed.path}/${made.body.client.id}`);
    const deleted = await newLink();
    await deleted.link({ type: "userActivity", message: hello });
    await app.api.send("DELETE", `/v2/apps/${app.id}/users/${deleted.user.id}`);
    expect(await work()).toEqual([]);
    expect(told()).toEqual([]);
  });

  test("is limited to eight of a user that are not sent yet", async () => {
    const { user, conversationId } = await newPersonal(app);
    const link = () =>
      app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: newPhone() },
        confirmation: { type: "immediate", message: hello },
        target: { conversationId },
      });
    for (let index = 0; index < 8; index++) expect(await link()).toMatchObject({ status: 201 });
    expect(await link()).toMatchObject({ status: 400, body: { errors: [{ code: "bad_request" }] } });
    expect(await work()).toEqual([]);
    expect(await link()).toMatchObject({ status: 201 });
  });

  test.each([
    ["of a user", { ...hello, author: { type: "user", userId: "0".repeat(24) } }],
    ["of another type", said({ type: "file", mediaUrl: "https://example.org/a.pdf" })],
    [
      "with a button that is no link",
      said({ type: "text", text: "a", actions: [{ type: "reply", text: "a", payload: "b" }] }),
    ],
    ["without a text", said({ type: "text" })],
    ["in two rich forms", said({ type: "text", htmlText: "a", markdownText: "a" })],
    [
      "larger than a user may hold",
      said({
        type: "image",
        mediaUrl: `https://example.org/${"a".repeat(8000)}`,
        text: "ж".repeat(4096),
        htmlText: "ж".repeat(100),
      }),
    ],
    ["without an author", { content: { type: "text", text: "a" } }],
  ])("%s is refused", async (_, message) => {
    const { link, clients } = await newLink();
    expect(await link({ type: "immediate", message })).toMatchObject({ status: 400 });
    expect(await clients()).toEqual([]);
  });
});
