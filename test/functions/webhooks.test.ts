import { describe, expect, test } from "vitest";
import { webhookTriggers } from "../../lib/model/events/webhook.ts";
import { newIntegration, newWebhook, type RestWebhook } from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { officialClient } from "../support/officialClient.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";

const server = await startTestServer();

const newCustom = (app: TestApp) => newIntegration(app, { type: "custom", displayName: "Bot" });
const integrationsOf = (app: TestApp) => `/v2/apps/${app.id}/integrations`;
const target = "https://example.org/events?app=1";
const triggers = ["conversation:message", "conversation:create"];

/** An app of its own with a custom integration, and the path of its webhooks. */
async function newPlace() {
  const app = await server.newApp();
  const integrationId = await newCustom(app);
  return { app, integrationId, path: `${integrationsOf(app)}/${integrationId}/webhooks` };
}
const refused = (title: string) => ({ status: 400, body: { errors: [{ code: "bad_request", title }] } });
const noIntegration = { status: 404, body: { errors: [{ code: "integration_not_found" }] } };
const notFound = { status: 404, body: { errors: [{ code: "not_found", title: "Resource not found" }] } };
const secretForm = /^[0-9a-f]{32}$/;

interface Answer {
  readonly webhook: RestWebhook;
}

describe("a webhook, through the official client,", () => {
  test("is created, read, listed, changed and deleted, and every answer has its secret", async () => {
    const { app, integrationId } = await newPlace();
    const client = officialClient(server.url, app.key);
    const { webhook } = await client<Answer>("WebhooksApi.createWebhook", app.id, integrationId, { target, triggers });
    expect(webhook).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      version: "v2",
      target,
      triggers,
      secret: expect.stringMatching(secretForm),
      includeFullUser: false,
      includeFullSource: false,
    });
    const names = [app.id, integrationId, webhook.id];
    expect(await client("WebhooksApi.getWebhook", ...names)).toEqual({ webhook });
    const change = { target: "http://example.org/other", triggers: ["user:update"], includeFullUser: true };
    const changed = { webhook: { ...webhook, ...change } };
    expect(await client("WebhooksApi.updateWebhook", ...names, change)).toEqual(changed);
    expect(await client("WebhooksApi.listWebhooks", app.id, integrationId)).toEqual({ webhooks: [changed.webhook] });
    await client("WebhooksApi.deleteWebhook", ...names);
    expect(await client("WebhooksApi.listWebhooks", app.id, integrationId)).toEqual({ webhooks: [] });
    await expect(client("WebhooksApi.getWebhook", ...names)).rejects.toMatchObject(notFound);
  });
});

