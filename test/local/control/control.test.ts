import { rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { caller } from "../../support/caller.ts";
import { startControlled } from "../../support/startControlled.ts";
import { startReceiver } from "../../support/startReceiver.ts";

interface Event {
  readonly sequence: number;
  readonly type: string;
  readonly appId: string;
  readonly payload: {
    readonly conversation: { readonly id: string };
    readonly message?: { readonly received: string };
  };
}
interface Events {
  readonly events: readonly Event[];
  readonly next: number;
}
interface Delivered {
  readonly status: number;
  readonly userId: string;
  readonly appId: string;
  readonly integrationId: string;
}
interface Outbox {
  readonly entries: readonly { readonly state: string; readonly message?: { readonly text: string } }[];
}
interface Requests {
  readonly requests: readonly {
    readonly operation?: string;
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly response?: { readonly status: number; readonly body: string };
  }[];
  readonly next: number;
}

const server = await startControlled();
const { account, control, done, newApp, url } = server;

beforeEach(async () => {
  await done("POST", "reset");
});
afterAll(server.stop);

const deliver = (content = "Hi", channel = "telegram") =>
  done<Delivered>("POST", "deliver", { channel, person: { id: "15550100", name: "Jane" }, content });
const typesOf = ({ events }: Events) => events.map(({ type }) => type);

describe("access", () => {
  const path = "/local/control/events";
  const token = { "x-sunroom-control": server.note.token };

  test("is for who has the token of this start, which only the owner of the data can read", async () => {
    const anyone = caller(url);
    expect((await anyone.get(path)).status).toBe(401);
    expect((await anyone.send("GET", path, { headers: { "x-sunroom-control": "another" } })).status).toBe(401);
    expect((await account.get(path)).status).toBe(401);
    expect((await anyone.send("GET", path, { headers: token })).status).toBe(200);
    const file = join(server.directory, ".local", "control.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.note.url).toBe(`${url}/local/control/`);
  });

  test("is refused under a foreign name, and through a proxy, whoever has the token", async () => {
    const send = (headers: Record<string, string>) =>
      caller(url).send("GET", path, { headers: { ...token, ...headers } });
    expect((await send({ host: "rebound.example" })).status).toBe(403);
    expect((await send({ "x-forwarded-for": "203.0.113.7" })).status).toBe(403);
  });

  test("is nothing that a page elsewhere can read", async () => {
    const { headers } = await caller(url).send("GET", path, { headers: { ...token, origin: "https://page.example" } });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("says what there is to call, and that a body has to be an object", async () => {
    expect(await control("POST", "reboot")).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining("POST reset") },
    });
    const headers = { ...token, "content-type": "application/json" };
    expect((await caller(url).send("POST", "/local/control/seed", { body: "[]", headers })).status).toBe(400);
  });

  test("health needs no token", async () => {
    expect(await caller(url).get("/local/control/health")).toMatchObject({ status: 200, body: { status: "ready" } });
  });
});

describe("a reset", () => {
  test("leaves nothing but the account key", async () => {
    const app = await newApp();
    await app.api.post(`/v2/apps/${app.id}/users`, { externalId: "jane" });
    await deliver();
    await done("POST", "faults", { match: { operation: "getApp" }, status: 503 });
    await done("POST", "clock", { offsetMs: 86_400_000 });
    await done("POST", "ids", { seed: "one" });
    await done("POST", "reset");
    expect(await account.get("/v2/apps")).toMatchObject({ status: 200, body: { apps: [] } });
    expect((await app.api.get(`/v2/apps/${app.id}`)).status).toBe(401);
    expect((await done<Events>("GET", "events")).events).toEqual([]);
    expect((await done<Outbox>("GET", "outbox")).entries).toEqual([]);
    expect(await done("GET", "faults")).toEqual({ faults: [] });
    expect(await done("GET", "clock")).toEqual({});
  });

  test("forgets calls that were logged before it, and counts on", async () => {
    await newApp();
    const before = await done<Requests>("GET", "requests");
    await done("POST", "reset");
    const after = await done<Requests>("GET", "requests");
    expect([before.requests.length, after.requests]).toEqual([2, []]);
    await account.get("/v2/apps");
    expect((await done<Requests>("GET", `requests?after=${before.next}`)).requests).toHaveLength(1);
  });

  test("happens between calls: each of those that run beside it is answered as a whole", async () => {
    const made = Array.from({ length: 20 }, () => account.post("/v2/apps", { displayName: "App" }));
    const resets = [done("POST", "reset"), done("POST", "reset")];
    expect((await Promise.all(made)).map(({ status }) => status)).toEqual(made.map(() => 201));
    await Promise.all(resets);
    await done("POST", "reset");
    expect(await account.get("/v2/apps")).toMatchObject({ body: { apps: [] } });
  });
});

describe("the events", () => {
  test("hold what was committed before the call", async () => {
    for (let round = 0; round < 5; round++) {
      const { appId } = await deliver();
      const events = await done<Events>("GET", `events?appId=${appId}`);
      expect(typesOf(events)).toEqual(["conversation:create", "conversation:message"]);
      await done("POST", "reset");
    }
  });

  test("are listed after a place, and of a type", async () => {
    await deliver("One");
    const { next } = await done<Events>("GET", "events");
    await deliver("Two");
    expect(typesOf(await done<Events>("GET", `events?after=${next}`))).toEqual(["conversation:message"]);
    expect(typesOf(await done<Events>("GET", "events?type=conversation:create"))).toEqual(["conversation:create"]);
  });

  test("can be waited for", async () => {
    await deliver();
    const { next } = await done<Events>("GET", "events");
    const waiting = done<Events>("GET", `events?after=${next}&wait=60000`);
    await deliver("Another");
    expect(typesOf(await waiting)).toEqual(["conversation:message"]);
  });

  test("are refused a place that is no number", async () => {
    expect((await control("GET", "events?after=last")).status).toBe(400);
  });
});

describe("deliver", () => {
  test("makes the integration that is missing, and the person a user", async () => {
    const app = await newApp();
    const delivered = await deliver();
    expect(delivered).toMatchObject({ status: 200, appId: app.id });
    expect(await app.api.get(`/v2/apps/${app.id}/users/${delivered.userId}`)).toMatchObject({ status: 200 });
    expect(await deliver("Again")).toMatchObject({ userId: delivered.userId, integrationId: delivered.integrationId });
  });

  test("says what is wrong with a message", async () => {
    const person = "jane";
    for (const wrong of [
      { channel: "pigeon", person, content: "Hi" },
      { channel: "telegram", content: "Hi" },
      { channel: "telegram", person, content: { type: "image" } },
      { channel: "telegram", person, content: "Hi", create: false },
    ])
      expect(await control("POST", "deliver", wrong)).toMatchObject({ status: 400 });
  });

  test("names the secret that the integration lacks to be signed with", async () => {
    const app = await newApp();
    await app.api.post(`/v2/apps/${app.id}/integrations`, { type: "whatsapp" });
    expect(await control("POST", "deliver", { channel: "whatsapp", person: "15550100", content: "Hi" })).toMatchObject({
      status: 400,
      body: { message: "The integration has no appSecret to sign a sample with." },
    });
  });

  test("reaches the business's webhook before a settle is answered, and its answer the outbox, with a receipt", async () => {
    const receiver = await startReceiver();
    const app = await newApp();
    await app.api.post(`/v2/apps/${app.id}/integrations`, {
      ...{ type: "custom", displayName: "Bot" },
      webhooks: [{ target: receiver.url, triggers: ["conversation:message"] }],
    });
    const { appId } = await deliver("Hi", "whatsapp");
    await done("POST", "settle");
    expect(receiver.events().map(({ type }) => type)).toEqual(["conversation:message"]);
    const { events } = await done<Events>("GET", "events");
    await app.api.post(`/v2/apps/${appId}/conversations/${events[0]?.payload.conversation.id}/messages`, {
      author: { type: "business" },
      content: { type: "text", text: "Hello Jane" },
    });
    const { entries } = await done<Outbox>("GET", "outbox");
    expect(entries).toMatchObject([{ state: "delivered", message: { text: "Hello Jane" } }]);
    expect(await done("POST", "receipts", { state: "read" })).toMatchObject({ status: 200, entry: { state: "read" } });
    await receiver.close();
  });
});

describe("a snapshot", () => {
  test("brings data and files back as often as it is restored, and tells no event of it", async () => {
    const app = await newApp();
    const { userId } = await deliver();
    const form = new FormData();
    form.append("source", new Blob(["%PDF-1.4"], { type: "application/pdf" }), "terms.pdf");
    const uploaded = await fetch(`${url}/v2/apps/${app.id}/attachments?access=public`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${app.key.id}:${app.key.secret}`)}` },
      body: form,
    });
    const { attachment } = (await uploaded.json()) as { attachment: { mediaUrl: string } };
    await done("POST", "snapshot", { name: "with-jane" });
    for (let round = 0; round < 2; round++) {
      await app.api.delete(`/v2/apps/${app.id}/users/${userId}`);
      await done("POST", "restore", { name: "with-jane" });
      expect((await app.api.get(`/v2/apps/${app.id}/users/${userId}`)).status).toBe(200);
      expect(await (await fetch(attachment.mediaUrl)).text()).toBe("%PDF-1.4");
      expect((await done<Events>("GET", "events")).events).toEqual([]);
    }
    expect(await done("GET", "snapshots")).toEqual({ snapshots: ["with-jane"] });
  });

  test("has a name that is no path, and is known", async () => {
    for (const name of ["../up", "", ".hidden", "a/b", "never-made"]) {
      expect((await control("POST", "restore", { name })).status).toBe(400);
      if (name !== "never-made") expect((await control("POST", "snapshot", { name })).status).toBe(400);
    }
  });

  test("goes on with the ids where it was made", async () => {
    await done("POST", "ids", { seed: "ids" });
    await newApp();
    await done("POST", "snapshot", { name: "ids" });
    const next = async () => (await newApp()).id;
    const id = await next();
    await done("POST", "restore", { name: "ids" });
    expect(await next()).toBe(id);
  });
});

