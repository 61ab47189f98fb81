import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { connect, deliver } from "../support/channelPeople.ts";
import { type Guest, newDevice, newGuest } from "../support/newDevice.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";
import { unique, uniqueNumber } from "../support/unique.ts";
import { faultsOfEvent } from "../support/vendorEvent.ts";

const { server, publish } = await startToldServer();

/** Makes an app of which a webhook is told everything that is said or pressed. */
async function newTold(settings: object = {}) {
  const app = await server.newApp();
  await app.api.patch(`/v2/apps/${app.id}`, { settings });
  await newWebhook(app, { triggers: ["conversation:message", "conversation:postback"] });
  return { app, integrationId: await newIntegration(app) };
}
const plain = await newTold();
const echoing = await newTold({ echoPostback: true });

const order = { type: "postback", text: "Order", payload: "TEA", metadata: { sku: 7 } };
const read = { type: "link", text: "Read", uri: "https://example.org" };
const text = { type: "text", text: "Tea?", actions: [read, order] };
const items = [
  { title: "Coffee", actions: [read] },
  { title: "Tea", actions: [read, order] },
];

/** A person that the business shows a message; the ids of its buttons as the SDK gets them. */
async function shown({ app, integrationId }: { app: TestApp; integrationId: string }, content: object = text) {
  const person = await newGuest(newDevice(server, app, integrationId));
  await app.api.post(`/v2/apps/${app.id}/conversations/${person.conversationId}/messages`, {
    author: { type: "business" },
    content,
  });
  const { body } = await person.get<{ messages: readonly [object] }>(
    `/conversations/${person.conversationId}/messages`,
  );
  await publish();
  const found = [...JSON.stringify(body.messages).matchAll(/"_id":"([^"]+)","type":"(\w+)"/g)];
  return { person, buttons: found.map(([, id = "", type]) => ({ id, type })) };
}
const postbackIn = (buttons: readonly { id: string; type: string | undefined }[]): string =>
  buttons.find(({ type }) => type === "postback")?.id ?? "";

const press = (person: Guest, actionId: unknown, postback: object = {}, headers = {}) =>
  person.post(
    `/conversations/${person.conversationId}/postback`,
    { postback: { actionId, ...postback }, author: { role: "appUser", appUserId: person.appUserId } },
    headers,
  );
const told = async () => (await publish()).map(({ event }) => event);
const textsIn = async ({ app }: { app: TestApp }, { conversationId }: { conversationId: string }) => {
  const path = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
  const { body } = await app.api.get<{ messages: readonly { content: { text?: string } }[] }>(path);
  return body.messages.map(({ content }) => content.text);
};

