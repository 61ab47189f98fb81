import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

describe("sdkUpdateConversation", () => {
  test("changes what is named, unsets what is null and keeps the rest", async () => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin({
      conversation: { displayName: "Help", description: "Order", metadata: { a: 1 } },
    });
    const path = `/conversations/${session.conversationId}`;
    const body = { client: browser.client, displayName: "Support", description: null, metadata: { b: 2 } };
    expect(await browser.call("PUT", path, { body, as: session })).toMatchObject({
      status: 200,
      body: { conversation: { _id: session.conversationId, displayName: "Support", metadata: { a: 1, b: 2 } } },
    });
    const seen = await app.api.get<{ conversation: object }>(`/v2/apps/${app.id}${path}`);
    expect(seen.body.conversation).toMatchObject({ displayName: "Support", metadata: { a: 1, b: 2 }, isDefault: true });
    expect(seen.body.conversation).not.toHaveProperty("description");
  });

  test.each([
    { displayName: "" },
    { displayName: "x".repeat(101) },
    { iconUrl: "nowhere" },
    { metadata: { a: [] } },
    [],
  ])("the body %j is refused", async (body) => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    expect(await browser.call("PUT", `/conversations/${session.conversationId}`, { body, as: session })).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request" } },
    });
  });
});
