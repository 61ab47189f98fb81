import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSBatchResponse } from "aws-lambda";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { openDb } from "../../lib/db/db.ts";
import { webhookStateKey } from "../../lib/db/keys.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { newConversation, newPersonal, newUser, say } from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { startReceiver } from "../support/startReceiver.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { tracesOf } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";
import { writtenLog } from "../support/watchLog.ts";

// The queues of further attempts, and of what failed for good.
const folder = mkdtempSync(join(tmpdir(), "sunroom-deliveries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [later, dead] = [join(folder, "later"), join(folder, "dead")];
process.env[variable.eventRetryQueueUrl] = pathToFileURL(later).href;
process.env[variable.eventDeadLetterQueueUrl] = pathToFileURL(dead).href;
process.env[variable.webhookTargets] = "loopback";
const { server, publish, queued } = await startToldServer();
const receiver = await startReceiver();
afterAll(receiver.close);
beforeEach(() => {
  receiver.answer(200);
  taken(later);
  taken(dead);
});

/** Takes what is in a queue, due or not. */
function taken(queue: string): readonly QueuedDelivery[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(queue).sort();
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(queue, name), "utf8"));
    rmSync(join(queue, name));
    return messages.map(({ body }): QueuedDelivery => JSON.parse(body));
  });
}

