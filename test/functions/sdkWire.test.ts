import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { newIntegration, participantsOf, type RestUser, seenByBusiness } from "../support/business.ts";
import { sessionHeader, sessionOf, type UserResponse } from "../support/newDevice.ts";
import { bearer, signToken, userToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

/**
 * The requests of published Messaging SDKs, field for field as they were seen on the wire or stand in published source,
 * and what those clients do with the answers. What the vendor's 4.29 client cannot do without was found by leaving it out.
 */

const server = await startTestServer();
const app = await server.newApp();

/** A client that is configured with a base URL and follows what the configuration says. */
class Wire {
  readonly clientId = randomBytes(16).toString("hex");
  authorization: string | undefined;
  base = "";
  readonly headers: Record<string, string>;

  constructor(sdk: string, headers: Record<string, string> = {}) {
    this.headers = {
      accept: "application/json",
      "content-type": "application/json",
      "x-smooch-sdk": sdk,
      "x-smooch-clientid": this.clientId,
      ...headers,
    };
  }

  async send<Body = UserResponse>(method: string, url: string, body?: object, headers: Record<string, string> = {}) {
    return server.as().send<Body>(method, url.replace(server.url, ""), {
      body: body && JSON.stringify(body),
      headers: { ...this.headers, ...(this.authorization && { authorization: this.authorization }), ...headers },
    });
  }

  /** Reads the configuration and goes on where it says. */
  async configure(url: string, platform: "web" | "ios" | "android" = "web") {
    type Config = { config: { app: { _id: string }; baseUrl: Record<string, string>; integration: { _id: string } } };
    const reply = await this.send<Config>("GET", url, undefined, { "x-smooch-appid": "" });
    this.base = reply.body.config.baseUrl[platform] ?? "";
    this.headers["x-smooch-appid"] = reply.body.config.app._id;
    return reply;
  }

  call<Body = UserResponse>(method: string, path: string, body?: object) {
    return this.send<Body>(method, `${this.base}/v2/apps/${app.id}${path}`, body);
  }
}

/** What the vendor's 4.29 client cannot do without in an answer about a user. */
function expectUserResponse(body: UserResponse, client: { id: string; platform: string }) {
  expect(body).toMatchObject({
    // Present, or `startConversation` rejects.
    settings: {
      realtime: {
        enabled: false,
        baseUrl: "",
        retryInterval: expect.any(Number),
        maxConnectionAttempts: expect.any(Number),
      },
    },
    conversations: expect.any(Array),
    conversationsPagination: { hasMore: expect.any(Boolean) },
    appUser: {
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      signedUpAt: expect.any(String),
      properties: expect.any(Object),
      pendingClients: [],
      conversationStarted: expect.any(Boolean),
      hasPaymentInfo: false,
    },
  });
  // It must find itself, or the stored session is dropped after a reload.
  expect(body.appUser.clients).toContainEqual(
    expect.objectContaining({ id: client.id, platform: client.platform, active: true }),
  );
  for (const conversation of body.conversations)
    expect(conversation).toMatchObject({
      _id: expect.any(String),
      type: "personal",
      isDefault: expect.any(Boolean),
      participants: [{ _id: expect.any(String), appUserId: body.appUser._id, unreadCount: expect.any(Number) }],
      messages: expect.any(Array),
      // Times are seconds, with a fraction.
      lastUpdatedAt: expect.toSatisfy((time) => Math.abs(time - Date.now() / 1000) < 600),
    });
}

describe("the Web SDK of the 4.29 generation", () => {
  async function open() {
    const integrationId = await newIntegration(app);
    const wire = new Wire("web/smooch/4.29.0");
    // Its `configBaseUrl` ends with `/sdk/`, to which it joins the rest with one slash.
    const config = await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`);
    const info = {
      vendor: "smooch",
      sdkVersion: "4.29.0",
      URL: "shop.example",
      userAgent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
      referrer: "",
      browserLanguage: "en-CA",
      currentUrl: "https://shop.example/",
      currentTitle: "Shop",
    };
    const client = { platform: "web", id: wire.clientId, integrationId, info };
    return { integrationId, wire, config, client };
  }
  type Opened = Awaited<ReturnType<typeof open>>;
  const login = (
    { wire, integrationId, client }: Opened,
    userId: string,
    jwt: string,
    session: object = { sessionToken: null },
  ) => {
    wire.authorization = `Bearer ${jwt}`;
    return wire.call("POST", "/login", { integrationId, userId, ...session, client });
  };

  async function start(opened: Opened) {
    const { wire, client } = opened;
    const made = await wire.call("POST", "/appusers", { client, intent: "conversation:start" });
    const session = sessionOf(made.body);
    wire.authorization = sessionHeader(session);
    return { made, session, conversationId: made.body.conversations[0]?._id ?? "" };
  }

  test("init finds the app, the integration and the base URL", async () => {
    const { config, integrationId } = await open();
    expect(config).toMatchObject({
      status: 200,
      headers: { "content-type": expect.stringContaining("json") },
      body: {
        config: {
          app: { _id: app.id, status: "active", settings: { multiConvoEnabled: false } },
          baseUrl: { web: `${server.url}/sdk` },
          integration: { _id: integrationId },
        },
      },
    });
  });

  test("starts anonymously, sends, and resumes after a reload because it finds its own client id", async () => {
    const opened = await open();
    const { wire, client } = opened;
    const { made, session, conversationId } = await start(opened);
    expect(made.status).toBe(201);
    expectUserResponse(made.body, client);
    expect(made.body.sessionToken).toEqual(expect.any(String));
    expect(made.body.conversations).toHaveLength(1);
    const sent = await wire.call("POST", `/conversations/${conversationId}/messages`, {
      message: { text: "Hello", type: "text", role: "appUser" },
      author: { role: "appUser", appUserId: session.appUserId, client, sessionId: randomBytes(16).toString("hex") },
    });
    expect(sent).toMatchObject({
      status: 201,
      body: {
        messages: [
          {
            _id: expect.any(String),
            text: "Hello",
            role: "appUser",
            authorId: session.appUserId,
            received: expect.any(Number),
          },
        ],
        conversation: { _id: conversationId },
      },
    });
    const resumed = await wire.call("GET", `/appusers/${session.appUserId}`);
    expect(resumed.status).toBe(200);
    expectUserResponse(resumed.body, client);
    expect(resumed.body).toMatchObject({ appUser: { _id: session.appUserId, conversationStarted: true } });
    const messages = await wire.call("GET", `/conversations/${conversationId}/messages`);
    expect(messages).toMatchObject({
      status: 200,
      body: { conversation: { _id: conversationId }, messages: [{ text: "Hello" }], hasPrevious: false },
    });
  });

  test("a user without a conversation starts one under the singular path", async () => {
    const opened = await open();
    const externalId = unique("someone");
    const { body } = await login(opened, externalId, userToken(app, externalId));
    const reply = await opened.wire.call("POST", `/appusers/${body.appUser._id}/conversation`, {
      client: opened.client,
      intent: "conversation:start",
    });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        conversation: { _id: expect.any(String), isDefault: true, participants: [{ appUserId: body.appUser._id }] },
        settings: { realtime: {} },
      },
    });
  });

  test("logs in as somebody unknown: no conversations, none started, no session", async () => {
    const opened = await open();
    const externalId = unique("someone");
    const reply = await login(opened, externalId, signToken(app.key, { scope: "appUser", userId: externalId }));
    expect(reply.status).toBe(200);
    expectUserResponse(reply.body, opened.client);
    expect(reply.body).toMatchObject({
      appUser: { userId: externalId, conversationStarted: false },
      conversations: [],
    });
    expect(reply.body).not.toHaveProperty("sessionToken");
  });

  test("logs in as somebody known, whose conversations come along", async () => {
    const externalId = unique("someone");
    const first = await open();
    await login(first, externalId, userToken(app, externalId));
    const made = await first.wire.call("POST", "/appusers", {
      userId: externalId,
      client: first.client,
      intent: "message:appUser",
    });
    const again = await open();
    const reply = await login(again, externalId, userToken(app, externalId));
    expectUserResponse(reply.body, again.client);
    expect(reply.body.conversations).toMatchObject([{ _id: made.body.conversations[0]?._id, isDefault: true }]);
  });

  test("starts anonymously and then logs in: the conversation stays, the session is over", async () => {
    const opened = await open();
    const externalId = unique("someone");
    const { session, conversationId } = await start(opened);
    const reply = await login(opened, externalId, userToken(app, externalId), session);
    expectUserResponse(reply.body, opened.client);
    expect(reply.body).toMatchObject({
      appUser: { _id: session.appUserId, userId: externalId },
      conversations: [{ _id: conversationId }],
    });
    opened.wire.authorization = sessionHeader(session);
    expect(await opened.wire.call("GET", `/appusers/${session.appUserId}`)).toMatchObject({
      status: 401,
      body: { error: { code: "invalid_auth" } },
    });
  });

  test("an expired token is 401 `invalid_auth` with a description, and the same request with a new one works", async () => {
    const opened = await open();
    const externalId = unique("someone");
    const expired = userToken(app, externalId, { exp: 1 });
    expect(await login(opened, externalId, expired)).toMatchObject({
      status: 401,
      headers: { "content-type": expect.stringContaining("json") },
      body: { error: { code: "invalid_auth", description: expect.any(String) } },
    });
    expect((await login(opened, externalId, userToken(app, externalId))).status).toBe(200);
  });

  test("logs out, and is somebody new with its next conversation", async () => {
    const opened = await open();
    const externalId = unique("someone");
    const { body } = await login(opened, externalId, userToken(app, externalId));
    const path = `/appusers/${body.appUser._id}/logout`;
    const reply = await opened.wire.call("POST", path, {
      client: { id: opened.wire.clientId, integrationId: opened.integrationId },
    });
    expect(reply).toMatchObject({ status: 200, text: "{}" });
    opened.wire.authorization = undefined;
    const { made } = await start(opened);
    expect(made.body.appUser._id).not.toBe(body.appUser._id);
  });

  test("its preflights are allowed, with every header it sends", async () => {
    const headers = "authorization,content-type,x-smooch-appid,x-smooch-clientid,x-smooch-sdk,pragma";
    const preflight = await server.as().send("OPTIONS", `/sdk/v2/apps/${app.id}/login`, {
      headers: {
        origin: "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": headers,
      },
    });
    expect(preflight).toMatchObject({ status: 204, headers: { "access-control-allow-origin": "*" } });
    const allowed = String(preflight.headers["access-control-allow-headers"]).split(",");
    expect(allowed).toEqual(expect.arrayContaining(headers.split(",")));
    const methods = String(preflight.headers["access-control-allow-methods"]).split(",");
    expect(methods).toEqual(expect.arrayContaining(["GET", "POST", "PUT", "DELETE"]));
  });

  test("what no route answers has the form its error handling reads", async () => {
    const { wire } = await open();
    expect(await wire.call("POST", "/nowhere", {})).toMatchObject({
      status: 404,
      body: { error: { code: "not_found", description: expect.any(String) } },
    });
  });
});

describe("the Web SDK of the 5 generation", () => {
  test("finds its configuration below a base with and without `/sdk`", async () => {
    const integrationId = await newIntegration(app);
    for (const base of ["/sdk", ""]) {
      const reply = await new Wire("web/zendesk/5.7.19").configure(
        `${server.url}${base}/v2/integrations/${integrationId}/config`,
      );
      expect(reply).toMatchObject({ status: 200, body: { config: { baseUrl: { web: `${server.url}/sdk` } } } });
    }
  });

  test("creates user and conversation in one request, and a further conversation by the plural path", async () => {
    await app.api.patch(`/v2/apps/${app.id}`, { settings: { multiConvoEnabled: true } });
    const integrationId = await newIntegration(app, { canUserCreateMoreConversations: true });
    const wire = new Wire("web/zendesk/5.7.19");
    await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`);
    const client = {
      platform: "web",
      id: wire.clientId,
      integrationId,
      info: { vendor: "zendesk", sdkVersion: "5.7.19" },
    };
    const conversation = {
      displayName: "Help",
      description: "Order 7",
      iconUrl: "https://shop.example/i.png",
      metadata: { order: 7 },
      messages: [{ type: "text", text: "Hello" }],
    };
    const made = await wire.call("POST", "/appusers", {
      givenName: "Ann",
      properties: { plan: "gold" },
      avatarUrl: "https://shop.example/a.png",
      client,
      intent: "conversation:start",
      conversation: { type: "personal", ...conversation },
    });
    expect(made.status).toBe(201);
    expectUserResponse(made.body, client);
    const { messages: _, ...described } = conversation;
    expect(made.body.conversations).toMatchObject([described]);
    const session = sessionOf(made.body);
    wire.authorization = sessionHeader(session);
    const second = await wire.call("POST", `/appusers/${session.appUserId}/conversations`, {
      client,
      intent: "conversation:start",
      type: "personal",
      ...conversation,
    });
    expect(second).toMatchObject({
      status: 201,
      body: {
        conversation: { ...described, isDefault: false, participants: [{ appUserId: session.appUserId }] },
        messages: [{ text: "Hello", role: "appUser" }],
        hasPrevious: false,
        appUser: { clients: [{ id: wire.clientId }] },
        settings: { realtime: {} },
      },
    });
    const listed = await wire.call("GET", `/appusers/${session.appUserId}/conversations?offset=0`);
    expect(listed.body.conversations).toHaveLength(2);
    await app.api.patch(`/v2/apps/${app.id}`, { settings: { multiConvoEnabled: false } });
  });
});