describe("createWebhook", () => {
  test("takes every trigger of the vendor's, each once", async () => {
    const { app, path } = await newPlace();
    const made = await app.api.post(path, { target, triggers: [...webhookTriggers, ...webhookTriggers] });
    expect(made).toMatchObject({ status: 201, body: { webhook: { triggers: webhookTriggers } } });
  });

  test("takes a secret of the caller's choice, and whole users and sources", async () => {
    const { app, path } = await newPlace();
    const fields = { target, triggers, secret: "a secret's~!".replace(" ", "-"), includeFullUser: true };
    const made = await app.api.post<Answer>(path, { ...fields, includeFullSource: true });
    expect(made).toMatchObject({ status: 201, body: { webhook: { ...fields, includeFullSource: true } } });
    expect(await app.api.get(`${path}/${made.body.webhook.id}`)).toMatchObject({ body: made.body });
  });

  test.each<[string, object]>([
    ["should have required property 'target'", { triggers }],
    ["should have required property 'triggers'", { target }],
    ["triggers should NOT have fewer than 1 items", { target, triggers: [] }],
    [
      "triggers has an unknown trigger: message:appUser",
      { target, triggers: ["conversation:read", "message:appUser"] },
    ],
    ["triggers has an unknown trigger: Conversation:Read", { target, triggers: ["Conversation:Read"] }],
    ['target should match format "uri"', { target: "example.org", triggers }],
    ['target should match format "uri"', { target: "javascript:alert(1)", triggers }],
    ['target should match format "uri"', { target: "ftp://example.org/x", triggers }],
    ['target should match format "uri"', { target: "https://user:secret@example.org/", triggers }],
    ['target should match format "uri"', { target: "https://user@example.org/", triggers }],
    ['target should match format "uri"', { target: "https://example.org/a\nb", triggers }],
    [
      "target should NOT be longer than 2048 characters",
      { target: `https://example.org/${"a".repeat(2048)}`, triggers },
    ],
    ["secret should be 1 to 128 visible ASCII characters", { target, triggers, secret: "" }],
    ["secret should be 1 to 128 visible ASCII characters", { target, triggers, secret: "a\r\nX-Evil: 1" }],
    ["secret should be 1 to 128 visible ASCII characters", { target, triggers, secret: "schlüssel" }],
    ["secret should be 1 to 128 visible ASCII characters", { target, triggers, secret: "a".repeat(129) }],
    ["includeFullUser should be boolean", { target, triggers, includeFullUser: "yes" }],
  ])("refuses with %j", async (title, body) => {
    const { app, path } = await newPlace();
    expect(await app.api.post(path, body)).toMatchObject(refused(title));
    expect(await app.api.get(path)).toMatchObject({ status: 200, body: { webhooks: [] } });
  });

  test("makes ten webhooks of an app and no more, whichever of its integrations they are of", async () => {
    const { app, path } = await newPlace();
    const other = `${integrationsOf(app)}/${await newCustom(app)}/webhooks`;
    for (let count = 0; count < 9; count++)
      expect(await app.api.post(count % 2 ? path : other, { target, triggers })).toMatchObject({ status: 201 });
    // The last place is one's alone.
    const last = await Promise.all([path, other].map((one) => app.api.post(one, { target, triggers })));
    expect(last.map(({ status }) => status).sort()).toEqual([201, 400]);
    const tooMany = refused("An app is limited to 10 webhooks");
    expect(last.find(({ status }) => status === 400)).toMatchObject(tooMany);
    expect(await app.api.post(path, { target, triggers })).toMatchObject(tooMany);
    const withWebhook = { type: "custom", webhooks: [{ target, triggers }] };
    expect(await app.api.post(integrationsOf(app), withWebhook)).toMatchObject(tooMany);
    const [first] = (await app.api.get<{ webhooks: RestWebhook[] }>(path)).body.webhooks;
    expect(await app.api.delete(`${path}/${first?.id}`)).toMatchObject({ status: 200 });
    expect(await app.api.post(integrationsOf(app), withWebhook)).toMatchObject({ status: 201 });
  });

  test("makes as many at once as are asked for, up to the limit", async () => {
    const { app, path } = await newPlace();
    const made = await Promise.all(Array.from({ length: 12 }, () => app.api.post<Answer>(path, { target, triggers })));
    const ids = made.flatMap(({ status, body }) => (status === 201 ? [body.webhook.id] : []));
    expect(ids).toHaveLength(10);
    const { body } = await app.api.get<{ webhooks: RestWebhook[] }>(path);
    expect(body.webhooks.map(({ id }) => id).sort()).toEqual(ids.sort());
  });
});

describe("the webhooks of an integration", () => {
  test("are those of a custom one: an integration of another type has none", async () => {
    const app = await server.newApp();
    const path = `${integrationsOf(app)}/${await newIntegration(app)}/webhooks`;
    const title = "Webhooks are available only for custom integrations";
    for (const answer of [
      await app.api.post(path, { target, triggers }),
      await app.api.get(path),
      await app.api.get(`${path}/${"0".repeat(24)}`),
      await app.api.post(`${path}/${"0".repeat(24)}/rotate`, {}),
    ])
      expect(answer).toMatchObject(refused(title));
  });

  test("are found under no other integration, and not where there is none", async () => {
    const { app, integrationId } = await newPlace();
    const { id } = await newWebhook(app, integrationId);
    const other = `${integrationsOf(app)}/${await newCustom(app)}/webhooks/${id}`;
    expect(await app.api.get(other)).toMatchObject(notFound);
    expect(await app.api.patch(other, { includeFullUser: true })).toMatchObject(notFound);
    expect(await app.api.post(`${other}/rotate`, {})).toMatchObject(notFound);
    expect(await app.api.delete(other)).toMatchObject(notFound);
    for (const none of ["0".repeat(24), "me", "x"])
      expect(await app.api.get(`${integrationsOf(app)}/${none}/webhooks`), none).toMatchObject(noIntegration);
  });

  test("are read by no key of another app, under its own path or this one's", async () => {
    const { app, path, integrationId } = await newPlace();
    const webhook = await newWebhook(app, integrationId);
    const stranger = await server.newApp();
    const own = `${integrationsOf(stranger)}/${integrationId}/webhooks`;
    for (const [method, end, body] of [
      ["GET", "", undefined],
      ["POST", "", { target, triggers }],
      ["GET", `/${webhook.id}`, undefined],
      ["PATCH", `/${webhook.id}`, { target: "https://stranger.example/" }],
      ["POST", `/${webhook.id}/rotate`, {}],
      ["DELETE", `/${webhook.id}`, undefined],
    ] as const) {
      const options = body === undefined ? {} : { body };
      const here = await stranger.api.send(method, path + end, options);
      const there = await stranger.api.send(method, own + end, options);
      expect(here).toMatchObject({ status: 403, body: { errors: [{ code: "forbidden" }] } });
      expect(there).toMatchObject(noIntegration);
      for (const { text } of [here, there]) expect(text).not.toContain(webhook.secret);
    }
    expect(await app.api.get(path)).toMatchObject({ body: { webhooks: [webhook] } });
  });
});

