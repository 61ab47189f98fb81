import { describe, expect, test } from "vitest";
import { newConversation, newIntegration, newMultiApp, newPersonal, say, textsOf } from "../support/business.ts";
import {
  type ConversationResponse,
  type Device,
  newDevice,
  type Session,
  sessionOf,
  type UserResponse,
} from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

const { app, integrationId } = await newMultiApp(server);

type ListResponse = UserResponse & { readonly conversationsPagination: { readonly hasMore: boolean } };

describe("sdkListConversations", () => {
  test("lists a person's conversations, ten at a time, the one with the latest activity first", async () => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const started: string[] = [];
    for (let i = 0; i < 11; i++) {
      const { body } = await browser.call<ConversationResponse>(
        "POST",
        `/appusers/${session.appUserId}/conversations`,
        {
          body: { client: browser.client, displayName: `number ${i}` },
          as: session,
        },
      );
      started.unshift(body.conversation._id);
    }
    await browser.say(session.conversationId, "Hello again", session);
    await say(app, started[7] ?? "", "Hello");
    const page = (offset: string) =>
      browser.call("GET", `/appusers/${session.appUserId}/conversations${offset}`, { as: session });
    const [first, second, beyond] = [await page(""), await page("?offset=10"), await page("?offset=20")];
    expect(first).toMatchObject({
      status: 200,
      body: {
        appUser: { _id: session.appUserId },
        conversationsPagination: { hasMore: true },
        settings: { realtime: {} },
      },
    });
    expect(second.body).toMatchObject({ conversationsPagination: { hasMore: false } });
    expect([first, second, beyond].map((reply) => reply.body.conversations.length)).toEqual([10, 2, 0]);
    const ids = [first, second].flatMap((reply) => reply.body.conversations.map((one) => one._id));
    expect(ids).toEqual([started[7], session.conversationId, ...started.toSpliced(7, 1)]);
  });

  test("beyond the hundred that are put in order, each is listed once", async () => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    for (let index = 0; index < 114; index++)
      await newConversation(app, { type: "personal", participants: [{ userId: session.appUserId }] });
    const ids: string[] = [];
    for (let more = true; more; ) {
      const path = `/appusers/${session.appUserId}/conversations?offset=${ids.length}`;
      const { body } = await browser.call<ListResponse>("GET", path, { as: session });
      ids.push(...body.conversations.map((one) => one._id));
      more = body.conversationsPagination.hasMore;
    }
    expect(ids).toHaveLength(115);
    expect(new Set(ids).size).toBe(115);
  });

  test.each(["-1", "1.5", "x", "999999999", "1e3"])("the offset %s is refused", async (offset) => {
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const path = `/appusers/${session.appUserId}/conversations?offset=${offset}`;
    expect(await browser.call("GET", path, { as: session })).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request" } },
    });
  });
});

describe("a conversation in the answers to an SDK", () => {
  /** What each conversation of a person was said last to hold, as the answer to a resumption has it. */
  const latestIn = async (device: Device, as: Session) =>
    (await device.resume(as)).body.conversations.map(({ messages }) => messages.map(({ text }) => text));
  const begin = async () => {
    const browser = newDevice(server, app, integrationId);
    return { browser, session: await browser.begin() };
  };

  test("brings along what was said last, whoever said it", async () => {
    const browser = newDevice(server, app, integrationId);
    const messages = ["one", "two"].map((text) => ({ type: "text", text }));
    const { body } = await browser.create({ conversation: { messages } });
    expect(body.conversations).toMatchObject([
      { messages: [{ text: "two", role: "appUser", authorId: body.appUser._id }] },
    ]);
    const session = sessionOf(body);
    const conversationId = body.conversations[0]?._id ?? "";
    expect(await latestIn(browser, session)).toEqual([["two"]]);
    const sent = await browser.say(conversationId, "three", session);
    expect(sent.body.conversation).toMatchObject({
      messages: [{ text: "three" }],
      lastUpdatedAt: sent.body.messages[0]?.received,
    });
    expect(await latestIn(browser, session)).toEqual([["three"]]);
    await say(app, conversationId, "four");
    expect(await latestIn(browser, session)).toEqual([["four"]]);
  });

  test("brings along nothing where nothing was said", async () => {
    const { browser, session } = await begin();
    expect(await latestIn(browser, session)).toEqual([[]]);
  });

  test("brings along a long message, too", async () => {
    const { browser, session } = await begin();
    const long = "é".repeat(4096);
    await browser.say(session.conversationId, "short", session);
    await browser.say(session.conversationId, long, session);
    expect(await latestIn(browser, session)).toEqual([[long]]);
  });

  test("brings along nothing that was deleted, but what was said before it", async () => {
    const { browser, session } = await begin();
    const path = `/v2/apps/${app.id}/conversations/${session.conversationId}/messages`;
    await browser.say(session.conversationId, "first", session);
    const id = await say(app, session.conversationId, "second");
    expect(await app.api.delete(`${path}/${id}`)).toMatchObject({ status: 200 });
    expect(await latestIn(browser, session)).toEqual([["first"]]);
    expect(await app.api.delete(path)).toMatchObject({ status: 200 });
    expect(await latestIn(browser, session)).toEqual([[]]);
  });

  test("brings along the later one of two histories that a sign-in made one, as said by the person who is left", async () => {
    const single = await server.newApp();
    const integration = await newIntegration(single);
    const { user, conversationId } = await newPersonal(single);
    const guest = newDevice(server, single, integration);
    const anonymous = await guest.begin();
    await say(single, conversationId, "earlier");
    await guest.say(anonymous.conversationId, "later", anonymous);
    const { body } = await guest.login(user.externalId, anonymous);
    expect(await textsOf(single, conversationId)).toEqual(["earlier", "later"]);
    const again = await guest.login(user.externalId);
    for (const { conversations } of [body, again.body])
      expect(conversations).toMatchObject([{ _id: conversationId, messages: [{ text: "later", authorId: user.id }] }]);
  });
});
