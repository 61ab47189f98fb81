import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newIntegration, newMultiApp, participantsOf, seenByBusiness } from "../support/business.ts";
import {
  type ConversationResponse,
  newDevice,
  type Session,
  sessionHeader,
  sessionOf,
  type UserResponse,
} from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);
const refused = (status: number, code: string) => ({
  status,
  body: { error: { code, description: expect.any(String) } },
});

const keyed = (): Record<string, string> => ({ "idempotency-key": randomUUID() });

/** Who is behind these answers, and in which conversations. */
const madeBy = (replies: readonly { readonly body: UserResponse }[]) => ({
  users: new Set(replies.map((reply) => reply.body.appUser._id)).size,
  conversations: new Set(replies.flatMap((reply) => reply.body.conversations.map((one) => one._id))).size,
});

describe("sdkCreateConversation without a user", () => {
  test("makes an anonymous user, its client and its default conversation, with all that was said of them", async () => {
    const browser = device();
    const reply = await browser.create({
      givenName: "Ann",
      surname: "Lee",
      email: "ann@example.org",
      avatarUrl: "https://example.org/a.png",
      locale: "en-CA",
      signedUpAt: 1_577_934_245.678,
      properties: { plan: "gold", n: 1 },
      conversation: {
        type: "personal",
        displayName: "Help",
        description: "About my order",
        iconUrl: "https://example.org/i.png",
        metadata: { order: 7 },
        messages: [{ type: "text", text: "Hello" }],
      },
    });
    const { appUser, conversations } = reply.body;
    expect(reply).toMatchObject({
      status: 201,
      body: {
        appUser: {
          givenName: "Ann",
          conversationStarted: true,
          clients: [{ id: browser.clientId, platform: "web", active: true }],
        },
        conversations: [
          {
            type: "personal",
            isDefault: true,
            displayName: "Help",
            participants: [{ appUserId: appUser._id, unreadCount: 0 }],
          },
        ],
        conversationsPagination: { hasMore: false },
        settings: { realtime: { enabled: false } },
        // 256 bits.
        sessionToken: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    expect(await seenByBusiness(app, appUser._id)).toEqual({
      id: appUser._id,
      authenticated: false,
      signedUpAt: "2020-01-02T03:04:05.678Z",
      hasPaymentInfo: false,
      identities: [],
      profile: {
        givenName: "Ann",
        surname: "Lee",
        email: "ann@example.org",
        avatarUrl: "https://example.org/a.png",
        locale: "en-CA",
      },
      metadata: { plan: "gold", n: 1 },
    });
    const conversationId = conversations[0]?._id ?? "";
    expect(await app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}`)).toMatchObject({
      body: {
        conversation: { isDefault: true, displayName: "Help", description: "About my order", metadata: { order: 7 } },
      },
    });
    const clients = await app.api.get<{ clients: { id: string }[] }>(`/v2/apps/${app.id}/users/${appUser._id}/clients`);
    expect(clients.body).toMatchObject({ clients: [{ type: "sdk", status: "active" }] });
    const participants = await app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}/participants`);
    expect(participants.body).toMatchObject({
      participants: [
        { userId: appUser._id, clientAssociations: [{ type: "sdk", clientId: clients.body.clients[0]?.id }] },
      ],
    });
    expect(await browser.texts(conversationId, sessionOf(reply.body))).toEqual(["Hello"]);
  });

  test("devices are different users, and so are their sessions", async () => {
    const sessions = await Promise.all([device().begin(), device().begin()]);
    expect(sessions[0].appUserId).not.toBe(sessions[1].appUserId);
    expect(sessions[0].sessionToken).not.toBe(sessions[1].sessionToken);
  });

  test.each([
    ["with an idempotency key", () => keyed()],
    ["without one", (): Record<string, string> => ({})],
  ])(
    "requested again after a lost answer, %s, it is one user with one conversation and a session that works",
    async (_, key) => {
      const browser = device();
      const headers = key();
      const replies = [await browser.create({}, headers), await browser.create({}, headers)];
      expect(madeBy(replies)).toEqual({ users: 1, conversations: 1 });
      for (const { body } of replies) expect((await browser.resume(sessionOf(body))).status).toBe(200);
    },
  );

  test.each([
    ["with an idempotency key", () => keyed()],
    ["without one", (): Record<string, string> => ({})],
  ])("requested several times at once, %s, it is one user with one conversation", async (_, key) => {
    for (let round = 0; round < 5; round++) {
      const browser = device();
      const headers = key();
      const replies = await Promise.all([1, 2, 3, 4].map(() => browser.create({}, headers)));
      expect(madeBy(replies)).toEqual({ users: 1, conversations: 1 });
      const resumed = await Promise.all(replies.map(({ body }) => browser.resume(sessionOf(body))));
      expect(resumed.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
    }
  });

  test("who knows somebody's client id alone becomes somebody else, whichever way they ask", async () => {
    const victim = device();
    const unkeyed = await victim.begin();
    const keyed = await victim.create({}, { "idempotency-key": randomUUID(), "user-agent": "Chrome" });
    const thief = (headers: Record<string, string>) => victim.create({}, headers);
    const stolen = await Promise.all([
      thief({ "user-agent": "Curl" }),
      thief({ "idempotency-key": randomUUID() }),
      thief({ "idempotency-key": victim.clientId }),
      thief({ "user-agent": "Chrome" }),
    ]);
    const victims = [unkeyed.appUserId, keyed.body.appUser._id];
    for (const { body } of stolen) expect(victims).not.toContain(body.appUser._id);
  });

  test("repeated by a device that has signed in since, it is somebody new", async () => {
    const browser = device();
    const headers = { "idempotency-key": randomUUID() };
    const first = await browser.create({}, headers);
    const session = sessionOf(first.body);
    await browser.login(unique("someone"), session);
    const again = await browser.create({}, headers);
    expect(again.body.appUser._id).not.toBe(session.appUserId);
    expect(await seenByBusiness(app, again.body.appUser._id)).toMatchObject({ authenticated: false });
  });

  test("repeated by a device that has logged out since, it is somebody new: an ended session is not revived", async () => {
    for (const headers of [keyed(), {}]) {
      const browser = device();
      const first = await browser.create({}, headers);
      const session = sessionOf(first.body);
      await browser.call("POST", `/appusers/${session.appUserId}/logout`, {
        body: { client: browser.client },
        as: session,
      });
      const again = await browser.create({}, headers);
      expect(again).toMatchObject({ status: 201 });
      expect(again.body.appUser._id).not.toBe(session.appUserId);
    }
  });

  test("repeated while the first is signing in, it never opens the identified user", async () => {
    for (let round = 0; round < 10; round++) {
      const browser = device();
      const headers = { "idempotency-key": randomUUID() };
      const first = await browser.create({}, headers);
      const session = sessionOf(first.body);
      const [login, again] = await Promise.all([
        browser.login(unique("someone"), session),
        browser.create({}, headers),
      ]);
      expect(login.body.appUser._id).toBe(session.appUserId);
      const repeated = sessionOf(again.body);
      const resumed = await browser.resume(repeated);
      if (repeated.appUserId === session.appUserId) expect(resumed.status).toBe(401);
      else expect(resumed.status).toBe(200);
    }
  });

  test("with the session of somebody it makes nobody: the person's conversation is the answer, and an ended session is refused", async () => {
    const browser = device();
    const session = await browser.begin();
    const body = { client: browser.client };
    expect(await browser.call("POST", "/appusers", { body, as: { ...session, sessionToken: "ended" } })).toMatchObject(
      refused(401, "invalid_auth"),
    );
    expect(await browser.call("POST", "/appusers", { body, as: session })).toMatchObject({
      status: 201,
      body: { appUser: { _id: session.appUserId }, conversations: [{ _id: session.conversationId }] },
    });
  });

  test.each([
    [{ client: undefined }],
    [{ client: { id: "", platform: "web" } }],
    [{ givenName: 7 }],
    [{ email: "nobody" }],
    [{ signedUpAt: 1e300 }],
    [{ signedUpAt: -1 }],
    [{ signedUpAt: "yesterday" }],
    [{ properties: { list: [] } }],
    [{ properties: { a: "x".repeat(4097) } }],
    [{ conversation: [] }],
    [{ conversation: { type: "sdkGroup" } }],
    [{ conversation: { displayName: "x".repeat(101) } }],
    [{ conversation: { description: "x".repeat(101) } }],
    [{ conversation: { iconUrl: "nowhere" } }],
    [{ conversation: { metadata: { nested: {} } } }],
    [{ conversation: { messages: [{ type: "image", mediaUrl: "https://example.org" }] } }],
    [{ conversation: { messages: [{ type: "text", text: "" }] } }],
    [{ conversation: { messages: Array(11).fill({ type: "text", text: "x" }) } }],
  ])("the fields %j are refused", async (fields) => {
    expect(await device().create(fields)).toMatchObject(refused(400, "bad_request"));
  });

  test("whatever a browser says of itself, it is kept within bounds", async () => {
    const browser = device();
    const info = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`key${i}`, "€".repeat(200)]));
    const client = { ...browser.client, info, appVersion: "1".repeat(9000), pushNotificationToken: "€".repeat(9000) };
    expect(await browser.create({ client })).toMatchObject({ status: 201 });
    const odd = { ...browser.client, info: { number: 7, deep: { a: 1 }, "": "", "\ud800": "\ud800" } };
    expect(await device().create({ client: odd })).toMatchObject({ status: 201 });
  });

  test("an externalId needs a token", async () => {
    expect(await device().create({ userId: "somebody" })).toMatchObject(refused(401, "invalid_auth"));
    expect(await seenByBusiness(app, "somebody")).toBe(404);
  });

  test("an integration of another app, of a channel or none is not found, and the wrong app neither", async () => {
    const other = await server.newApp();
    const foreign = newDevice(server, app, await newIntegration(other));
    expect(await foreign.create()).toMatchObject(refused(404, "integration_not_found"));
    const channel = await newIntegration(app, { type: "telegram", token: "1:a" });
    expect(await newDevice(server, app, channel).create()).toMatchObject(refused(404, "integration_not_found"));
    const nowhere = newDevice(server, { ...app, id: "0".repeat(24) }, integrationId);
    expect(await nowhere.create()).toMatchObject(refused(404, "app_not_found"));
  });

  test("a page of an origin that is not on the integration's whitelist makes nobody, and cannot log in", async () => {
    const strict = newDevice(server, app, await newIntegration(app, { originWhitelist: ["https://shop.example"] }));
    const externalId = unique("someone");
    const headers = { origin: "https://evil.example" };
    expect(await strict.create({}, headers)).toMatchObject(refused(403, "forbidden"));
    const as = bearer(app, externalId);
    const body = { userId: externalId, client: strict.client };
    expect(await strict.call("POST", "/login", { body, as, headers })).toMatchObject(refused(403, "forbidden"));
    expect(await seenByBusiness(app, externalId)).toBe(404);
    expect(await strict.create({}, { origin: "https://shop.example" })).toMatchObject({ status: 201 });
  });
});

