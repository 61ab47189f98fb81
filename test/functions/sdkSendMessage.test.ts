import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newIntegration, newMultiApp, newUser, textsOf } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);

describe("sdkSendMessage", () => {
  test("what is said while the person signs in elsewhere is kept, or refused as of an ended session", async () => {
    const { app, integrationId } = await newMultiApp(server);
    for (let round = 0; round < 16; round++) {
      const browser = newDevice(server, app, integrationId);
      const session = await browser.begin();
      const user = await newUser(app);
      const said = Array.from({ length: 8 }, async (_, index) => {
        const { status, body } = await browser.say(session.conversationId, String(index), session);
        return status === 201 ? String(index) : body;
      });
      expect(await browser.login(user.externalId, session)).toMatchObject({ status: 200 });
      const answers = await Promise.all(said);
      const kept = answers.filter((answer) => typeof answer === "string");
      for (const refused of answers.filter((answer) => typeof answer !== "string"))
        expect(refused).toMatchObject({ error: { code: "invalid_auth" } });
      expect((await textsOf(app, session.conversationId)).sort()).toEqual(kept);
    }
  });

  test("what a person says is stored, answered as the wire has it, and seen by the business", async () => {
    const browser = device();
    const session = await browser.begin({ givenName: "Ann" });
    const reply = await browser.call("POST", `/conversations/${session.conversationId}/messages`, {
      body: {
        message: { type: "text", text: "Hello", role: "appUser", metadata: { a: 1 } },
        author: { role: "appUser", appUserId: session.appUserId, client: browser.client, sessionId: "s" },
        intent: "message:appUser",
      },
      as: session,
    });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        messages: [
          {
            _id: expect.any(String),
            type: "text",
            text: "Hello",
            role: "appUser",
            authorId: session.appUserId,
            name: "Ann",
            metadata: { a: 1 },
            received: expect.any(Number),
            source: { type: "web", integrationId },
          },
        ],
        conversation: { _id: session.conversationId },
      },
    });
    expect(await app.api.get(`/v2/apps/${app.id}/conversations/${session.conversationId}/messages`)).toMatchObject({
      body: {
        messages: [
          {
            author: { type: "user", userId: session.appUserId },
            content: { type: "text", text: "Hello" },
            source: { type: "web" },
          },
        ],
      },
    });
  });

  test.each([
    { text: "Yes", payload: "YES" },
    { text: "Yes", payload: "" },
    { text: "", payload: "x".repeat(4096) },
  ])("what a person answers with a reply button is kept with its payload: %j", async (reply) => {
    const browser = device();
    const session = await browser.begin();
    const path = `/conversations/${session.conversationId}/messages`;
    const message = { type: "text", role: "appUser", ...reply, metadata: { vote: 1 } };
    expect(await browser.call("POST", path, { body: { message }, as: session })).toMatchObject({
      status: 201,
      body: { messages: [message] },
    });
    expect(await app.api.get(`/v2/apps/${app.id}${path}`)).toMatchObject({
      body: { messages: [{ content: { type: "text", ...reply }, metadata: { vote: 1 } }] },
    });
  });

  test.each([
    { type: "text", text: "Hi" },
    { type: "image", mediaUrl: "https://example.org/a.png", altText: "a" },
    { type: "file", mediaUrl: "https://example.org/a.pdf", altText: "a" },
  ])("of a message of type $type, rich text and buttons are a business's to say", async (said) => {
    const browser = device();
    const session = await browser.begin();
    const path = `/conversations/${session.conversationId}/messages`;
    const rich = { htmlText: "<img src=x onerror=alert(1)>", blockChatInput: true };
    const actions = [{ type: "link", text: "Go", uri: "https://example.org" }];
    for (const more of [{ ...rich, actions }, { markdownText: "**Hi**" }])
      await browser.call("POST", path, { body: { message: { ...said, ...more } }, as: session });
    const { body } = await app.api.get<{ messages: { content: object }[] }>(`/v2/apps/${app.id}${path}`);
    expect(body.messages.map((message) => message.content)).toEqual([said, said]);
  });

  test("sent again under its idempotency key, or at once, it is one message", async () => {
    const browser = device();
    const session = await browser.begin();
    const headers = { "idempotency-key": randomUUID() };
    const replies = await Promise.all(
      [1, 2, 3].map(() => browser.say(session.conversationId, "Once", session, headers)),
    );
    replies.push(await browser.say(session.conversationId, "Once", session, headers));
    expect(new Set(replies.map((reply) => `${reply.status} ${reply.body.messages?.[0]?._id}`)).size).toBe(1);
    expect(await browser.texts(session.conversationId, session)).toEqual(["Once"]);
  });

  test("nobody speaks as somebody else, whoever the body names as author", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    const reply = await browser.call("POST", `/conversations/${session.conversationId}/messages`, {
      body: {
        message: { type: "text", text: "Hello", role: "appMaker" },
        author: { role: "appMaker", appUserId: other.appUserId },
      },
      as: session,
    });
    expect(reply).toMatchObject({
      status: 201,
      body: { messages: [{ role: "appUser", authorId: session.appUserId }] },
    });
  });

  test.each([
    {},
    { message: "text" },
    { message: { type: "text" } },
    { message: { type: "text", text: "" } },
    { message: { type: "text", htmlText: "<b>x</b>" } },
    { message: { type: "unknown", text: "x" } },
    { message: { type: "text", text: "x".repeat(4097) } },
    { message: { type: "text", text: "x", metadata: { a: [] } } },
  ])("the body %j is refused", async (body) => {
    const browser = device();
    const session = await browser.begin();
    const path = `/conversations/${session.conversationId}/messages`;
    expect(await browser.call("POST", path, { body, as: session })).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request" } },
    });
    expect(await browser.texts(session.conversationId, session)).toEqual([]);
  });
});