/** Gives deliveries to the Lambda, as its queues do. */
async function deliver(deliveries: readonly QueuedDelivery[], remaining = 240_000): Promise<readonly string[]> {
  const lambda = withItsRights("deliverEvents", await importFunction("deliverEvents"));
  const Records = deliveries.map((delivery, index) => ({ messageId: `m${index}`, body: JSON.stringify(delivery) }));
  // The answer of a queue's Lambda, by its contract.
  const answer = (await lambda({ Records }, { getRemainingTimeInMillis: () => remaining })) as SQSBatchResponse;
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

interface RestDelivery {
  readonly id: string;
  readonly status: string;
  readonly event: { readonly id: string; readonly type: string; readonly payload?: object };
  readonly attempts: readonly { readonly responseStatus?: number; readonly error?: string }[];
}

/** An app with a webhook of the receiver for messages, and the path of the webhook. */
async function newHearing(triggers: readonly string[] = ["conversation:message"]) {
  const app = await server.newApp();
  const webhook = await newWebhook(app, { target: `${receiver.url}/${app.id}`, triggers: triggers as never });
  await publish();
  const path = `/v2/apps/${app.id}/integrations/${webhook.integrationId}/webhooks/${webhook.id}`;
  const received = () => receiver.received.filter((request) => request.path === `/${app.id}`);
  const listed = async (query = "") =>
    (await app.api.get<{ deliveries: readonly RestDelivery[] }>(`${path}/deliveries${query}`)).body.deliveries;
  return { app, webhook, path, received, listed };
}

/** Says something, and answers the delivery of it. */
async function spoken(app: TestApp, text = unique("text")) {
  const { user, conversationId } = await newPersonal(app);
  await say(app, conversationId, text, user.id);
  return { user, conversationId, text, deliveries: await publish() };
}
const notFound = { status: 404, body: { errors: [{ code: "not_found" }] } };

describe("deliverEvents", () => {
  test("sends what a person wrote to the business, signed so that the published verifier accepts it", async () => {
    const { app, webhook, received, listed } = await newHearing();
    const { text, deliveries } = await spoken(app);
    expect(await deliver(deliveries)).toEqual([]);
    const [request] = received();
    expect(request?.headers["x-api-key"]).toBe(webhook.secret);
    const verifier = new Verifier(`whsec_${Buffer.from(webhook.secret).toString("base64")}`);
    expect(verifier.verify(request?.body ?? "", request?.headers as Record<string, string>)).toMatchObject({
      app: { id: app.id },
      webhook: { id: webhook.id, version: "v2" },
      events: [{ type: "conversation:message", payload: { message: { content: { type: "text", text } } } }],
    });
    expect(await listed()).toMatchObject([{ status: "delivered", attempts: [{ responseStatus: 200 }] }]);
  });

  test("queues what is not taken again, in the end among the dead letters, and remembers the target meanwhile", async () => {
    const { app, received, listed } = await newHearing();
    const { deliveries } = await spoken(app);
    receiver.answerOnce(500, 500, 200);
    expect(await deliver(deliveries)).toEqual([]);
    const second = taken(later);
    expect(second).toMatchObject([{ attempts: [{ status: 500 }] }]);
    expect(await deliver(second)).toEqual([]);
    expect(await deliver(taken(later))).toEqual([]);
    expect(received()).toHaveLength(3);
    expect(await listed()).toMatchObject([{ status: "delivered" }]);
    const { deliveries: next } = await spoken(app);
    receiver.answerOnce(404);
    await deliver(next);
    expect(taken(dead)).toMatchObject([{ id: next[0]?.id, event: { payload: {} } }]);
  });

  test("lets one delivery alone probe a target that was paused", async () => {
    const { app, webhook, received } = await newHearing();
    const { deliveries } = await spoken(app);
    receiver.answer(500);
    for (let attempt = 0; attempt < 5; attempt++) await deliver(deliveries);
    await deliver(deliveries);
    expect(received()).toHaveLength(5);
    // The pause ends.
    const key = webhookStateKey(app.id, webhook.id);
    await updateItem(openDb(server.tableName, server.endpoint), key, { set: { pausedUntil: Date.now() - 1 } });
    receiver.answer(200);
    await Promise.all([deliver(deliveries), deliver(deliveries)]);
    expect(received().length).toBeGreaterThanOrEqual(6);
    taken(later);
  });

  test("hands out again what it has no time for", async () => {
    const { app, received } = await newHearing();
    const { deliveries } = await spoken(app);
    expect(await deliver(deliveries, 20_000)).toEqual(["m0"]);
    expect(received()).toEqual([]);
    await deliver(deliveries);
  });

  test("keeps nothing of a deleted user, whose removal is told", async () => {
    const { app, path, received, listed } = await newHearing(["conversation:message", "user:remove"]);
    const { user, text, deliveries } = await spoken(app);
    receiver.answerOnce({ body: `heard: ${text}` });
    await deliver(deliveries);
    expect(await tracesOf(server, [text])).not.toEqual([]);
    await app.api.delete(`/v2/apps/${app.id}/users/${user.id}`);
    await deliver(await publish());
    expect(await tracesOf(server, [text])).toEqual([]);
    expect(received()).toHaveLength(2);
    const records = await listed();
    expect(records).toHaveLength(2);
    const [told, said] = ["user:remove", "conversation:message"].map((type) =>
      records.find(({ event }) => event.type === type),
    );
    expect(told?.event.payload).toMatchObject({ user: { id: user.id } });
    expect(said).toMatchObject({ status: "delivered", attempts: [{ responseStatus: 200 }] });
    expect(said?.event).not.toHaveProperty("payload");
    expect(await app.api.post(`${path}/deliveries/${said?.id}/replay`)).toMatchObject(notFound);
  });

  test("keeps nothing of personal information that is cleared", async () => {
    const { app, listed } = await newHearing();
    const givenName = unique("Ada");
    const user = await newUser(app, { profile: { givenName } });
    const participants = [{ userId: user.id }];
    await say(app, await newConversation(app, { type: "personal", participants }), "Hello", user.id);
    await deliver(await publish());
    const bodies = async () => (await tracesOf(server, [givenName])).filter(({ sk }) => sk.startsWith("delivery#"));
    expect(await bodies()).toHaveLength(1);
    await app.api.delete(`/v2/apps/${app.id}/users/${user.id}/personalinformation`);
    await publish();
    expect(await tracesOf(server, [givenName])).toEqual([]);
    expect(await listed()).toMatchObject([{ status: "delivered" }]);
  });

  test("writes no secret, target or text in the log", async () => {
    const { app, webhook } = await newHearing();
    const { text, deliveries } = await spoken(app);
    receiver.answerOnce({ status: 500, body: "an answer in full" });
    await deliver(deliveries);
    await deliver(taken(later));
    for (const word of [webhook.secret, text, "an answer in full", receiver.url, `127.0.0.1:${receiver.port}`])
      expect(writtenLog()).not.toContain(word);
    expect(writtenLog()).toContain(webhook.id);
  });
});

describe("listWebhookDeliveries", () => {
  test("lists newest first, in pages", async () => {
    const { app, path, listed } = await newHearing();
    for (let count = 0; count < 3; count++) await deliver((await spoken(app)).deliveries);
    const all = await listed();
    expect(all).toHaveLength(3);
    const first = await app.api.get<{ meta: object; links: { next: string } }>(`${path}/deliveries?page[size]=2`);
    expect(first.body).toMatchObject({
      deliveries: all.slice(0, 2),
      meta: { hasMore: true, afterCursor: all[1]?.id },
    });
    const next = new URL(first.body.links.next);
    expect((await app.api.get(next.pathname + next.search)).body).toMatchObject({
      deliveries: all.slice(2),
      meta: { hasMore: false, beforeCursor: all[2]?.id },
    });
    expect(await listed(`?page[before]=${all[2]?.id}`)).toEqual(all.slice(0, 2));
    expect(await app.api.get(`${path}/deliveries?page[size]=0`)).toMatchObject({ status: 400 });
  });

  test("is for the webhook's own integration, and the app", async () => {
    const { app, webhook, path } = await newHearing();
    const keys = `/v2/apps/${app.id}/integrations/${webhook.integrationId}/keys`;
    const { body } = await app.api.post<{ key: Credentials }>(keys, { displayName: "Bot" });
    const bot = server.as(body.key);
    const own = path.replace(webhook.integrationId, "me");
    expect(await bot.get(`${own}/deliveries`)).toMatchObject({ status: 200, body: { deliveries: [] } });
    const other = await newWebhook(app, {});
    const foreign = `/v2/apps/${app.id}/integrations/${other.integrationId}/webhooks/${other.id}`;
    expect(await bot.get(`${foreign}/deliveries`)).toMatchObject({ status: 404 });
    expect(await bot.post(`${foreign}/ping`)).toMatchObject({ status: 404 });
    const stranger = await server.newApp();
    expect(await stranger.api.get(`${path}/deliveries`)).toMatchObject({ status: 403 });
    expect(await app.api.get(`${path.slice(0, -24)}${"0".repeat(24)}/deliveries`)).toMatchObject(notFound);
  });
});

describe("replayWebhookDelivery", () => {
  test("delivers an event again under its id", async () => {
    const { app, path, received, listed } = await newHearing();
    const { deliveries } = await spoken(app);
    receiver.answerOnce(404);
    await deliver(deliveries);
    const [failed] = await listed();
    expect(failed?.status).toBe("failed");
    expect(await app.api.post(`${path}/deliveries/${failed?.id}/replay`)).toMatchObject({
      status: 200,
      body: { delivery: { id: failed?.id, status: "pending", attempts: [] } },
    });
    expect(await deliver(queued())).toEqual([]);
    expect(received().map(({ headers }) => headers["webhook-id"])).toEqual([failed?.event.id, failed?.event.id]);
    expect(await listed()).toMatchObject([
      { id: failed?.id, status: "delivered", attempts: [{ responseStatus: 200 }] },
    ]);
  });

  test("finds no delivery of another webhook", async () => {
    const one = await newHearing();
    const other = await newHearing();
    await deliver((await spoken(one.app)).deliveries);
    const [delivery] = await one.listed();
    for (const id of [delivery?.id, "0".repeat(24), "none"])
      expect(await other.app.api.post(`${other.path}/deliveries/${id}/replay`)).toMatchObject(notFound);
    expect(queued()).toEqual([]);
  });
});

describe("pingWebhook", () => {
  test("sends one signed event of no trigger, and tells how the target answered", async () => {
    const { app, webhook, path, received, listed } = await newHearing();
    receiver.answerOnce({ status: 200, body: "pong" });
    expect(await app.api.post(`${path}/ping`)).toMatchObject({
      status: 200,
      body: {
        delivery: { status: "delivered", responseStatus: 200, answer: "pong", milliseconds: expect.any(Number) },
      },
    });
    const [request] = received();
    expect(JSON.parse(request?.body ?? "")).toEqual({
      app: { id: app.id },
      webhook: { id: webhook.id, version: "v2" },
      events: [
        { id: request?.headers["webhook-id"], type: "ping", createdAt: expect.stringMatching(/Z$/), payload: {} },
      ],
    });
    receiver.answerOnce(503);
    expect(await app.api.post(`${path}/ping`)).toMatchObject({
      status: 200,
      body: { delivery: { status: "failed", responseStatus: 503 } },
    });
    receiver.answerOnce("reset");
    expect(await app.api.post(`${path}/ping`)).toMatchObject({
      status: 200,
      body: { delivery: { status: "failed", error: "connection reset" } },
    });
    // A ping is no delivery.
    expect(await listed()).toEqual([]);
    expect(taken(later)).toEqual([]);
  });

  test("goes to no target that is not allowed", async () => {
    const app = await server.newApp();
    const webhook = await newWebhook(app, { target: "http://169.254.169.254/latest/meta-data" });
    const path = `/v2/apps/${app.id}/integrations/${webhook.integrationId}/webhooks/${webhook.id}`;
    expect(await app.api.post(`${path}/ping`)).toMatchObject({
      status: 200,
      body: { delivery: { status: "failed", error: "target not allowed" } },
    });
    await newUser(app);
  });
});