describe("ids and the clock", () => {
  test("make the same answers each time", async () => {
    const answers = async () => {
      await done("POST", "reset");
      await done("POST", "clock", { now: "2030-01-31T12:00:00Z" });
      await done("POST", "ids", { seed: "always" });
      const app = await newApp();
      const user = await app.api.post(`/v2/apps/${app.id}/users`, { externalId: "jane" });
      return [app.id, app.key, user.text];
    };
    const first = await answers();
    expect(await answers()).toEqual(first);
    expect(first[2]).toContain('"signedUpAt":"2030-01-31T12:00:00.000Z"');
  });

  test("make other ids of another seed, and of none", async () => {
    const idOf = async (seed: string | null) => {
      await done("POST", "reset");
      await done("POST", "ids", { seed });
      return (await newApp()).id;
    };
    const ids = [await idOf("one"), await idOf("two"), await idOf(null), await idOf(null)];
    expect(new Set(ids).size).toBe(4);
  });

  test("let a channel's signature with a time, and messages, be of the clock", async () => {
    await done("POST", "clock", { offsetMs: 40 * 86_400_000 });
    expect(await deliver("Hi", "mailgun")).toMatchObject({ status: 200 });
    const { events } = await done<Events>("GET", "events?type=conversation:message");
    const received = Date.parse(events[0]?.payload.message?.received ?? "");
    expect(received - Date.now()).toBeGreaterThan(39 * 86_400_000);
  });

  test("let messages expire by their app's retention", async () => {
    const app = await newApp();
    await app.api.patch(`/v2/apps/${app.id}`, { settings: { conversationRetentionSeconds: 3600 } });
    await deliver();
    const { events } = await done<Events>("GET", "events");
    const messages = `/v2/apps/${app.id}/conversations/${events[0]?.payload.conversation.id}/messages`;
    const count = async () => (await app.api.get<{ messages: unknown[] }>(messages)).body.messages.length;
    expect([await count(), await done("POST", "expire", {})]).toEqual([1, { expired: 0 }]);
    await done("POST", "clock", { offsetMs: 7_200_000 });
    expect(await count()).toBe(0);
    expect(await done("POST", "expire", {})).toEqual({ expired: 1 });
  });

  test("let keys made in the last year that they may show be valid", async () => {
    await done("POST", "clock", { now: "2499-12-31T23:59:59Z" });
    const app = await newApp();
    expect((await app.api.get(`/v2/apps/${app.id}`)).status).toBe(200);
  });

  test("let nothing expire of a field that is misspelt", async () => {
    expect(await control("POST", "expire", { session: { appId: "x", userId: "y" } })).toMatchObject({
      status: 400,
      body: { message: "There is no field session, only sessions, messages." },
    });
  });

  test("refuse what is no time, and no number", async () => {
    const times = [{ now: "soon" }, { now: "1900-01-01T00:00:00Z" }, { now: "2500-01-01T00:00:00Z" }];
    for (const wrong of [...times, { offsetMs: "1" }, { offsetMs: 1e15 }])
      expect((await control("POST", "clock", wrong)).status).toBe(400);
    expect((await control("POST", "ids", { seed: 5 })).status).toBe(400);
  });
});

