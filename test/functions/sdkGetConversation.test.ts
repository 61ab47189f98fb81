import { describe, expect, test } from "vitest";
import { newIntegration, say } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);

describe("sdkGetConversation", () => {
  test("shows a conversation with its messages and what is unread", async () => {
    const browser = device();
    const session = await browser.begin({ conversation: { displayName: "Help", metadata: { order: 7 } } });
    await browser.say(session.conversationId, "Hello", session);
    await say(app, session.conversationId, "Hi");
    expect(await browser.call("GET", `/conversations/${session.conversationId}`, { as: session })).toMatchObject({
      status: 200,
      body: {
        conversation: {
          _id: session.conversationId,
          type: "personal",
          isDefault: true,
          displayName: "Help",
          metadata: { order: 7 },
          participants: [{ appUserId: session.appUserId, unreadCount: 1 }],
          lastUpdatedAt: expect.any(Number),
        },
        messages: [
          { text: "Hello", type: "text", role: "appUser", authorId: session.appUserId, received: expect.any(Number) },
          { text: "Hi", role: "appMaker" },
        ],
        hasPrevious: false,
        appUser: { _id: session.appUserId },
        settings: { realtime: {} },
      },
    });
  });

  test("a conversation of others is not found, like one that does not exist", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    for (const id of [session.conversationId, "0".repeat(24), "nonsense"])
      for (const [method, path, body] of [
        ["GET", "", undefined],
        ["PUT", "", { displayName: "x" }],
        ["GET", "/messages", undefined],
        ["POST", "/messages", { message: { type: "text", text: "x" } }],
        ["POST", "/activity", { activity: { type: "conversation:read" } }],
        ["POST", "/subscribe", {}],
      ] as const)
        expect(await stranger.call(method, `/conversations/${id}${path}`, { body, as: other })).toMatchObject({
          status: 404,
          body: { error: { code: "conversation_not_found" } },
        });
    expect(await browser.texts(session.conversationId, session)).toEqual([]);
  });

  test("nothing of a conversation is shown without credentials, with an ended session or in another app", async () => {
    const browser = device();
    const session = await browser.begin();
    const elsewhere = await server.newApp();
    const abroad = newDevice(server, elsewhere, await newIntegration(elsewhere));
    const foreign = await abroad.begin();
    for (const [method, path] of [
      ["GET", ""],
      ["PUT", ""],
      ["GET", "/messages"],
      ["POST", "/messages"],
      ["POST", "/activity"],
      ["POST", "/subscribe"],
    ] as const) {
      const to = `/conversations/${session.conversationId}${path}`;
      const body = method === "GET" ? undefined : {};
      const code = (name: string) => ({ status: 401, body: { error: { code: name } } });
      expect(await browser.call(method, to, { body })).toMatchObject(code("unauthorized"));
      expect(await browser.call(method, to, { body, as: { ...session, sessionToken: "x" } })).toMatchObject(
        code("invalid_auth"),
      );
      // One app's session is nothing in another.
      expect(await abroad.call(method, to, { body, as: session })).toMatchObject(code("invalid_auth"));
      expect(await browser.call(method, to, { body, as: foreign })).toMatchObject(code("invalid_auth"));
    }
  });
});
