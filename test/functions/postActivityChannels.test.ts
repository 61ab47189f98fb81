import { beforeEach, describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTaskServer } from "../support/startTaskServer.ts";
import { userIdsOf } from "../support/tableItems.ts";
import { uniqueNumber } from "../support/unique.ts";

const { server, provider, tasks, work, attempt } = await startTaskServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;
const whatsapp = await connect(app, "whatsapp", { accessToken: "access" });

let before = 0;
beforeEach(async () => {
  await work();
  before = provider.received.length;
  provider.answer({ status: 200, body: JSON.stringify({ success: true }) });
});
/** What the provider was told since the test began. */
const told = () => provider.received.slice(before).map(({ body }): object => JSON.parse(body));

/** A person that wrote on WhatsApp: the conversation, and the message's id there. */
async function writer() {
  const number = `1514588${String(uniqueNumber()).padStart(4, "0")}`;
  const earlier = new Set(await userIdsOf(server, app));
  const messageId = `wamid.${number}`;
  await write(server, whatsapp, { id: number, messageId });
  const [userId = ""] = (await userIdsOf(server, app)).filter((id) => !earlier.has(id));
  const { body } = await app.api.get<{ conversations: readonly { id: string }[] }>(`${base}?filter[userId]=${userId}`);
  return { userId, conversationId: body.conversations[0]?.id ?? "", messageId };
}
const act = (conversationId: string, type: string, author: object = { type: "business" }) =>
  app.api.post(`${base}/${conversationId}/activity`, { author, type });

describe("an activity of the business", () => {
  test("typing is shown to a person on a channel that can show it", async () => {
    const { conversationId, messageId } = await writer();
    expect(await act(conversationId, "typing:start")).toMatchObject({ status: 200, body: {} });
    expect(await work()).toEqual([]);
    expect(told()).toMatchObject([{ message_id: messageId, typing_indicator: { type: "text" } }]);
    expect(await act(conversationId, "typing:stop")).toMatchObject({ status: 200, body: {} });
    expect(await work()).toEqual([]);
    expect(told()).toHaveLength(1);
  });

  test("reading marks the person's latest message as read, each time", async () => {
    const { conversationId, messageId } = await writer();
    await act(conversationId, "conversation:read");
    expect(await work()).toEqual([]);
    expect(told()).toMatchObject([{ status: "read", message_id: messageId }]);
    await act(conversationId, "conversation:read");
    expect(await work()).toEqual([]);
    expect(told()).toHaveLength(2);
  });

  test("stands in the order of what is sent to the person", async () => {
    const { conversationId } = await writer();
    await act(conversationId, "conversation:read");
    await act(conversationId, "typing:start");
    const groups = (await tasks()).map(({ kind, group }) => ({ kind, group }));
    expect(groups.map(({ kind }) => kind).toSorted()).toEqual(["read", "typing"]);
    expect(new Set(groups.map(({ group }) => group)).size).toBe(1);
  });

  test("is no task where nobody has a channel, and none of a person's own reading", async () => {
    const guest = await newGuest(newDevice(server, app, await newIntegration(app)));
    const { conversationId } = await newPersonal(app);
    for (const id of [guest.conversationId, conversationId])
      for (const type of ["typing:start", "conversation:read"]) await act(id, type);
    const person = await writer();
    await act(person.conversationId, "conversation:read", { type: "user", userId: person.userId });
    expect(await tasks()).toEqual([]);
  });

  test.each(["typing:start", "conversation:read"])("%s is dropped if the provider fails", async (type) => {
    const { conversationId } = await writer();
    provider.answerOnce(503);
    await act(conversationId, type);
    expect(await work()).toEqual([]);
    expect(told()).toHaveLength(1);
  });

  test("typing that comes too late is not shown, nor to a user that is gone", async () => {
    const { conversationId, userId } = await writer();
    await act(conversationId, "typing:start");
    const [task] = await tasks();
    if (task === undefined) throw new Error("no task");
    expect(await attempt({ ...task, queuedAt: new Date(Date.parse(task.queuedAt) - 11_000).toISOString() })).toBe(true);
    await app.api.send("DELETE", `/v2/apps/${app.id}/users/${userId}`);
    expect(await attempt(task)).toBe(true);
    expect(told()).toEqual([]);
  });
});
