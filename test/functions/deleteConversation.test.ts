import { describe, expect, test } from "vitest";
import { newConversation, newPersonal, newUser, say } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("deleteConversation", () => {
  test("the default conversation is refused, in the documented words", async () => {
    const { conversationId } = await newPersonal(app);
    expect(await app.api.delete(`${base}/${conversationId}`)).toMatchObject({
      status: 400,
      body: {
        errors: [
          { code: "bad_request", title: `Conversation ${conversationId} cannot be deleted because it is the default.` },
        ],
      },
    });
  });

  test("another is gone with its messages and from its users' lists", async () => {
    const { user } = await newPersonal(app);
    const second = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    await say(app, second, "hello");
    expect(await app.api.delete(`${base}/${second}`)).toMatchObject({ status: 200, body: {} });
    expect(await app.api.get(`${base}/${second}`)).toMatchObject({ status: 404 });
    expect(await app.api.get(`${base}/${second}/messages`)).toMatchObject({ status: 404 });
    const listed = await app.api.get<{ conversations: object[] }>(`${base}?filter[userId]=${user.id}`);
    expect(listed.body.conversations).toHaveLength(1);
    expect(await app.api.delete(`${base}/${second}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "conversation_not_found" }] },
    });
  });

  test("a group is deleted for everybody", async () => {
    const user = await newUser(app);
    const group = await newConversation(app, {
      type: "sdkGroup",
      participants: [{ userId: user.id, subscribeSDKClient: false }],
    });
    await app.api.delete(`${base}/${group}`);
    expect(await app.api.get(`${base}?filter[userId]=${user.id}`)).toMatchObject({ body: { conversations: [] } });
  });
});