describe("an integration's own key", () => {
  async function newOwned() {
    const place = await newPlace();
    const keys = `${integrationsOf(place.app)}/${place.integrationId}/keys`;
    const { body } = await place.app.api.post<{ key: Credentials }>(keys, { displayName: "Own" });
    return { ...place, key: body.key, me: `${integrationsOf(place.app)}/me/webhooks` };
  }

  test("names its integration `me`, by the official client too", async () => {
    const { app, integrationId, key, path } = await newOwned();
    const client = officialClient(server.url, key);
    const made = await client<Answer>("WebhooksApi.createWebhook", app.id, "me", { target, triggers });
    expect(await app.api.get(path)).toMatchObject({ body: { webhooks: [made.webhook] } });
    expect(await client("WebhooksApi.listWebhooks", app.id, integrationId)).toEqual({ webhooks: [made.webhook] });
    const change = { includeFullSource: true };
    const changed = { webhook: { ...made.webhook, ...change } };
    expect(await client("WebhooksApi.updateWebhook", app.id, "me", made.webhook.id, change)).toEqual(changed);
    expect(await client("WebhooksApi.getWebhook", app.id, "me", made.webhook.id)).toEqual(changed);
    await client("WebhooksApi.deleteWebhook", app.id, "me", made.webhook.id);
    expect(await app.api.get(path)).toMatchObject({ body: { webhooks: [] } });
  });

  test("sees and changes no webhook of another integration of its app", async () => {
    const { app, key, me } = await newOwned();
    const otherId = await newCustom(app);
    const webhook = await newWebhook(app, otherId);
    const api = server.as(key);
    const other = `${integrationsOf(app)}/${otherId}/webhooks`;
    expect(await api.get(me)).toMatchObject({ status: 200, body: { webhooks: [] } });
    expect(await api.get(`${me}/${webhook.id}`)).toMatchObject(notFound);
    for (const answer of [
      await api.get(other),
      await api.post(other, { target, triggers }),
      await api.get(`${other}/${webhook.id}`),
      await api.patch(`${other}/${webhook.id}`, { target: "https://stranger.example/" }),
      await api.post(`${other}/${webhook.id}/rotate`, {}),
      await api.delete(`${other}/${webhook.id}`),
    ]) {
      expect(answer).toMatchObject(noIntegration);
      expect(answer.text).not.toContain(webhook.secret);
    }
    expect(await app.api.get(other)).toMatchObject({ body: { webhooks: [webhook] } });
  });
});

