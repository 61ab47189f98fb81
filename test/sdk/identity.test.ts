import { describe, expect, test } from "vitest";
import { SmoochError } from "../../sdk/src/SmoochError.ts";
import { Profile } from "./profile.ts";
import { setUp } from "./setUp.ts";

const fixture = setUp();

/** The value kept under a key of the fixture's integration. */
function stored(key: string): string | undefined {
  return [...fixture.profile.stored].find(([name]) => name.endsWith(`.${key}`))?.[1];
}

async function refusalOf(promise: Promise<unknown>): Promise<SmoochError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SmoochError);
  // Asserted above.
  return error as SmoochError;
}

describe("init", () => {
  test("asks for the configuration and creates nobody", async () => {
    const { smooch, names } = await fixture.open();
    expect(fixture.server.seen.map(({ method, path }) => [method, path])).toEqual([
      ["GET", expect.stringMatching(/^\/integrations\/web\d+\/config$/)],
    ]);
    expect(fixture.server.seen[0]?.headers).toMatchObject({
      "x-smooch-appid": "",
      "x-smooch-sdk": expect.stringMatching(/^web\/sunroom\//),
      "x-smooch-clientid": stored("clientId"),
    });
    expect(stored("clientId")).toMatch(/^[0-9a-f]{32}$/);
    expect(smooch.getUser()).toBeUndefined();
    expect(smooch.getDisplayedConversation()).toBeNull();
    expect(names()).toEqual(["ready"]);
  });

  test("finds the server where the script came from unless told otherwise", async () => {
    const { smooch } = fixture.profile.openTab(`${fixture.server.url}/sdk/`);
    await smooch.init({ integrationId: "web" });
    expect(fixture.server.seen).toHaveLength(1);
  });

  test("with externalId and jwt signs in", async () => {
    const { smooch } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    expect(smooch.getUser()).toMatchObject({ externalId: "anna" });
  });

  test.each([
    ["no integrationId", { integrationId: "" }],
    ["an externalId without a jwt", { externalId: "anna" }],
    ["a jwt without an externalId", { jwt: "anna.1" }],
    ["no place to find the server", { configBaseUrl: "" }],
  ])("is refused with %s, and may be called again", async (_, options) => {
    const tab = fixture.openTab();
    expect(await refusalOf(fixture.initialise(tab, options))).toMatchObject({ code: "invalid_argument", status: 0 });
    expect(fixture.server.seen).toEqual([]);
    await fixture.initialise(tab);
  });

  test("is refused a second time until destroy", async () => {
    const tab = await fixture.open();
    expect(await refusalOf(fixture.initialise(tab))).toMatchObject({ code: "already_initialized" });
    tab.smooch.destroy();
    await fixture.initialise(tab);
  });

  test("of an app that is not active is refused", async () => {
    fixture.server.appStatus = "inactive";
    expect(await refusalOf(fixture.open())).toMatchObject({ status: 401 });
  });

  test("reports the server's error with code, description and status", async () => {
    fixture.server.fail("GET /integrations/*/config", {
      status: 404,
      body: { error: { code: "integration_not_found", description: "No such integration" } },
    });
    expect(await refusalOf(fixture.open())).toMatchObject({
      code: "integration_not_found",
      description: "No such integration",
      status: 404,
    });
  });

  test("comes before everything else", async () => {
    const { smooch } = fixture.openTab();
    expect(await refusalOf(smooch.createConversation())).toMatchObject({ code: "not_initialized" });
    expect(() => smooch.getUser()).toThrow(SmoochError);
  });
});

describe("createConversation", () => {
  test("creates user and conversation in one request and keeps the session", async () => {
    const { smooch, names } = await fixture.open({ locale: "fr-CA" });
    const conversation = await smooch.createConversation({ displayName: "Order", metadata: { vip: true } });
    const [call] = fixture.server.calls("POST /appusers");
    expect(call?.headers.authorization).toBeUndefined();
    expect(call?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
    expect(call?.body).toMatchObject({
      intent: "conversation:start",
      locale: "fr-CA",
      client: {
        platform: "web",
        id: stored("clientId"),
        integrationId: expect.stringMatching(/^web/),
        info: { vendor: "sunroom", URL: "shop.example", currentUrl: "https://shop.example/cart", currentTitle: "Shop" },
      },
      conversation: { type: "personal", displayName: "Order", metadata: { vip: true } },
    });
    const [user] = [...fixture.server.users.values()];
    expect(stored("appUserId")).toBe(user?._id);
    expect(stored("sessionToken")).toBe(user?.sessionToken);
    expect(stored("pendingKey")).toBeUndefined();
    expect(smooch.getUser()?.id).toBe(user?._id);
    expect(conversation).toMatchObject({ displayName: "Order", isDefault: true, messages: [] });
    expect(conversation.participants).toEqual([{ id: expect.any(String), userId: user?._id, unreadCount: 0 }]);
    expect(smooch.getDisplayedConversation()).toBe(conversation);
    expect(names()).toEqual(["ready", "conversation:added"]);
  });

  test("called twice at once makes one request", async () => {
    const { smooch } = await fixture.open();
    const [one, other] = await Promise.all([smooch.createConversation(), smooch.createConversation()]);
    expect(one).toBe(other);
    expect(fixture.server.calls("POST /appusers")).toHaveLength(1);
  });

  test("called again in an app of one conversation answers that one", async () => {
    const { smooch } = await fixture.open();
    const first = await smooch.createConversation();
    expect(await smooch.createConversation()).toBe(first);
    expect(fixture.server.calls("POST .*")).toHaveLength(1);
  });

  test("called again with options in an app of one conversation is refused by the server", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const refusal = await refusalOf(smooch.createConversation({ displayName: "Another" }));
    expect(refusal).toMatchObject({ code: "forbidden", status: 403 });
  });

  test("called again in an app of several conversations makes another", async () => {
    fixture.server.multiConvoEnabled = true;
    const { smooch } = await fixture.open();
    const first = await smooch.createConversation();
    const second = await smooch.createConversation();
    expect(second.id).not.toBe(first.id);
    const [call] = fixture.server.calls("POST /appusers/*/conversations");
    expect(call?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
    expect(call?.body).toMatchObject({ intent: "conversation:start", type: "personal", client: { platform: "web" } });
    expect(smooch.getDisplayedConversation()).toBe(second);
    expect(smooch.getConversations()).toEqual([first, second]);
  });

  test("takes along what updateUser was given before", async () => {
    const { smooch } = await fixture.open();
    expect(await smooch.updateUser({ givenName: "Anna", metadata: { plan: "free", seats: 1 } })).toBeUndefined();
    await smooch.updateUser({ metadata: { plan: "pro" } });
    expect(fixture.server.calls("PUT .*")).toEqual([]);
    await smooch.createConversation();
    expect(fixture.server.calls("POST /appusers")[0]?.body).toMatchObject({
      givenName: "Anna",
      properties: { plan: "pro", seats: 1 },
    });
    expect(smooch.getUser()).toMatchObject({ givenName: "Anna", metadata: { plan: "pro", seats: 1 } });
  });

  test("is not held up by what updateUser was given and the server refuses", async () => {
    const { smooch } = await fixture.open();
    await smooch.updateUser({ givenName: "Anna", email: "nope" });
    await smooch.createConversation();
    const [refused, made] = fixture.server.calls("POST /appusers");
    expect(refused?.body).toMatchObject({ givenName: "Anna", email: "nope" });
    expect(made?.body).not.toHaveProperty("email");
    expect(made?.body).not.toHaveProperty("givenName");
    expect(made?.headers["idempotency-key"]).toBe(refused?.headers["idempotency-key"]);
    expect(await smooch.updateUser({ surname: "Bell" })).toMatchObject({ surname: "Bell" });
    expect(fixture.server.calls("PUT /appusers/*")).toHaveLength(1);
  });

  test("that is refused for its own sake keeps what updateUser was given", async () => {
    const { smooch } = await fixture.open();
    await smooch.updateUser({ givenName: "Anna" });
    fixture.server.fail("POST /appusers", { status: 400 }, { status: 400 });
    expect(await refusalOf(smooch.createConversation())).toMatchObject({ status: 400 });
    await smooch.createConversation();
    expect(smooch.getUser()).toMatchObject({ givenName: "Anna" });
  });

  test("after a lost answer repeats the same operation", async () => {
    fixture.server.fail("POST /appusers", "answer lost", { status: 503 });
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const keys = fixture.server.calls("POST /appusers").map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(fixture.server.users.size).toBe(1);
  });

  test("after a lost answer and a reload still makes one user", async () => {
    fixture.server.fail("POST /appusers", ...Array<"answer lost">(4).fill("answer lost"));
    const before = await fixture.open();
    expect(await refusalOf(before.smooch.createConversation())).toMatchObject({ code: "network_error", status: 0 });
    before.close();
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    expect(fixture.server.users.size).toBe(1);
    expect(smooch.getUser()?.id).toBe([...fixture.server.users.keys()][0]);
    expect(stored("pendingKey")).toBeUndefined();
  });

  test("that was throttled keeps the key of the operation, which an unheard answer may have completed", async () => {
    fixture.server.fail("POST /appusers", "answer lost", { status: 429 });
    const { smooch } = await fixture.open();
    expect(await refusalOf(smooch.createConversation())).toMatchObject({ code: "http_429", status: 429 });
    await smooch.createConversation();
    expect(fixture.server.users.size).toBe(1);
  });
});

describe("a stored session", () => {
  test("is resumed on the next page, with the messages of the displayed conversation", async () => {
    const before = await fixture.open();
    await before.smooch.createConversation({ messages: [{ type: "text", text: "one" }] });
    await before.smooch.sendMessage("two");
    before.close();
    const { smooch } = await fixture.open();
    expect(smooch.getUser()).toEqual(before.smooch.getUser());
    expect(smooch.getDisplayedConversation()?.messages.map(({ text }) => text)).toEqual(["one", "two"]);
    const [call] = fixture.server.calls("GET /appusers/*");
    expect(call?.headers.authorization).toBe(`Basic ${btoa(`${stored("appUserId")}:${stored("sessionToken")}`)}`);
    expect(fixture.server.users.size).toBe(1);
  });

  test("is kept in sessionStorage where the page wants it so", async () => {
    const { smooch } = await fixture.open({ browserStorage: "sessionStorage" });
    await smooch.createConversation();
    // The fake browser has no sessionStorage, so this also shows that a missing storage stops nobody.
    expect(fixture.profile.stored.size).toBe(0);
  });

  test.each([401, 404])(
    "that the server answers with %i is dropped, and the next conversation makes a new user",
    async (status) => {
      const before = await fixture.open();
      await before.smooch.createConversation();
      before.close();
      const former = stored("appUserId");
      fixture.server.fail("GET /appusers/*", { status });
      const { smooch, names } = await fixture.open();
      expect(smooch.getUser()).toBeUndefined();
      expect(stored("sessionToken")).toBeUndefined();
      expect(names()).toEqual(["ready"]);
      await smooch.createConversation();
      expect(stored("appUserId")).not.toBe(former);
    },
  );

  test("ended while the page is open is reported once, and the next message comes from somebody new", async () => {
    const { smooch, events, names } = await fixture.open();
    const { id } = await smooch.createConversation();
    const former = smooch.getUser()?.id ?? "";
    fixture.server.endSession(former);
    const message = await smooch.sendMessage("Hello?");
    expect(message).toMatchObject({ text: "Hello?", role: "user" });
    expect(smooch.getUser()?.id).not.toBe(former);
    expect(names()).toEqual([
      "ready",
      "conversation:added",
      "conversation:removed",
      "session:ended",
      "conversation:added",
      "message",
      "message:sent",
    ]);
    expect(events[2]).toEqual(["conversation:removed", { conversation: { id } }]);
    expect(fixture.server.users.size).toBe(2);
  });

  test("ended while the page is open refuses what was meant for the old conversation", async () => {
    const { smooch } = await fixture.open();
    const { id } = await smooch.createConversation();
    fixture.server.endSession(smooch.getUser()?.id ?? "");
    expect(await refusalOf(smooch.sendMessage("Hello?", id))).toMatchObject({ code: "invalid_auth", status: 401 });
    expect(fixture.server.users.size).toBe(1);
  });

  test("of a user that is refused again and again does not lead to a loop", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const refused = { status: 401, body: { error: { code: "invalid_auth" } } };
    fixture.server.fail("POST /conversations/*/messages", ...Array(20).fill(refused));
    const before = fixture.server.seen.length;
    expect(await refusalOf(smooch.sendMessage("Hello?"))).toMatchObject({ status: 401 });
    expect(fixture.server.seen.length - before).toBeLessThan(5);
  });
});

describe("login", () => {
  test("of an unknown externalId creates and shows the user, and keeps no credentials", async () => {
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    const [call] = fixture.server.calls("POST /login");
    expect(call?.headers.authorization).toBe("Bearer anna.1");
    expect(call?.body).toMatchObject({
      userId: "anna",
      integrationId: expect.any(String),
      client: { platform: "web" },
    });
    expect(call?.body).not.toHaveProperty("appUserId");
    expect(smooch.getUser()).toMatchObject({ externalId: "anna" });
    expect([...fixture.profile.stored.keys()]).toEqual([expect.stringMatching(/clientId$/)]);
  });

  test("brings the conversations of a known user, displayed with its messages", async () => {
    const { conversations } = fixture.server.known("anna", 1);
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    expect(smooch.getDisplayedConversation()?.id).toBe(conversations[0]?._id);
    expect(fixture.server.calls("GET /conversations/*/messages")).toHaveLength(1);
  });

  test("of an anonymous user proves its session, upgrades it and drops the stored session", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const appUserId = stored("appUserId");
    const sessionToken = stored("sessionToken");
    await smooch.login("anna", "anna.1");
    expect(fixture.server.calls("POST /login")[0]?.body).toMatchObject({ appUserId, sessionToken });
    expect(smooch.getUser()).toMatchObject({ id: appUserId, externalId: "anna" });
    expect(stored("appUserId")).toBeUndefined();
    expect(stored("sessionToken")).toBeUndefined();
  });

  test("of an anonymous user with a known externalId leads to that user with both conversations", async () => {
    const known = fixture.server.known("anna", 1);
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    await smooch.login("anna", "anna.1");
    expect(smooch.getUser()?.id).toBe(known._id);
    expect(smooch.getConversations()).toHaveLength(2);
  });

  test("goes on displaying the conversation somebody is in, though another one has been used since", async () => {
    const { smooch } = await fixture.open();
    const { id } = await smooch.createConversation();
    fixture.server.known("anna", 1);
    await smooch.login("anna", "anna.1");
    expect(smooch.getConversations().map((one) => one.id)).toEqual([expect.not.stringMatching(id), id]);
    expect(smooch.getDisplayedConversation()?.id).toBe(id);
  });

  test("repeated with the same token makes no request", async () => {
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    await smooch.login("anna", "anna.1");
    expect(fixture.server.calls("POST /login")).toHaveLength(1);
  });

  test("as somebody else switches and brings nobody along", async () => {
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    await smooch.login("ben", "ben.1");
    expect(smooch.getUser()).toMatchObject({ externalId: "ben" });
    expect(fixture.server.calls("POST /login")[1]?.body).not.toHaveProperty("sessionToken");
  });

  test("waits for a user that is being created, and brings it along", async () => {
    const { smooch } = await fixture.open();
    const [conversation] = await Promise.all([smooch.createConversation(), smooch.login("anna", "anna.1")]);
    expect(fixture.server.users.size).toBe(1);
    expect(smooch.getDisplayedConversation()?.id).toBe(conversation.id);
  });

  test("sends what updateUser was given before", async () => {
    const { smooch } = await fixture.open();
    await smooch.updateUser({ email: "anna@example.com" });
    await smooch.login("anna", "anna.1");
    expect(fixture.server.calls("PUT /appusers/*")[0]?.body).toEqual({ email: "anna@example.com" });
    expect(smooch.getUser()).toMatchObject({ email: "anna@example.com" });
  });

  test("drops what updateUser was given before and the server refuses", async () => {
    const { smooch } = await fixture.open();
    await smooch.updateUser({ email: "nope" });
    await smooch.login("anna", "anna.1");
    expect(await smooch.updateUser({ givenName: "Anna" })).toMatchObject({ givenName: "Anna" });
  });

  test("keeps what updateUser was given before and could not be sent", async () => {
    const { smooch } = await fixture.open();
    await smooch.updateUser({ email: "anna@example.com" });
    fixture.server.fail("PUT /appusers/*", { status: 429 });
    await smooch.login("anna", "anna.1");
    expect(await smooch.updateUser({ givenName: "Anna" })).toMatchObject({ email: "anna@example.com" });
  });

  test("with a refused token leaves everything as it was", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const before = smooch.getUser();
    const refusal = await refusalOf(smooch.login("anna", "anna.expired"));
    expect(refusal).toMatchObject({ code: "invalid_auth", status: 401 });
    expect(smooch.getUser()).toBe(before);
    expect(stored("appUserId")).toBe(before?.id);
    expect(fixture.server.calls("POST /login")).toHaveLength(1);
  });

  test.each([
    ["an empty externalId", "", "anna.1"],
    ["an empty token", "anna", ""],
  ])("with %s is refused without a request", async (_, externalId, jwt) => {
    const { smooch } = await fixture.open();
    expect(await refusalOf(smooch.login(externalId, jwt))).toMatchObject({ code: "invalid_argument" });
    expect(fixture.server.calls("POST /login")).toEqual([]);
  });

  test("that the server answers with nothing leaves the user to the first conversation", async () => {
    fixture.server.fail("POST /login", { status: 204 });
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    expect(smooch.getUser()).toBeUndefined();
    await smooch.createConversation();
    const [call] = fixture.server.calls("POST /appusers");
    expect(call?.headers.authorization).toBe("Bearer anna.1");
    expect(call?.body).toMatchObject({ userId: "anna" });
    expect(smooch.getUser()).toMatchObject({ externalId: "anna" });
    expect(stored("sessionToken")).toBeUndefined();
  });
});