describe("sdkCreateConversation with a token", () => {
  test("makes the user of an unknown externalId with its conversation, and no session", async () => {
    const externalId = unique("someone");
    const browser = device();
    const as = bearer(app, externalId);
    const body = {
      userId: externalId,
      client: browser.client,
      intent: "message:appUser",
      givenName: "Ann",
      properties: { a: 1 },
    };
    const reply = await browser.call("POST", "/appusers", { body, as });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        appUser: { userId: externalId, conversationStarted: true },
        conversations: [{ isDefault: true, participants: [{ userId: externalId }] }],
      },
    });
    expect(reply.body.sessionToken).toBeUndefined();
    expect(await seenByBusiness(app, externalId)).toMatchObject({
      id: reply.body.appUser._id,
      authenticated: true,
      profile: { givenName: "Ann" },
      metadata: { a: 1 },
    });
  });

  test("at once from several devices, it is one user with one conversation", async () => {
    for (let round = 0; round < 4; round++) {
      const externalId = unique("someone");
      const as = bearer(app, externalId);
      const replies = await Promise.all(
        [device(), device(), device()].map(({ call, client }) => call("POST", "/appusers", { body: { client }, as })),
      );
      expect(madeBy(replies)).toEqual({ users: 1, conversations: 1 });
    }
  });

  test("for somebody else's externalId is refused", async () => {
    const browser = device();
    const externalId = unique("someone");
    const body = { userId: externalId, client: browser.client };
    expect(await browser.call("POST", "/appusers", { body, as: bearer(app, unique("someone")) })).toMatchObject(
      refused(401, "invalid_auth"),
    );
    expect(await seenByBusiness(app, externalId)).toBe(404);
  });
});