describe("the Zendesk widget of 2025", () => {
  test("names its integration by a header, and always reads an `appUser` and JSON", async () => {
    const integrationId = await newIntegration(app);
    const wire = new Wire("web/zendesk/2025", { "x-zendesk-integrationid": integrationId });
    await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`);
    const client = { platform: "web", id: wire.clientId, info: { vendor: "zendesk" } };
    const externalId = unique("someone");
    wire.authorization = bearer(app, externalId);
    const login = await wire.call("POST", "/login", { userId: externalId, client });
    expectUserResponse(login.body, { id: wire.clientId, platform: "web" });
    const { _id } = login.body.appUser;
    const made = await wire.call("POST", "/appusers", {
      client,
      userId: externalId,
      intent: "conversation:start",
      locale: "en-CA",
      conversation: { type: "personal", client },
    });
    expectUserResponse(made.body, { id: wire.clientId, platform: "web" });
    expect(made.body.appUser).toMatchObject({ _id, locale: "en-CA" });
    const read = await wire.call("POST", `/conversations/${made.body.conversations[0]?._id}/activity`, {
      activity: { type: "conversation:read" },
      author: { role: "appUser", appUserId: _id, client },
    });
    expect(read).toMatchObject({ status: 200, text: "{}" });
    expect(await wire.call("POST", `/appusers/${_id}/logout`, { client })).toMatchObject({ status: 200, text: "{}" });
    const preflight = await server.as().send("OPTIONS", `/sdk/v2/apps/${app.id}/login`, {
      headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
    });
    expect(preflight.headers["access-control-allow-headers"]).toContain("x-zendesk-integrationid");
  });
});

/** What the compiled Zendesk SDK for Android demands of every answer: one field less, and the whole answer is refused. */
const androidClient = v.object({
  id: v.string(),
  platform: v.string(),
  integrationId: v.string(),
  info: v.record(v.string(), v.unknown()),
  lastSeen: v.optional(v.string()),
});
const androidUser = v.object({
  _id: v.string(),
  clients: v.array(androidClient),
  pendingClients: v.array(androidClient),
  properties: v.record(v.string(), v.unknown()),
});
const androidMessage = v.object({
  _id: v.string(),
  authorId: v.string(),
  role: v.string(),
  received: v.number(),
  type: v.string(),
  source: v.optional(v.object({ type: v.string() })),
  actions: v.optional(v.array(v.object({ _id: v.string(), type: v.string() }))),
  subroles: v.optional(v.array(v.string())),
});
const androidConversation = v.object({
  _id: v.string(),
  type: v.string(),
  isDefault: v.boolean(),
  participants: v.array(v.object({ _id: v.string(), appUserId: v.string() })),
  messages: v.array(androidMessage),
});
const people = { appUser: androidUser, appUsers: v.record(v.string(), androidUser) };
const androidUserAnswer = v.object({
  settings: v.object({
    realtime: v.object({
      enabled: v.boolean(),
      baseUrl: v.string(),
      retryInterval: v.pipe(v.number(), v.integer()),
      maxConnectionAttempts: v.pipe(v.number(), v.integer()),
      connectionDelay: v.pipe(v.number(), v.integer()),
    }),
    typing: v.object({ enabled: v.boolean() }),
  }),
  conversations: v.array(androidConversation),
  conversationsPagination: v.object({ hasMore: v.boolean() }),
  ...people,
});
const androidConversationAnswer = v.object({ conversation: androidConversation, ...people });
const androidMessages = v.object({ messages: v.array(androidMessage) });

describe("the Zendesk SDK for Android", () => {
  test("finds in every answer all that it cannot do without", async () => {
    const integrationId = await newIntegration(app, { type: "android" });
    const wire = new Wire("android/zendesk/9.1.0");
    await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`, "android");
    wire.base = wire.base.replace(/\/$/, "");
    // As it describes itself: what it does not know is null, and it may know nothing of the device.
    const client = { platform: "android", id: wire.clientId, integrationId, info: null, pushNotificationToken: null };
    const answered = async (schema: v.GenericSchema, method: string, path: string, body?: object) => {
      const reply = await wire.call(method, path, body);
      expect(reply.status, reply.text).toBeLessThan(300);
      expect(
        v.safeParse(schema, reply.body).issues?.map((issue) => v.getDotPath(issue)),
        `${method} ${path}`,
      ).toBeUndefined();
      return reply.body;
    };
    const asked = { displayName: null, description: null, iconUrl: null, metadata: null, messages: null };
    const conversation = { type: "personal", ...asked };
    const made = await answered(androidUserAnswer, "POST", "/appusers", { client, conversation, userId: null });
    const { _id } = made.appUser;
    const conversationId = made.conversations[0]?._id ?? "";
    wire.authorization = sessionHeader(sessionOf(made));
    const said = { type: "text", text: "Hello", role: "appUser", payload: null, metadata: null, mediaUrl: null };
    const at = `/conversations/${conversationId}`;
    await answered(androidMessages, "POST", `${at}/messages`, { message: said, author: { role: "appUser" } });
    for (const displayName of [undefined, "Ann"])
      await app.api.post(`/v2/apps/${app.id}${at}/messages`, {
        author: { type: "business", displayName },
        content: { type: "text", actions: [{ type: "reply", text: "Yes", payload: "yes" }] },
      });
    const whatsapp = await newIntegration(app, { type: "whatsapp" });
    for (const [phoneNumber, type] of [
      ["+15145551234", "immediate"],
      ["+15145551235", "prompt"],
    ])
      await app.api.post(`/v2/apps/${app.id}/users/${_id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: whatsapp, phoneNumber },
        confirmation: { type },
        target: { conversationId },
      });
    await answered(androidMessages, "GET", `${at}/messages?before=${Date.now() / 1000 + 60}`);
    await answered(androidConversationAnswer, "GET", at);
    await answered(androidConversationAnswer, "POST", `${at}/subscribe`, { author: { role: "appUser" } });
    await answered(androidConversationAnswer, "PUT", at, { client, metadata: { order: 7 } });
    await answered(androidUserAnswer, "GET", `/appusers/${_id}/conversations?offset=0`);
    await answered(androidUserAnswer, "PUT", `/appusers/${_id}`, { locale: "fr" });
    await answered(v.object({}), "POST", `${at}/activity`, { activity: { type: "message:delivery" } });
    const user = await answered(androidUserAnswer, "GET", `/appusers/${_id}`);
    expect(user).toMatchObject({
      appUser: { clients: [{ platform: "android" }, { platform: "whatsapp" }], pendingClients: [{}] },
    });
    const externalId = unique("someone");
    wire.authorization = bearer(app, externalId);
    await answered(androidUserAnswer, "POST", "/login", { userId: externalId, client });
  });

  test("is told that a user has a conversation to open also when a business put the user into a group", async () => {
    const externalId = unique("someone");
    await app.api.post(`/v2/apps/${app.id}/users`, { externalId });
    const participants = [{ userExternalId: externalId, subscribeSDKClient: true }];
    await app.api.post(`/v2/apps/${app.id}/conversations`, { type: "sdkGroup", participants });
    const integrationId = await newIntegration(app, { type: "android" });
    const wire = new Wire("android/zendesk/9.1.0");
    await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`);
    wire.authorization = bearer(app, externalId);
    const client = { platform: "android", id: wire.clientId, integrationId };
    expect(await wire.call("POST", "/login", { userId: externalId, client })).toMatchObject({
      body: { appUser: { conversationStarted: true }, conversations: [{ type: "sdkGroup" }] },
    });
  });
});

