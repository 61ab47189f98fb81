import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

describe("sdkSubscribe", () => {
  test("loads a conversation: the user, the messages and the settings come along", async () => {
    const app = await server.newApp();
    const browser = newDevice(server, app, await newIntegration(app));
    const session = await browser.begin();
    await browser.say(session.conversationId, "Hello", session);
    const author = { role: "appUser", appUserId: session.appUserId, client: browser.client, sessionId: "s" };
    const path = `/conversations/${session.conversationId}/subscribe`;
    expect(await browser.call("POST", path, { body: { author }, as: session })).toMatchObject({
      status: 200,
      body: {
        appUser: { _id: session.appUserId, clients: [{ id: browser.clientId }] },
        conversation: { _id: session.conversationId },
        messages: [{ text: "Hello" }],
        settings: { realtime: { enabled: false } },
      },
    });
  });
});