describe("faults", () => {
  test("befall the calls that agree with them, as often as they say", async () => {
    const fault = {
      match: { operation: "listApps", method: "get" },
      status: 429,
      headers: { "Retry-After": "7" },
      times: 2,
    };
    await done("POST", "faults", { ...fault, body: { errors: [{ code: "too_many_requests" }] } });
    const [first, second, third] = [
      await account.get("/v2/apps"),
      await account.get("/v2/apps"),
      await account.get("/v2/apps"),
    ];
    expect(first).toMatchObject({
      status: 429,
      headers: { "retry-after": "7", "content-type": "application/json" },
      body: { errors: [{ code: "too_many_requests" }] },
    });
    expect([second?.status, third?.status]).toEqual([429, 200]);
    expect((await account.post("/v2/apps", { displayName: "Made" })).status).toBe(201);
  });

  test("break the connection, before the work or after it", async () => {
    const breaking = { match: { method: "POST", path: "/v2/*" }, reset: true, times: 1 };
    const { id, secret } = server.accountKey;
    const create = {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}`, "content-type": "application/json" },
      body: JSON.stringify({ displayName: "Lost answer" }),
    };
    for (const [afterwards, made] of [
      [false, 0],
      [true, 1],
    ] as const) {
      await done("POST", "faults", { ...breaking, afterwards });
      await expect(fetch(`${url}/v2/apps`, create)).rejects.toThrow("fetch failed");
      expect(await account.get("/v2/apps")).toMatchObject({ body: { apps: { length: made } } });
    }
  });

  test("delay an answer, and hold up no reset", async () => {
    await done("POST", "faults", { latencyMs: 60_000 });
    const late = account.get("/v2/apps").catch(() => "broken");
    await expect.poll(() => done("GET", "faults")).toMatchObject({ faults: [{ latencyMs: 60_000 }] });
    await done("POST", "reset");
    expect((await account.get("/v2/apps")).status).toBe(200);
    void late;
  });

  test("last until they are deleted where nothing else is said", async () => {
    await done("POST", "faults", { status: 500 });
    for (let time = 0; time < 3; time++) expect((await account.get("/v2/apps")).status).toBe(500);
    await done("DELETE", "faults");
    expect((await account.get("/v2/apps")).status).toBe(200);
  });

  test("can be read by a page elsewhere", async () => {
    await done("POST", "faults", { status: 503 });
    const { headers } = await account.send("GET", "/v2/apps", { headers: { origin: "https://shop.example" } });
    expect(headers).toMatchObject({ "access-control-allow-origin": "*", "apigw-requestid": expect.any(String) });
  });

  test("are refused where they say nothing, or what cannot be", async () => {
    for (const wrong of [
      {},
      { status: 999 },
      { status: 100 },
      { status: 500, times: 0 },
      { status: 500, match: { operations: "getUser" } },
      { status: 500, headers: { "a b": "c" } },
      { status: 500, delay: 5 },
      { latencyMs: -1 },
      { reset: "yes" },
    ])
      expect([wrong, (await control("POST", "faults", wrong)).status]).toEqual([wrong, 400]);
  });
});

describe("the requests", () => {
  test("are listed with their bodies and answers, those of the control itself not among them", async () => {
    await account.post("/v2/apps", { displayName: "Shop" });
    await account.get("/nowhere");
    const { requests } = await done<Requests>("GET", "requests");
    expect(requests).toMatchObject([
      {
        ...{ operation: "createApp", method: "POST", path: "/v2/apps", body: '{"displayName":"Shop"}' },
        response: { status: 201, body: expect.stringContaining('"displayName":"Shop"') },
      },
      { method: "GET", path: "/nowhere", response: { status: 404 } },
    ]);
    const of = await done<Requests>("GET", "requests?operation=createApp");
    expect(of.requests).toHaveLength(1);
    await done("DELETE", "requests");
    expect((await done<Requests>("GET", "requests")).requests).toEqual([]);
  });
});

describe("what ends", () => {
  test("a key works no longer once it is revoked", async () => {
    const app = await newApp();
    expect((await app.api.get(`/v2/apps/${app.id}`)).status).toBe(200);
    await done("POST", "revoke", { appId: app.id, keyId: app.key.id });
    expect((await app.api.get(`/v2/apps/${app.id}`)).status).toBe(401);
    expect((await control("POST", "revoke", { appId: app.id, keyId: app.key.id })).status).toBe(400);
  });

  test("a channel refuses the credentials that it has revoked", async () => {
    const app = await newApp();
    const { integrationId } = await deliver("Hi", "whatsapp");
    await done("POST", "revoke", { integrationId });
    const { events } = await done<Events>("GET", "events");
    await app.api.post(`/v2/apps/${app.id}/conversations/${events[0]?.payload.conversation.id}/messages`, {
      author: { type: "business" },
      content: { type: "text", text: "Hello" },
    });
    expect((await done<Outbox>("GET", "outbox")).entries).toMatchObject([{ state: "refused" }]);
    await done("POST", "settle");
    expect(typesOf(await done<Events>("GET", "events"))).toContain("conversation:message:delivery:failure");
  });

  test("a user's sessions end", async () => {
    const app = await newApp();
    const web = await app.api.post<{ integration: { id: string } }>(`/v2/apps/${app.id}/integrations`, { type: "web" });
    const client = { id: "device-1", platform: "web", integrationId: web.body.integration.id };
    const made = await caller(url).post<{ appUser: { _id: string }; sessionToken: string }>(
      `/sdk/v2/apps/${app.id}/appusers`,
      { client },
    );
    const { appUser, sessionToken } = made.body;
    const read = () =>
      caller(url, { id: appUser._id, secret: sessionToken }).send(
        "GET",
        `/sdk/v2/apps/${app.id}/appusers/${appUser._id}`,
        {
          headers: { "x-smooch-clientid": "device-1" },
        },
      );
    expect((await read()).status).toBe(200);
    await done("POST", "expire", { sessions: { appId: app.id, userId: appUser._id } });
    expect((await read()).status).toBe(401);
  });

  test("the messages of a conversation are gone as if their time had come", async () => {
    const app = await newApp();
    await deliver();
    const { events } = await done<Events>("GET", "events");
    const conversationId = events[0]?.payload.conversation.id;
    expect(await done("POST", "expire", { messages: { appId: app.id, conversationId } })).toEqual({ expired: 1 });
    const messages = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
    expect(await app.api.get(messages)).toMatchObject({ status: 200, body: { messages: [] } });
    await deliver("Still here");
    expect(await app.api.get(messages)).toMatchObject({ body: { messages: { length: 1 } } });
  });
});

describe("a seed", () => {
  const seed = {
    apps: [
      {
        id: "aaaaaaaaaaaaaaaaaaaaaaaa",
        displayName: "Shop",
        keys: [{ id: "app_bbbbbbbbbbbbbbbbbbbbbbbb", secret: "secret-of-tests" }],
        integrations: [{ id: "cccccccccccccccccccccccc", type: "telegram", token: "123456:abcdefghij" }],
        users: [{ externalId: "jane", profile: { givenName: "Jane" } }],
        conversations: [
          {
            type: "personal",
            participants: [{ userExternalId: "jane" }],
            messages: [{ author: { type: "business" }, content: { type: "text", text: "Welcome" } }],
          },
        ],
      },
    ],
  };
  const key = { id: "app_bbbbbbbbbbbbbbbbbbbbbbbb", secret: "secret-of-tests" };

  test("makes what it says, with the ids and secrets that it gives", async () => {
    const { apps } = await done<{ apps: { conversations: { id: string }[] }[] }>("POST", "seed", seed);
    const shop = "/v2/apps/aaaaaaaaaaaaaaaaaaaaaaaa";
    const api = caller(url, key);
    expect(await api.get(`${shop}/users/jane`)).toMatchObject({ body: { user: { profile: { givenName: "Jane" } } } });
    const messages = `${shop}/conversations/${apps[0]?.conversations[0]?.id}/messages`;
    expect(await api.get(messages)).toMatchObject({ body: { messages: [{ content: { text: "Welcome" } }] } });
    expect(await deliver()).toMatchObject({ integrationId: "cccccccccccccccccccccccc" });
  });

  test("names the entry that is refused, and why", async () => {
    const refusal = async (wrong: object) => (await control<{ message: string }>("POST", "seed", wrong)).body.message;
    expect(await refusal({ app: [] })).toBe("The seed has no field app, only apps.");
    expect(await refusal({ apps: {} })).toBe("apps has to be a list of objects.");
    expect(await refusal({ apps: [{ id: "x", displayName: "A" }] })).toMatch(/^apps\[0\]\.id has to be 24/);
    expect(await refusal({ apps: [{ displayName: "A", users: [{ externalId: 5 }] }] })).toBe(
      "apps[0].users[0] is refused (400): externalId should be string",
    );
    expect(await refusal({ apps: [{ displayName: "A", keys: [{ id: "app_1" }] }] })).toMatch(
      /^apps\[0\]\.keys\[0\]\.id/,
    );
  });

  test("given at the start is what each reset goes back to", async () => {
    const file = join(tmpdir(), `sunroom-seed-${process.pid}.json`);
    writeFileSync(file, JSON.stringify(seed));
    onTestFinished(() => rmSync(file));
    const seeded = await startControlled("--seed", file);
    onTestFinished(seeded.stop);
    const users = "/v2/apps/aaaaaaaaaaaaaaaaaaaaaaaa/users";
    const api = caller(seeded.url, key);
    const jane = await api.get<{ user: { id: string } }>(`${users}/jane`);
    expect(jane.status).toBe(200);
    await api.delete(`${users}/jane`);
    await api.post(users, { externalId: "john" });
    await seeded.done("POST", "reset");
    expect((await api.get(`${users}/jane`)).text).toBe(jane.text);
    expect((await api.get(`${users}/john`)).status).toBe(404);
    expect((await seeded.done<Events>("GET", "events")).events).toEqual([]);
  });
});