describe.each([
  [
    "ios",
    "ios/zendesk/12.0.0",
    {
      os: "iOS",
      osVersion: "17.2",
      devicePlatform: "iPhone15,2",
      appName: "Shop",
      buildNumber: "7",
      carrier: "",
      appId: "com.example.shop",
      sdkVersion: "12.0.0",
      vendor: "zendesk",
      installer: "",
      wifi: true,
      radioAccessTechnology: "none",
    },
  ],
  [
    "android",
    "android/zendesk/13.0.0",
    {
      os: "android",
      osVersion: "14",
      devicePlatform: "Google Pixel 8",
      appName: "Shop",
      carrier: "",
      appId: "com.example.shop",
      sdkVersion: "13.0.0",
      vendor: "zendesk",
      installer: "com.android.vending",
    },
  ],
] as const)("the SDK for %s", (platform, sdk, info) => {
  async function open() {
    const integrationId = await newIntegration(app, { type: platform });
    const wire = new Wire(sdk, { "x-smooch-appname": "Shop", "x-smooch-push": "enabled" });
    await wire.configure(`${server.url}/sdk/v2/integrations/${integrationId}/config`, platform);
    const ending = platform === "android" ? "/sdk/" : "/sdk";
    expect(wire.base).toBe(server.url + ending);
    // Retrofit resolves `v2/…` against a base that ends with a slash.
    wire.base = wire.base.replace(/\/$/, "");
    const client = {
      id: wire.clientId,
      integrationId,
      platform,
      appVersion: "1.2.3",
      pushNotificationToken: "token-1",
      info,
    };
    return { wire, client };
  }
  const intent = platform === "android" ? {} : { intent: "conversation:start" };

  test("creates an anonymous user, says something as an app without an origin, and resumes", async () => {
    const { wire, client } = await open();
    const made = await wire.call("POST", "/appusers", {
      client,
      ...intent,
      conversation: { type: "personal", messages: [{ type: "text", text: "Hello" }] },
    });
    expect(made.status).toBe(201);
    expectUserResponse(made.body, client);
    const session = sessionOf(made.body);
    wire.authorization = sessionHeader(session);
    const id = made.body.conversations[0]?._id ?? "";
    const sent = await wire.call("POST", `/conversations/${id}/messages`, {
      message: { type: "text", text: "Again", role: "appUser" },
      author: { role: "appUser", appUserId: session.appUserId, client },
    });
    expect(sent).toMatchObject({ status: 201, body: { messages: [{ source: { type: platform } }] } });
    const resumed = await wire.call("GET", `/appusers/${session.appUserId}`);
    expectUserResponse(resumed.body, client);
    expect(await participantsOf(app, id)).toEqual([session.appUserId]);
    const ended = await new Wire(sdk).send("GET", `/sdk/v2/apps/${app.id}/appusers/${session.appUserId}`, undefined, {
      authorization: sessionHeader({ ...session, sessionToken: "ended" }),
    });
    // iOS tests the code, Android the status.
    expect(ended).toMatchObject({ status: 401, body: { error: { code: "invalid_auth" } } });
  });

  test("logs in without integrationId at the top and with absent keys left out; a further device is one of the user's", async () => {
    const { wire, client } = await open();
    const externalId = unique("someone");
    const made = await app.api.post<{ user: RestUser }>(`/v2/apps/${app.id}/users`, { externalId });
    wire.authorization = bearer(app, externalId);
    const reply = await wire.call("POST", "/login", { userId: externalId, client });
    expectUserResponse(reply.body, client);
    expect(reply.body.appUser._id).toBe(made.body.user.id);
    const first = await wire.call("POST", "/appusers", {
      userId: externalId,
      client,
      ...intent,
      conversation: { type: "personal" },
    });
    expect(first).toMatchObject({
      status: 201,
      body: { appUser: { _id: made.body.user.id }, conversations: [{ isDefault: true }] },
    });
    expect(await wire.call("POST", `/appusers/${made.body.user.id}/logout`, { client })).toMatchObject({ status: 200 });
  });

  test("switches users with the previous id and no session, which merges nobody", async () => {
    const { wire, client } = await open();
    const [a, b] = [unique("someone"), unique("someone")];
    wire.authorization = bearer(app, a);
    const first = await wire.call("POST", "/login", { userId: a, client });
    wire.authorization = bearer(app, b);
    const second = await wire.call("POST", "/login", {
      userId: b,
      client,
      appUserId: first.body.appUser._id,
      sessionToken: null,
    });
    expect(second.body.appUser._id).not.toBe(first.body.appUser._id);
    expect(await seenByBusiness(app, a)).toMatchObject({ id: first.body.appUser._id });
  });
});