describe("sdkCreateConversation of a user", () => {
  const start = (
    browser: ReturnType<typeof device>,
    userId: string,
    as: string | Session,
    {
      fields = {},
      headers = {},
      path = "conversations",
    }: { fields?: object; headers?: Record<string, string>; path?: string } = {},
  ) =>
    browser.call<ConversationResponse>("POST", `/appusers/${userId}/${path}`, {
      body: { client: browser.client, intent: "conversation:start", type: "personal", ...fields },
      as,
      headers,
    });

  test.each(["conversation", "conversations"])("the first one, under /%s, is the default", async (path) => {
    const externalId = unique("someone");
    const browser = device();
    const { body } = await browser.login(externalId);
    const as = bearer(app, externalId);
    const reply = await start(browser, body.appUser._id, as, {
      fields: { displayName: "Help", messages: [{ type: "text", text: "Hello" }] },
      path,
    });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        conversation: { isDefault: true, displayName: "Help", participants: [{ appUserId: body.appUser._id }] },
        messages: [{ text: "Hello", role: "appUser", authorId: body.appUser._id }],
        hasPrevious: false,
        appUser: { conversationStarted: true },
        settings: { realtime: {} },
      },
    });
    expect(await participantsOf(app, reply.body.conversation._id)).toEqual([body.appUser._id]);
  });

  test("the first one, requested several times at once, is one", async () => {
    for (let round = 0; round < 4; round++) {
      const externalId = unique("someone");
      const browser = device();
      const { body } = await browser.login(externalId);
      const as = bearer(app, externalId);
      const replies = await Promise.all([1, 2, 3].map(() => start(browser, body.appUser._id, as)));
      expect(replies.map((reply) => reply.status)).toEqual([201, 201, 201]);
      expect(new Set(replies.map((reply) => reply.body.conversation._id)).size).toBe(1);
    }
  });

  test("the first one, requested again under its idempotency key, is the same", async () => {
    const externalId = unique("someone");
    const browser = device();
    const { body } = await browser.login(externalId);
    const as = bearer(app, externalId);
    const headers = { "idempotency-key": randomUUID() };
    const [first, second] = [
      await start(browser, body.appUser._id, as, { headers }),
      await start(browser, body.appUser._id, as, { headers }),
    ];
    expect(second).toMatchObject({ status: 201, body: { conversation: { _id: first.body.conversation._id } } });
  });

  test("a second one needs both the app's and the integration's setting", async () => {
    const closed = await server.newApp();
    const several = await newMultiApp(server);
    const cases = [
      [closed, await newIntegration(closed, { canUserCreateMoreConversations: true }), 403],
      [several.app, await newIntegration(several.app), 403],
      [several.app, await newIntegration(several.app, { canUserCreateMoreConversations: false }), 403],
      [several.app, several.integrationId, 201],
    ] as const;
    for (const [at, integration, status] of cases) {
      const browser = newDevice(server, at, integration);
      const session = await browser.begin();
      const reply = await start(browser, session.appUserId, session);
      expect(reply).toMatchObject(status === 201 ? { status } : refused(403, "forbidden"));
      const listed = await browser.call("GET", `/appusers/${session.appUserId}/conversations`, { as: session });
      expect(listed.body.conversations).toHaveLength(status === 201 ? 2 : 1);
      if (status === 201) expect(reply.body.conversation).toMatchObject({ isDefault: false });
    }
  });

  test("somebody who has one elsewhere gets that one where a first message asks, or an SDK that knows one alone", async () => {
    const externalId = unique("someone");
    const [phone, browser] = [device(), device()];
    const { body } = await phone.login(externalId);
    await browser.login(externalId);
    const as = bearer(app, externalId);
    const first = await start(phone, body.appUser._id, as, { fields: { displayName: "Help" } });
    const same = { status: 201, body: { conversation: { _id: first.body.conversation._id, displayName: "Help" } } };
    expect(await start(browser, body.appUser._id, as)).toMatchObject(refused(403, "forbidden"));
    expect(await start(browser, body.appUser._id, as, { path: "conversation" })).toMatchObject(same);
    expect(await start(browser, body.appUser._id, as, { fields: { intent: "message:appUser" } })).toMatchObject(same);

    // Who may have several gets another where the SDK knows several.
    const several = await newMultiApp(server);
    const guest = newDevice(server, several.app, several.integrationId);
    const { conversationId, ...session } = await guest.begin();
    const old = await start(guest, session.appUserId, session, {
      fields: { intent: "message:appUser" },
      path: "conversation",
    });
    expect(old.body.conversation._id).toBe(conversationId);
    const further = await start(guest, session.appUserId, session, { fields: { intent: "message:appUser" } });
    expect(further.body.conversation._id).not.toBe(conversationId);
  });

  test("a second one, requested again under its idempotency key or at once, is one", async () => {
    const several = await newMultiApp(server);
    const browser = newDevice(server, several.app, several.integrationId);
    const session = await browser.begin();
    const headers = { "idempotency-key": randomUUID() };
    const replies = await Promise.all([1, 2, 3].map(() => start(browser, session.appUserId, session, { headers })));
    replies.push(await start(browser, session.appUserId, session, { headers }));
    expect(new Set(replies.map((reply) => `${reply.status} ${reply.body.conversation?._id}`)).size).toBe(1);
    const listed = await browser.call("GET", `/appusers/${session.appUserId}/conversations`, { as: session });
    expect(listed.body.conversations).toHaveLength(2);
  });

  test("a second one that was deleted is not made anew by the same request, only by another", async () => {
    const several = await newMultiApp(server);
    const browser = newDevice(server, several.app, several.integrationId);
    const session = await browser.begin();
    const again = (key: string) => start(browser, session.appUserId, session, { headers: { "idempotency-key": key } });
    const key = randomUUID();
    const { body } = await again(key);
    const path = `/v2/apps/${several.app.id}/conversations/${body.conversation._id}`;
    expect(await several.app.api.delete(path)).toMatchObject({ status: 200 });
    expect(await again(key)).toMatchObject(refused(404, "conversation_not_found"));
    expect(await several.app.api.get(path)).toMatchObject({ status: 404 });
    expect(await again(randomUUID())).toMatchObject({ status: 201 });
  });

  test("nobody starts one for another user, without credentials, or with a session from another device", async () => {
    const browser = device();
    const session = await browser.begin();
    const stranger = device();
    const other = await stranger.begin();
    expect(await start(browser, session.appUserId, other)).toMatchObject(refused(401, "invalid_auth"));
    expect(await start(stranger, session.appUserId, other)).toMatchObject(refused(403, "forbidden"));
    expect(await start(stranger, session.appUserId, session)).toMatchObject(refused(401, "invalid_auth"));
    expect(
      await start(stranger, session.appUserId, session, { headers: { "x-smooch-clientid": browser.clientId } }),
    ).toMatchObject(refused(401, "invalid_auth"));
    expect(await start(browser, session.appUserId, sessionHeader({ ...session, sessionToken: "" }))).toMatchObject(
      refused(401, "invalid_auth"),
    );
    const none = await browser.call("POST", `/appusers/${session.appUserId}/conversations`, {
      body: { client: browser.client },
    });
    expect(none).toMatchObject(refused(401, "unauthorized"));
  });
});