describe("updateWebhook", () => {
  test("changes what it is given and nothing else, and replaces a secret at once", async () => {
    const { app, path, integrationId } = await newPlace();
    const made = await newWebhook(app, integrationId, { includeFullUser: true });
    const one = `${path}/${made.id}`;
    expect(await app.api.patch(one, {})).toMatchObject({ status: 200, body: { webhook: made } });
    await app.api.post(`${one}/rotate`, {});
    const changed = await app.api.patch<Answer>(one, { secret: "chosen" });
    expect(changed.body.webhook).toEqual({ ...made, secret: "chosen" });
  });

  test.each<[string, object]>([
    ["triggers should NOT have fewer than 1 items", { triggers: [] }],
    ["triggers has an unknown trigger: x", { triggers: ["x"] }],
    ['target should match format "uri"', { target: "https://u:p@example.org/" }],
    ["secret should be 1 to 128 visible ASCII characters", { secret: "two words" }],
    ["target should be string", { target: null }],
  ])("refuses with %j and changes nothing", async (title, change) => {
    const { app, path, integrationId } = await newPlace();
    const made = await newWebhook(app, integrationId);
    expect(await app.api.patch(`${path}/${made.id}`, { includeFullUser: true, ...change })).toMatchObject(
      refused(title),
    );
    expect(await app.api.get(`${path}/${made.id}`)).toMatchObject({ body: { webhook: made } });
  });

  test("does changes that come at once one after another", async () => {
    const { app, path, integrationId } = await newPlace();
    const made = await newWebhook(app, integrationId);
    const changes = [{ includeFullUser: true }, { includeFullSource: true }, { target: "https://example.org/2" }];
    const answers = await Promise.all(changes.map((change) => app.api.patch(`${path}/${made.id}`, change)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await app.api.get(`${path}/${made.id}`)).toMatchObject({
      body: { webhook: { ...made, includeFullUser: true, includeFullSource: true, target: "https://example.org/2" } },
    });
  });
});

describe("rotateWebhookSecret", () => {
  test("answers a new secret, and until when the old one is used beside it", async () => {
    const { app, path, integrationId } = await newPlace();
    const made = await newWebhook(app, integrationId);
    const rotated = await app.api.post<Answer>(`${path}/${made.id}/rotate`, {});
    const { secret, previousSecretUntil } = rotated.body.webhook;
    expect(rotated).toMatchObject({ status: 200, body: { webhook: { ...made, secret } } });
    expect(secret).toMatch(secretForm);
    expect(secret).not.toBe(made.secret);
    const hours = (Date.parse(previousSecretUntil ?? "") - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(await app.api.get(`${path}/${made.id}`)).toMatchObject({ body: rotated.body });
    // The same request again, as after a lost answer.
    expect(await app.api.post(`${path}/${made.id}/rotate`, {})).toMatchObject({ status: 200, body: rotated.body });
  });
});

describe("a custom integration", () => {
  interface Integration {
    readonly integration: { readonly id: string; readonly webhooks?: readonly RestWebhook[] };
  }

  test("is made with its first webhook, which every answer about it shows", async () => {
    const app = await server.newApp();
    const webhooks = [{ target, triggers, includeFullUser: true }];
    const made = await app.api.post<Integration>(integrationsOf(app), { type: "custom", webhooks });
    expect(made).toMatchObject({
      status: 201,
      body: { integration: { webhooks: [{ version: "v2", target, triggers, includeFullUser: true }] } },
    });
    const { id } = made.body.integration;
    const path = `${integrationsOf(app)}/${id}`;
    const bare = await newCustom(app);
    expect(await app.api.get(`${path}/webhooks`)).toMatchObject({ body: { webhooks: made.body.integration.webhooks } });
    expect(await app.api.get(path)).toMatchObject({ body: { integration: made.body.integration } });
    expect(await app.api.patch(path, { displayName: "Bot" })).toMatchObject({
      body: { integration: { ...made.body.integration, displayName: "Bot" } },
    });
    const { body } = await app.api.get<{ integrations: Integration["integration"][] }>(integrationsOf(app));
    expect(body.integrations.map((one) => one.webhooks)).toEqual([made.body.integration.webhooks, undefined]);
    expect((await app.api.get<Integration>(`${integrationsOf(app)}/${bare}`)).body.integration).not.toHaveProperty(
      "webhooks",
    );
  });

  test("is not made with a webhook that is none, or with two", async () => {
    const app = await server.newApp();
    const hook = { target, triggers };
    for (const [title, webhooks] of [
      ["webhooks.0.triggers has an unknown trigger: x", [{ target, triggers: ["x"] }]],
      ["webhooks.0 should have required property 'target'", [{ triggers }]],
      ["webhooks should NOT have more than 1 items", [hook, hook]],
      ["webhooks should be array", hook],
    ] as const)
      expect(await app.api.post(integrationsOf(app), { type: "custom", webhooks }), title).toMatchObject(
        refused(title),
      );
    expect(await app.api.get(integrationsOf(app))).toMatchObject({ body: { integrations: [] } });
  });

  test("is made and changed with webhooks only if it is a custom one", async () => {
    const app = await server.newApp();
    const webhooks = [{ target, triggers }];
    const onlyCustom = refused("webhooks are available only for custom integrations");
    expect(await app.api.post(integrationsOf(app), { type: "web", webhooks })).toMatchObject(onlyCustom);
    const web = `${integrationsOf(app)}/${await newIntegration(app)}`;
    expect(await app.api.patch(web, { displayName: "Shop", webhooks })).toMatchObject(onlyCustom);
    for (const none of [[], null]) expect(await app.api.patch(web, { webhooks: none })).toMatchObject({ status: 200 });
    const { body } = await app.api.get<Integration>(web);
    expect(body.integration).not.toHaveProperty("displayName");
    expect(body.integration).not.toHaveProperty("webhooks");
  });

  test("is deleted with its webhooks, and with no other's", async () => {
    const { app, integrationId, path } = await newPlace();
    await newWebhook(app, integrationId);
    const otherId = await newCustom(app);
    const other = await newWebhook(app, otherId);
    expect(await app.api.delete(`${integrationsOf(app)}/${integrationId}`)).toMatchObject({ status: 200 });
    expect(await app.api.get(path)).toMatchObject(noIntegration);
    expect(await app.api.get(`${integrationsOf(app)}/${otherId}/webhooks`)).toMatchObject({
      body: { webhooks: [other] },
    });
    // Its place is free again.
    for (let count = 0; count < 9; count++) expect(await newWebhook(app, otherId)).toBeDefined();
    expect(await app.api.post(`${integrationsOf(app)}/${otherId}/webhooks`, { target, triggers })).toMatchObject({
      status: 400,
    });
  });
});

describe("the webhooks in an update of a custom integration", () => {
  interface Answered {
    readonly integration: { readonly id: string; readonly webhooks?: readonly RestWebhook[] };
  }
  /** A custom integration with a webhook, the path of its update, and one that reads its webhooks. */
  async function newHearing() {
    const place = await newPlace();
    const made = await newWebhook(place.app, place.integrationId);
    const one = `${integrationsOf(place.app)}/${place.integrationId}`;
    const update = (webhooks: unknown, fields: object = {}) =>
      place.app.api.patch<Answered>(one, { ...fields, webhooks });
    const stored = async () => (await place.app.api.get<Answered>(one)).body.integration.webhooks ?? [];
    return { ...place, made, one, update, stored };
  }
  const elsewhere = "https://example.org/elsewhere";

  test("are changed by id, or by target, or made; every one is in the answer with its id and secret", async () => {
    const { app, integrationId, made, update, stored } = await newHearing();
    const [second, third] = [
      await newWebhook(app, integrationId, { target: "https://example.org/2", includeFullUser: true }),
      await newWebhook(app, integrationId, { target: "https://example.org/3" }),
    ];
    const list = [
      { id: made.id, target: elsewhere, secret: "chosen" },
      { target: second.target, triggers },
      { target, triggers, includeFullSource: true },
    ];
    const answer = await update(list, { displayName: "Renamed" });
    const webhooks = [
      { ...made, target: elsewhere, secret: "chosen" },
      { ...second, triggers },
      third,
      {
        ...made,
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        secret: expect.stringMatching(secretForm),
        target,
        triggers,
        includeFullSource: true,
      },
    ];
    expect(answer).toMatchObject({ status: 200, body: { integration: { displayName: "Renamed" } } });
    expect(answer.body.integration.webhooks).toEqual(webhooks);
    expect(await stored()).toEqual(answer.body.integration.webhooks);
    // The same request again, as after a lost answer.
    expect((await update(list, { displayName: "Renamed" })).body).toEqual(answer.body);
  });

  test("stay as they are without a list, with an empty one, and as another integration has them", async () => {
    const { app, made, update, stored } = await newHearing();
    const other = await newCustom(app);
    const others = await newWebhook(app, other);
    for (const none of [undefined, null, []]) expect((await update(none)).body.integration.webhooks).toEqual([made]);
    // The other's target is no target of this one's: another webhook is made.
    await app.api.patch(`${integrationsOf(app)}/${other}`, { webhooks: [{ id: others.id, target: elsewhere }] });
    expect((await update([{ target: elsewhere, triggers }])).body.integration.webhooks).toHaveLength(2);
    expect(await stored()).toMatchObject([made, { target: elsewhere }]);
    expect(await app.api.get(`${integrationsOf(app)}/${other}/webhooks`)).toMatchObject({
      body: { webhooks: [{ ...others, target: elsewhere }] },
    });
  });

  test.each<[string, unknown]>([
    ["webhooks should be array", { target, triggers }],
    ["webhooks.1 should be object", [{ target, triggers }, "x"]],
    ["webhooks.1 should have required property 'target'", [{ target, triggers }, { triggers }]],
    ["webhooks.1 should have required property 'triggers'", [{ target, triggers }, { target: elsewhere }]],
    [
      "webhooks.1.triggers has an unknown trigger: x",
      [
        { target, triggers },
        { target: elsewhere, triggers: ["x"] },
      ],
    ],
    [
      "webhooks.1.id should be string",
      [
        { target, triggers },
        { id: 1, target },
      ],
    ],
    ['webhooks.0.target should match format "uri"', [{ target: "example.org", triggers }]],
    [
      "webhooks.1 is about the same webhook as another item",
      [
        { target, triggers },
        { target, triggers: ["user:update"] },
      ],
    ],
    [
      "webhooks should NOT have more than 10 items",
      Array.from({ length: 11 }, (_, count) => ({ target: `${elsewhere}/${count}`, triggers })),
    ],
    [
      "An app is limited to 10 webhooks",
      Array.from({ length: 10 }, (_, count) => ({ target: `${elsewhere}/${count}`, triggers })),
    ],
  ])("are refused with %j, and nothing is changed", async (title, webhooks) => {
    const { app, one, made, update } = await newHearing();
    const { body } = await app.api.get<Answered>(one);
    expect(await update(webhooks, { displayName: "Renamed" })).toMatchObject(refused(title));
    expect(await app.api.get(one)).toMatchObject({ body });
    expect(body.integration.webhooks).toEqual([made]);
  });

  test("are not found by an id of none, or of another integration's, and nothing is changed", async () => {
    const { app, one, update } = await newHearing();
    const otherId = await newCustom(app);
    const other = await newWebhook(app, otherId);
    const { body } = await app.api.get<Answered>(one);
    for (const id of ["0".repeat(24), "", other.id]) {
      const list = [
        { target, triggers },
        { id, target: elsewhere, triggers },
      ];
      expect(await update(list, { displayName: "Renamed" }), id).toMatchObject(notFound);
    }
    expect(await app.api.get(one)).toMatchObject({ body });
    expect(await app.api.get(`${integrationsOf(app)}/${otherId}/webhooks`)).toMatchObject({
      body: { webhooks: [other] },
    });
  });

  test("fill the app's ten places and no more, and are changed where it has ten", async () => {
    const { app, made, update, stored } = await newHearing();
    const other = await newCustom(app);
    for (let count = 0; count < 8; count++) await newWebhook(app, other);
    const [last, more] = [
      { target: elsewhere, triggers },
      { target: `${elsewhere}/2`, triggers },
    ];
    expect(await update([last, more])).toMatchObject(refused("An app is limited to 10 webhooks"));
    expect(await stored()).toEqual([made]);
    expect(await update([last])).toMatchObject({ status: 200 });
    expect(
      await update([
        { ...last, includeFullUser: true },
        { id: made.id, triggers },
      ]),
    ).toMatchObject({
      status: 200,
      body: {
        integration: {
          webhooks: [
            { ...made, triggers },
            { ...last, includeFullUser: true },
          ],
        },
      },
    });
  });

  test("are changed one update after another where several come at once", async () => {
    const { app, integrationId, made, update, stored } = await newHearing();
    const answers = await Promise.all([
      update(
        [
          { id: made.id, includeFullUser: true },
          { target: elsewhere, triggers },
        ],
        { displayName: "One" },
      ),
      update([
        { id: made.id, includeFullSource: true },
        { target: elsewhere, includeFullUser: true, triggers },
      ]),
      app.api.patch(`${integrationsOf(app)}/${integrationId}/webhooks/${made.id}`, { triggers: ["user:update"] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await stored()).toEqual([
      { ...made, triggers: ["user:update"], includeFullUser: true, includeFullSource: true },
      expect.objectContaining({ target: elsewhere, includeFullUser: expect.any(Boolean) }),
    ]);
  });

  test("are deleted with the integration: an update afterwards makes none", async () => {
    const { app, one, update } = await newHearing();
    await update([{ target: elsewhere, triggers }]);
    await app.api.delete(one);
    expect(await update([{ target: elsewhere, triggers }])).toMatchObject(noIntegration);
    const other = await newCustom(app);
    for (let count = 0; count < 10; count++) expect(await newWebhook(app, other)).toBeDefined();
  });
});