describe("sdkTriggerPostback", () => {
  test.each([
    text,
    { type: "carousel", items },
    { type: "list", items },
    { type: "list", items: [items[0]], actions: [order] },
  ])("tells the business of a pressed button in %j, and adds no message", async (content) => {
    const { person, buttons } = await shown(plain, content);
    const before = await textsIn(plain, person);
    expect(await press(person, postbackIn(buttons))).toMatchObject({ status: 200, body: {} });
    const events = await told();
    expect(events).toMatchObject([
      {
        type: "conversation:postback",
        payload: {
          postback: { payload: "TEA", metadata: { sku: 7 } },
          conversation: { id: person.conversationId, type: "personal" },
          user: { id: person.appUserId, authenticated: false },
          source: { type: "web", integrationId: plain.integrationId },
        },
      },
    ]);
    expect(events.flatMap(faultsOfEvent)).toEqual([]);
    expect(await textsIn(plain, person)).toEqual(before);
  });

  test("tells of each press, with what the page adds to it", async () => {
    const { person, buttons } = await shown(plain);
    for (const page of ["cart", "start"]) await press(person, postbackIn(buttons), { metadata: { page } });
    const events = await told();
    expect(events.map(({ payload }) => payload.postback)).toEqual([
      { payload: "TEA", metadata: { sku: 7, page: "cart" } },
      { payload: "TEA", metadata: { sku: 7, page: "start" } },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  test("tells of a press that is sent again under its key as the same event", async () => {
    const { person, buttons } = await shown(plain);
    const headers = { "idempotency-key": randomUUID() };
    for (let round = 0; round < 2; round++)
      expect(await press(person, postbackIn(buttons), {}, headers)).toMatchObject({ status: 200 });
    expect(new Set((await told()).map(({ id }) => id)).size).toBe(1);
  });

  test("says the button's text for the user where the app echoes it, once", async () => {
    const { person, buttons } = await shown(echoing);
    const headers = { "idempotency-key": randomUUID() };
    for (let round = 0; round < 2; round++)
      expect(await press(person, postbackIn(buttons), {}, headers)).toMatchObject({ status: 200 });
    const events = await told();
    expect(events).toMatchObject([
      {
        type: "conversation:message",
        payload: {
          message: { author: { userId: person.appUserId }, content: { type: "text", text: "Order", payload: "TEA" } },
        },
      },
      {
        type: "conversation:postback",
        payload: { postback: { payload: "TEA", metadata: { sku: 7 } }, user: { id: person.appUserId } },
      },
    ]);
    expect(events.flatMap(faultsOfEvent)).toEqual([]);
    expect(await textsIn(echoing, person)).toEqual(["Tea?", "Order"]);
  });

  test("refuses what is no postback button of the conversation", async () => {
    const [{ person, buttons }, other] = [await shown(plain), await shown(plain)];
    const link = buttons.find(({ type }) => type === "link")?.id;
    const id = postbackIn(buttons);
    const named = [link, postbackIn(other.buttons), "", "unknown", id.split("-")[0], `${id}-0`, `${id}9`, 7, undefined];
    for (const actionId of named)
      expect(await press(person, actionId)).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
    const path = `/conversations/${other.person.conversationId}/postback`;
    expect(await person.post(path, { postback: { actionId: id } })).toMatchObject({ status: 404 });
    expect(await told()).toEqual([]);
  });

  test("refuses what only begins with the id of an item's button", async () => {
    const { person, buttons } = await shown(plain, { type: "carousel", items });
    expect(await press(person, `${postbackIn(buttons)}-0`)).toMatchObject({ status: 400 });
    expect(await told()).toEqual([]);
  });

  test("refuses metadata that is too much with that of the button", async () => {
    const { person, buttons } = await shown(plain);
    expect(await press(person, postbackIn(buttons), { metadata: { a: "x".repeat(4085) } })).toMatchObject({
      status: 400,
    });
  });
});

describe("a button that is pressed on a channel", () => {
  test.each([
    { echoes: false, to: plain, types: ["conversation:postback"] },
    { echoes: true, to: echoing, types: ["conversation:message", "conversation:postback"] },
  ])("stays in the history, and is told as $types where the app echoes postbacks: $echoes", async ({ to, types }) => {
    const telegram = await connect(to.app, "telegram");
    const from = { id: Number(uniqueNumber()), is_bot: false, first_name: "Ada" };
    const chat = { id: from.id, type: "private", first_name: "Ada" };
    const message = { message_id: 7, date: 1_767_225_600, chat, from: { id: 1, is_bot: true, first_name: "Shop" } };
    await deliver(server, telegram, {
      update_id: Number(uniqueNumber()),
      callback_query: { id: unique("query"), from, message, chat_instance: "1", data: "TEA" },
    });
    const events = await told();
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.at(-1)).toMatchObject({
      payload: {
        postback: { payload: "TEA" },
        user: { id: expect.any(String) },
        source: { type: "telegram", integrationId: telegram.id },
      },
    });
    expect(events.flatMap(faultsOfEvent)).toEqual([]);
    const conversation = (events[0]?.payload.conversation ?? {}) as { id: string };
    expect(await textsIn(to, { conversationId: conversation.id })).toEqual(["TEA"]);
  });
});
