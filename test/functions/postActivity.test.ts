import { describe, expect, test } from "vitest";
import { newConversation, newGroup, newIntegration, newPersonal, newUser, say } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("postActivity", () => {
  test("a person who has read has nothing unread", async () => {
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "one");
    expect(
      await app.api.post(`${base}/${conversationId}/activity`, {
        author: { type: "user", userId: user.id },
        type: "conversation:read",
      }),
    ).toMatchObject({ status: 200, body: {} });
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ unreadCount: 0, lastRead: expect.any(String) }] },
    });
  });

  test("what a person reads in the SDK is read for the business too, and each has an own count", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const other = await newUser(app);
    const group = await newConversation(app, {
      type: "sdkGroup",
      participants: [
        { userId: person.appUserId, subscribeSDKClient: true },
        { userId: other.id, subscribeSDKClient: false },
      ],
    });
    interface Listing {
      participants: { userId: string; unreadCount: number; lastRead?: string }[];
    }
    const participants = async () => (await app.api.get<Listing>(`${base}/${group}/participants`)).body.participants;
    await say(app, group, "one");
    await say(app, group, "two");
    expect((await participants()).map((one) => one.unreadCount)).toEqual([2, 2]);
    expect(
      await person.post(`/conversations/${group}/activity`, {
        activity: { type: "conversation:read" },
        author: { role: "appUser", appUserId: person.appUserId },
      }),
    ).toMatchObject({ status: 200 });
    const after = await participants();
    const [reader, sleeper] = [person.appUserId, other.id].map((id) => after.find((one) => one.userId === id));
    expect(reader).toMatchObject({ unreadCount: 0, lastRead: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(sleeper).toMatchObject({ unreadCount: 2 });
    expect(sleeper).not.toHaveProperty("lastRead");
    await say(app, group, "three");
    expect((await participants()).map((one) => one.unreadCount).sort()).toEqual([1, 3]);
    expect((await participants()).find((one) => one.userId === person.appUserId)?.lastRead).toBe(reader?.lastRead);
  });

  test.each([
    ["no author", { type: "conversation:read" }],
    ["an unknown activity", { author: { type: "business" }, type: "conversation:love" }],
    ["an unnamed user", { author: { type: "user" }, type: "conversation:read" }],
  ])("%s is refused", async (_, body) => {
    const { conversationId } = await newPersonal(app);
    expect(await app.api.post(`${base}/${conversationId}/activity`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request" }] },
    });
  });

  test("an unknown conversation or user is not found, nor is one who is not in it", async () => {
    const { users, conversationId } = await newGroup(app, 1);
    const stranger = await newUser(app);
    const read = (conversation: string, userId: string | undefined) =>
      app.api.post(`${base}/${conversation}/activity`, {
        author: { type: "user", userId },
        type: "conversation:read",
      });
    const code = (code: string) => ({ status: 404, body: { errors: [{ code }] } });
    expect(await read("0".repeat(24), users[0]?.id)).toMatchObject(code("conversation_not_found"));
    expect(await read(conversationId, "0".repeat(24))).toMatchObject(code("user_not_found"));
    expect(await read(conversationId, stranger.id)).toMatchObject(code("not_found"));
  });

  test("a business that has read is noted in the conversation", async () => {
    const { conversationId } = await newPersonal(app);
    await app.api.post(`${base}/${conversationId}/activity`, {
      author: { type: "business" },
      type: "conversation:read",
    });
    expect(await app.api.get(`${base}/${conversationId}`)).toMatchObject({
      body: { conversation: { businessLastRead: expect.any(String) } },
    });
  });

  test("a business may type, a user only reads", async () => {
    const { user, conversationId } = await newPersonal(app);
    expect(
      await app.api.post(`${base}/${conversationId}/activity`, { author: { type: "business" }, type: "typing:start" }),
    ).toMatchObject({ status: 200 });
    expect(
      await app.api.post(`${base}/${conversationId}/activity`, {
        author: { type: "user", userId: user.id },
        type: "typing:start",
      }),
    ).toMatchObject({ status: 400 });
  });
});
