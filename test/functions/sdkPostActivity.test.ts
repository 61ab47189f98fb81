import { describe, expect, test } from "vitest";
import { newIntegration, say } from "../support/business.ts";
import { type ConversationResponse, newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

describe("sdkPostActivity", () => {
  test("what the person read is unread no more, for the person and the business", async () => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    await say(app, session.conversationId, "Hi");
    const path = `/conversations/${session.conversationId}`;
    const body = { activity: { type: "conversation:read" }, author: { role: "appUser", appUserId: session.appUserId } };
    expect(await browser.call("POST", `${path}/activity`, { body, as: session })).toMatchObject({
      status: 200,
      body: {},
    });
    const after = await browser.call<ConversationResponse>("GET", path, { as: session });
    expect(after.body.conversation.participants).toMatchObject([{ unreadCount: 0, lastRead: expect.any(Number) }]);
    expect(await app.api.get(`/v2/apps/${app.id}${path}/participants`)).toMatchObject({
      body: { participants: [{ unreadCount: 0, lastRead: expect.any(String) }] },
    });
  });

  test.each(["typing:start", "typing:stop"])("%s is acknowledged", async (type) => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const path = `/conversations/${session.conversationId}/activity`;
    expect(await browser.call("POST", path, { body: { activity: { type } }, as: session })).toMatchObject({
      status: 200,
    });
  });

  test.each([{}, { activity: {} }, { activity: { type: "dancing" } }])("the body %j is refused", async (body) => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const path = `/conversations/${session.conversationId}/activity`;
    expect(await browser.call("POST", path, { body, as: session })).toMatchObject({ status: 400 });
  });
});