describe("onInvalidAuth", () => {
  test("renews a refused token and the request is repeated with it", async () => {
    const { smooch } = await fixture.open({ delegate: { onInvalidAuth: async () => "anna.2" } });
    await smooch.login("anna", "anna.expired");
    expect(fixture.server.calls("POST /login").map(({ headers }) => headers.authorization)).toEqual([
      "Bearer anna.expired",
      "Bearer anna.2",
    ]);
  });

  test("is asked at most five times for one request", async () => {
    let asked = 0;
    const { smooch } = await fixture.open();
    smooch.setDelegate({ onInvalidAuth: () => `anna${++asked}.expired` });
    expect(await refusalOf(smooch.login("anna", "anna.expired"))).toMatchObject({ code: "invalid_auth", status: 401 });
    expect(asked).toBe(5);
    expect(fixture.server.calls("POST /login")).toHaveLength(6);
  });

  test("is asked once for requests that are refused at the same time, and they keep their idempotency keys", async () => {
    fixture.server.known("anna", 1);
    let asked = 0;
    const { smooch } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    smooch.setDelegate({ onInvalidAuth: async () => `anna.${++asked + 1}` });
    const refused = { status: 401, body: { error: { code: "invalid_auth" } } };
    fixture.server.fail("POST /conversations/*/messages", refused);
    fixture.server.fail("PUT /appusers/*", refused);
    await Promise.all([smooch.sendMessage("Hello"), smooch.updateUser({ givenName: "Anna" })]);
    expect(asked).toBe(1);
    const keys = fixture.server
      .calls("POST /conversations/*/messages")
      .map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  test("that fails leaves the server's refusal as the reason", async () => {
    const { smooch } = await fixture.open({ delegate: { onInvalidAuth: () => Promise.reject(new Error("offline")) } });
    expect(await refusalOf(smooch.login("anna", "anna.expired"))).toMatchObject({ code: "invalid_auth" });
  });

  test("is not asked for anonymous users", async () => {
    let asked = 0;
    const { smooch } = await fixture.open({ delegate: { onInvalidAuth: () => `anna.${++asked}` } });
    await smooch.createConversation();
    fixture.server.endSession(smooch.getUser()?.id ?? "");
    await refusalOf(smooch.updateUser({ givenName: "Anna" }));
    expect(asked).toBe(0);
  });

  test("stands among the delegate's known methods; any other name is refused", async () => {
    const { smooch } = await fixture.open();
    // Deliberately not a delegate.
    const wrong = { onInvalidToken: () => "" } as object;
    expect(() => smooch.setDelegate(wrong)).toThrow("onInvalidToken");
    smooch.setDelegate(null);
  });
});

describe("logout", () => {
  test("tells the server, and the next conversation makes a new anonymous user", async () => {
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    const anna = smooch.getUser()?.id;
    await smooch.logout();
    const [call] = fixture.server.calls("POST /appusers/*/logout");
    expect(call?.headers.authorization).toBe("Bearer anna.1");
    expect(call?.body).toEqual({ client: { id: stored("clientId"), integrationId: expect.any(String) } });
    expect(smooch.getUser()).toBeUndefined();
    expect(smooch.getConversations()).toEqual([]);
    await smooch.createConversation();
    expect(smooch.getUser()?.externalId).toBeUndefined();
    expect(smooch.getUser()?.id).not.toBe(anna);
  });

  test("with a token that has expired logs out all the same, without asking for a new one", async () => {
    let asked = 0;
    const { smooch } = await fixture.open({ delegate: { onInvalidAuth: () => `anna.${++asked}` } });
    await smooch.login("anna", "anna.1");
    fixture.server.fail("POST /appusers/*/logout", { status: 401 });
    await smooch.logout();
    expect(smooch.getUser()).toBeUndefined();
    expect(asked).toBe(0);
  });

  test("that cannot reach the server rejects, but nobody is logged in any more", async () => {
    const { smooch } = await fixture.open();
    await smooch.login("anna", "anna.1");
    fixture.server.fail("POST /appusers/*/logout", ...Array<"unreachable">(4).fill("unreachable"));
    expect(await refusalOf(smooch.logout())).toMatchObject({ code: "network_error" });
    expect(smooch.getUser()).toBeUndefined();
  });

  test("does nothing to an anonymous user", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const before = smooch.getUser();
    await smooch.logout();
    expect(smooch.getUser()).toBe(before);
    expect(fixture.server.calls("POST /appusers/*/logout")).toEqual([]);
  });
});

describe("a browser that refuses storage", () => {
  test("keeps the person as long as the page lives", async () => {
    fixture.profile.refuses = true;
    const { smooch } = await fixture.open();
    const { id } = await smooch.createConversation();
    await smooch.sendMessage("Hello");
    expect((await smooch.getConversationById()).id).toBe(id);
    const clients = fixture.server.seen.map(({ headers }) => headers["x-smooch-clientid"]);
    expect(new Set(clients).size).toBe(1);
    await smooch.login("anna", "anna.1");
    expect(fixture.server.calls("POST /login")[0]?.body).toHaveProperty("sessionToken");
  });

  test("from now on, in the middle of a page's life, loses nothing", async () => {
    const { smooch } = await fixture.open();
    fixture.profile.refuses = true;
    await smooch.createConversation();
    await smooch.login("anna", "anna.1");
    expect(fixture.server.users.size).toBe(1);
  });
});

describe("two tabs", () => {
  test.each([
    ["with locks", true],
    ["without locks", false],
  ])("that create at once make one user, %s", async (_, locks) => {
    fixture.profile.locks = locks;
    const [one, other] = await Promise.all([fixture.open(), fixture.open()]);
    const release = fixture.server.hold();
    const both = Promise.all([one.smooch.createConversation(), other.smooch.createConversation()]);
    release();
    const [first, second] = await both;
    expect(first.id).toBe(second.id);
    expect(fixture.server.users.size).toBe(1);
    expect(one.smooch.getUser()).toEqual(other.smooch.getUser());
    for (const tab of [one, other]) expect(tab.names()).toEqual(["ready", "conversation:added"]);
  });

  test("share a user that one of them creates later", async () => {
    const [one, other] = await Promise.all([fixture.open(), fixture.open()]);
    const added = other.next("conversation:added");
    const { id } = await one.smooch.createConversation();
    expect((await added)[2]).toEqual({ conversation: { id } });
    expect(other.smooch.getUser()).toEqual(one.smooch.getUser());
    expect(other.smooch.getDisplayedConversation()?.id).toBe(id);
  });

  test("of different browsers are different users", async () => {
    const one = await fixture.open();
    const other = await fixture.open({}, new Profile());
    const [first, second] = await Promise.all([one.smooch.createConversation(), other.smooch.createConversation()]);
    expect(first.id).not.toBe(second.id);
  });

  test("part when one logs in: the other becomes nobody and later somebody new", async () => {
    const one = await fixture.open();
    await one.smooch.createConversation();
    const other = await fixture.open();
    const ended = other.next("session:ended");
    await one.smooch.login("anna", "anna.1");
    await ended;
    expect(other.smooch.getUser()).toBeUndefined();
    expect(other.names().slice(-2)).toEqual(["conversation:removed", "session:ended"]);
    await other.smooch.createConversation();
    expect(other.smooch.getUser()?.id).not.toBe(one.smooch.getUser()?.id);
    expect(one.smooch.getUser()).toMatchObject({ externalId: "anna" });
  });

  test("one of which was left behind finds the other's newer session when its own is refused", async () => {
    const one = await fixture.open();
    await one.smooch.createConversation();
    const other = await fixture.open();
    // Loses this page its storage events, as a page asleep does.
    one.close();
    const left = fixture.openTab();
    await fixture.initialise(left);
    fixture.server.endSession(left.smooch.getUser()?.id ?? "");
    await other.smooch.sendMessage("from the other tab");
    await left.smooch.sendMessage("from this one");
    expect(left.smooch.getUser()?.id).toBe(other.smooch.getUser()?.id);
    expect(fixture.server.users.size).toBe(2);
  });
});

describe("destroy", () => {
  test("says so, ends what is under way, and unbinds all listeners", async () => {
    const tab = await fixture.open();
    fixture.server.hold();
    const creating = refusalOf(tab.smooch.createConversation());
    tab.smooch.destroy();
    expect(await creating).toMatchObject({ code: "destroyed" });
    expect(tab.names()).toEqual(["ready", "destroy"]);
    expect(tab.waiting()).toEqual([]);
    expect(() => tab.smooch.getUser()).toThrow(SmoochError);
  });

  test("during init makes init reject, and a new init works", async () => {
    const tab = fixture.openTab();
    const release = fixture.server.hold();
    const initialising = refusalOf(fixture.initialise(tab));
    tab.smooch.destroy();
    expect(await initialising).toMatchObject({ code: "destroyed" });
    release();
    await fixture.initialise(tab);
    expect(tab.smooch.getUser()).toBeUndefined();
  });
});
