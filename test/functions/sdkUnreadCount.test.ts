import { describe, expect, test } from "vitest";
import { newGroup, newMultiApp, say } from "../support/business.ts";
import { newDevice, type UserResponse, type WireConversation } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const { app, integrationId } = await newMultiApp(server);

type Seen = WireConversation & { readonly unreadCount: number };
type Answer = Omit<Partial<UserResponse>, "conversations"> & {
  readonly conversation?: Seen;
  readonly conversations?: readonly Seen[];
};

/** What every answer of the SDK's protocol that shows a conversation says of it. */
async function everyAnswer(device: ReturnType<typeof newDevice>, externalId: string, userId: string, id: string) {
  const as = bearer(app, externalId);
  const call = (method: string, path: string, body?: object) => device.call<Answer>(method, path, { body, as });
  const { client } = device;
  const author = { role: "appUser", appUserId: userId, client };
  const replies = {
    login: await device.login(externalId),
    start: await call("POST", `/appusers/${userId}/conversation`, { client, intent: "conversation:start" }),
    arrive: await call("POST", "/appusers", { client, intent: "message:appUser" }),
    getUser: await call("GET", `/appusers/${userId}`),
    updateUser: await call("PUT", `/appusers/${userId}`, { givenName: "Ann" }),
    listConversations: await call("GET", `/appusers/${userId}/conversations`),
    getConversation: await call("GET", `/conversations/${id}`),
    subscribe: await call("POST", `/conversations/${id}/subscribe`, { author }),
    listMessages: await call("GET", `/conversations/${id}/messages`),
    updateConversation: await call("PUT", `/conversations/${id}`, { client, displayName: "Help" }),
    sendMessage: await call("POST", `/conversations/${id}/messages`, { message: { type: "text", text: "Hi" }, author }),
  };
  return Object.entries(replies).map(([name, { body }]) => {
    const { conversation: one, conversations = [] } = body as Answer;
    const conversation = [...(one ? [one] : []), ...conversations].find(({ _id }) => _id === id);
    const own = conversation?.participants.find((one) => one.appUserId === userId)?.unreadCount;
    return [name, conversation?.unreadCount, own];
  });
}

describe("what a conversation says is unread", () => {
  test.each([0, 1, 9])("is, in every answer, the person's own count: %i", async (count) => {
    const externalId = unique("someone");
    const device = newDevice(server, app, integrationId);
    const { body } = await device.login(externalId);
    const userId = body.appUser._id;
    const as = bearer(app, externalId);
    const made = await device.call<Answer>("POST", `/appusers/${userId}/conversations`, {
      body: { client: device.client },
      as,
    });
    const id = made.body.conversation?._id ?? "";
    expect(made.body.conversation?.unreadCount).toBe(0);
    for (let said = 0; said < count; said++) await say(app, id, "Anybody there?");
    const answers = await everyAnswer(device, externalId, userId, id);
    expect(answers).toEqual(answers.map(([name]) => [name, count, count]));

    await device.call("POST", `/conversations/${id}/activity`, {
      body: { activity: { type: "conversation:read" }, author: { role: "appUser" } },
      as,
    });
    const read = await device.call<Answer>("GET", `/conversations/${id}`, { as });
    expect(read.body.conversation?.unreadCount).toBe(0);
  });

  test("in a group is what the one who asks has not read, not another", async () => {
    const { users, conversationId } = await newGroup(app, 2);
    const [one, two] = users.map((user) => ({ ...user, device: newDevice(server, app, integrationId) }));
    if (!one || !two) throw new Error("There are two.");
    await say(app, conversationId, "Welcome");
    await one.device.say(conversationId, "Hello", bearer(app, one.externalId));
    for (const [member, count] of [
      [one, 1],
      [two, 2],
    ] as const) {
      const as = bearer(app, member.externalId);
      const { body } = await member.device.call<Answer>("GET", `/conversations/${conversationId}`, { as });
      expect(body.conversation?.unreadCount).toBe(count);
    }
  });

  test("is nothing for somebody new", async () => {
    const { body } = await newDevice(server, app, integrationId).create();
    expect((body as Answer).conversations?.map((one) => one.unreadCount)).toEqual([0]);
  });
});
