import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { deliverBatch } from "../../../lib/events/webhooks/deliverBatch.ts";
import { before as actBefore } from "../../support/intercept.ts";
import { newTable } from "../../support/newTable.ts";
import { startReceiver } from "../../support/startReceiver.ts";
import { newDeliveryStage, secret, text } from "./deliveryStage.ts";

const db = await newTable();
const receiver = await startReceiver();
afterAll(receiver.close);
beforeEach(() => receiver.answer(200));

/** A stage with one webhook of the receiver. */
async function newStage(path = "/") {
  const stage = newDeliveryStage(db);
  const [webhook] = await stage.webhooks(receiver.url + path);
  if (!webhook) throw new Error("There is no webhook.");
  const received = () => receiver.received.filter((request) => JSON.parse(request.body).webhook.id === webhook.id);
  return { stage, webhook, received };
}

describe("a delivery", () => {
  test("is the event in the vendor's envelope, signed, and is recorded with its attempt", async () => {
    const { stage, webhook, received } = await newStage("/events?customer=7");
    receiver.answerOnce({ status: 202, body: "thanks" });
    const delivery = stage.delivery(webhook);
    expect(await stage.deliver(delivery)).toEqual([]);
    const [request] = received();
    expect(request).toMatchObject({ method: "POST", path: "/events?customer=7" });
    expect(JSON.parse(request?.body ?? "")).toEqual({
      app: { id: stage.appId },
      webhook: { id: webhook.id, version: "v2" },
      events: [delivery.event],
    });
    expect(request?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Sunroom",
      "x-api-key": secret,
      "webhook-id": delivery.event.id,
      "webhook-timestamp": String(Math.floor(stage.now().getTime() / 1000)),
      "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(await stage.records(webhook)).toEqual([
      expect.objectContaining({
        status: "delivered",
        event: delivery.event,
        delivery: expect.objectContaining({
          id: delivery.id,
          attempts: [
            { at: stage.now().toISOString(), milliseconds: expect.any(Number), status: 202, answer: "thanks" },
          ],
        }),
      }),
    ]);
  });

  test("is logged in one line of ids, status and time: no target, secret, text or answer", async () => {
    const { stage, webhook } = await newStage("/a-path?token=hidden");
    receiver.answerOnce({ status: 500, body: "an answer" });
    const delivery = stage.delivery(webhook);
    await stage.deliver(delivery);
    expect(stage.log).toEqual([
      {
        operation: "deliverEvents",
        requestId: "0",
        status: 500,
        milliseconds: expect.any(Number),
        coldStart: false,
        usersCreated: 0,
        delivery: {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          appId: stage.appId,
          webhookId: webhook.id,
          eventId: delivery.event.id,
          type: "conversation:message",
          outcome: "later",
        },
      },
    ]);
    for (const word of [secret, text, "hidden", "a-path", "127.0.0.1", "an answer"])
      expect(JSON.stringify(stage.log)).not.toContain(word);
  });

  test("that is handed out again, or published again, is sent once", async () => {
    const { stage, webhook, received } = await newStage();
    const delivery = stage.delivery(webhook);
    await stage.deliver(delivery);
    stage.pass(600);
    await stage.deliver(delivery, { ...delivery, queuedAt: stage.now().toISOString() });
    expect(received()).toHaveLength(1);
    expect(stage.log.at(-1)).toMatchObject({ delivery: { outcome: "skipped", reason: "delivered before" } });
  });

  test("to a webhook that is no more is dropped", async () => {
    const { stage, webhook, received } = await newStage();
    expect(await stage.deliver(stage.delivery({ ...webhook, id: "d".repeat(24) }))).toEqual([]);
    expect(received()).toEqual([]);
    expect(stage.log).toMatchObject([{ delivery: { outcome: "skipped", reason: "no webhook" } }]);
  });

  test("to a webhook of another app finds none", async () => {
    const { webhook, received } = await newStage();
    const other = newDeliveryStage(db);
    await other.webhooks(receiver.url);
    await other.deliver(other.delivery(webhook));
    expect(received()).toEqual([]);
  });
});

describe("a delivery that its target does not take", () => {
  test.each([500, 301, 429, "reset"] as const)(
    "(%s) is tried five times within 15 minutes, then kept without what it says, and shown as failed",
    async (reaction) => {
      const { stage, webhook, received } = await newStage();
      receiver.answer(reaction);
      const start = stage.now().getTime();
      const delivery = stage.delivery(webhook);
      expect(await stage.deliver(delivery)).toEqual([]);
      expect(await stage.records(webhook)).toMatchObject([{ status: "pending" }]);
      const waits = await stage.drain();
      expect(waits).toHaveLength(4);
      for (const [index, pause] of [10, 40, 160, 480].entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(pause * 0.8);
        expect(waits[index]).toBeLessThanOrEqual(pause * 1.2);
      }
      expect(stage.now().getTime() - start).toBeLessThanOrEqual(900_000);
      expect(received()).toHaveLength(5);
      expect(new Set(received().map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([delivery.event.id]));
      const [record] = await stage.records(webhook);
      expect(record).toMatchObject({ status: "failed", event: delivery.event });
      expect(record?.delivery.attempts).toHaveLength(5);
      expect(stage.queue.buried).toMatchObject([{ id: delivery.id, event: { id: delivery.event.id, payload: {} } }]);
      expect(JSON.stringify(stage.queue.buried)).not.toContain(text);
    },
  );

  test.each([400, 401, 403, 404, 406])("with %i is not tried again", async (status) => {
    const { stage, webhook, received } = await newStage();
    receiver.answer({ status, body: "never" });
    await stage.deliver(stage.delivery(webhook));
    expect(stage.queue.later).toEqual([]);
    expect(stage.queue.buried).toHaveLength(1);
    expect(JSON.stringify(stage.queue.buried)).not.toContain("never");
    expect(await stage.records(webhook)).toMatchObject([{ status: "failed", delivery: { attempts: [{ status }] } }]);
    expect(received()).toHaveLength(1);
  });

  test("is taken in the end by one that comes back", async () => {
    const { stage, webhook, received } = await newStage();
    receiver.answerOnce(500, "reset");
    await stage.deliver(stage.delivery(webhook));
    await stage.drain();
    expect(received()).toHaveLength(3);
    const [record] = await stage.records(webhook);
    expect(record?.status).toBe("delivered");
    expect(record?.delivery.attempts.map(({ status, error }) => status ?? error)).toEqual([
      500,
      "connection reset",
      200,
    ]);
  });

  test.each([429, 503])("with %i and Retry-After waits as it asks, and so do others to that target", async (status) => {
    const { stage, webhook, received } = await newStage();
    receiver.answerOnce({ status, headers: { "retry-after": "120" } });
    await stage.deliver(stage.delivery(webhook));
    expect(stage.queue.later).toMatchObject([{ seconds: 120 }]);
    await stage.deliver(stage.delivery(webhook, { orderedBy: "another" }));
    expect(received()).toHaveLength(1);
    expect(stage.queue.later[1]).toMatchObject({ delivery: { attempts: [] } });
    await stage.drain();
    expect(received()).toHaveLength(3);
  });

  test("because its target is not allowed is not tried again, and says so", async () => {
    const stage = newDeliveryStage(db, { range: "public" });
    const [webhook] = await stage.webhooks(receiver.url);
    if (!webhook) throw new Error("There is no webhook.");
    await stage.deliver(stage.delivery(webhook));
    expect(await stage.records(webhook)).toMatchObject([
      { status: "failed", delivery: { attempts: [{ error: "target not allowed" }] } },
    ]);
    expect(receiver.received.filter(({ body }) => body.includes(stage.appId))).toEqual([]);
  });

  test("goes on after the others of its conversation, which do not wait for it", async () => {
    const { stage, webhook, received } = await newStage();
    receiver.answerOnce(500);
    const [first, second, third] = [stage.delivery(webhook), stage.delivery(webhook), stage.delivery(webhook)];
    expect(await stage.deliver(first, second, third)).toEqual([]);
    expect(received().map(({ headers }) => headers["webhook-id"])).toEqual(
      [first, second, third].map((one) => one.event.id),
    );
    await stage.drain();
    expect(received().at(-1)?.headers["webhook-id"]).toBe(first.event.id);
  });
});

describe("a batch", () => {
  test("keeps the order of a conversation, and sends those of several at once", async () => {
    const { stage, webhook, received } = await newStage();
    const deliveries = Array.from({ length: 9 }, (_, index) => stage.delivery(webhook, { orderedBy: `c${index % 3}` }));
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.answer({ after: promise });
    const delivered = stage.deliver(...deliveries);
    while (received().length < 3) await receiver.has(receiver.received.length + 1);
    resolve();
    await delivered;
    const order = received().map(({ headers }) => headers["webhook-id"]);
    for (const conversation of ["c0", "c1", "c2"]) {
      const own = deliveries.filter(({ orderedBy }) => orderedBy === conversation).map(({ event }) => event.id);
      expect(order.filter((id) => own.includes(String(id)))).toEqual(own);
    }
    expect(order.slice(0, 3).toSorted()).toEqual(
      deliveries
        .slice(0, 3)
        .map(({ event }) => event.id)
        .toSorted(),
    );
  });

  test("of a slow target and a fast one sends to the fast one meanwhile", async () => {
    const stage = newDeliveryStage(db);
    const fast = await startReceiver();
    const [slow, quick] = await stage.webhooks(receiver.url, fast.url);
    if (!slow || !quick) throw new Error("There are no webhooks.");
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.answer({ after: promise });
    const delivered = stage.deliver(stage.delivery(slow), ...Array.from({ length: 5 }, () => stage.delivery(quick)));
    await fast.has(5);
    resolve();
    expect(await delivered).toEqual([]);
    await fast.close();
  });

  test("hands out again what met a fault of ours, and the later ones of its conversation, but no others", async () => {
    const { stage, webhook, received } = await newStage();
    const of = (orderedBy: string) => stage.delivery(webhook, { orderedBy });
    const deliveries = [of("a"), of("a"), of("a"), of("b"), of("b")];
    const failing = deliveries[1]?.event.id ?? "";
    let isAway = false;
    const faulty = actBefore(db, "PutItem", async () => {
      if (isAway) throw new Error("The table is away.");
    });
    const messages = deliveries.map((delivery, index) => ({
      messageId: String(index),
      body: JSON.stringify(delivery),
    }));
    receiver.answer((request) => (request.headers["webhook-id"] === failing ? { after: settled } : 200));
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    const failed = deliverBatch({ ...stage.runtime, db: faulty }, messages, () => true);
    // Those of the other conversation are recorded before the fault begins.
    while (stage.log.length < 3) await new Promise(setImmediate);
    isAway = true;
    resolve();
    expect((await failed).toSorted()).toEqual(["1", "2"]);
    expect(received()).toHaveLength(4);
    expect(stage.log.at(-1)).toMatchObject({ status: 500, fault: { name: "Error" }, delivery: { eventId: failing } });
    // Handed out again, they are sent, one of them a second time under the same id.
    receiver.answer(200);
    expect(await stage.deliver(...deliveries)).toEqual([]);
    expect(
      received()
        .map(({ headers }) => headers["webhook-id"])
        .slice(4),
    ).toEqual([failing, deliveries[2]?.event.id]);
  });

  test("is handed out again whole if the table cannot be reached, and nothing is sent", async () => {
    const { stage, webhook, received } = await newStage();
    const away = actBefore(db, "GetItem", () => Promise.reject(new Error("The table is away.")));
    const messages = [0, 1].map((index) => ({
      messageId: String(index),
      body: JSON.stringify(stage.delivery(webhook)),
    }));
    expect(await deliverBatch({ ...stage.runtime, db: away }, messages, () => true)).toEqual(["0", "1"]);
    expect(received()).toEqual([]);
    expect(stage.log.map(({ status }) => status)).toEqual([500, 500]);
  });

  test("with a message that is none of ours hands out that one again", async () => {
    const { stage, webhook } = await newStage();
    const messages = [
      { messageId: "odd", body: "no delivery" },
      { messageId: "even", body: JSON.stringify(stage.delivery(webhook)) },
    ];
    expect(await deliverBatch(stage.runtime, messages, () => true)).toEqual(["odd"]);
  });

  test("for which no time is left is handed out again from there on", async () => {
    const { stage, webhook, received } = await newStage();
    const messages = [0, 1, 2].map((index) => ({
      messageId: String(index),
      body: JSON.stringify(stage.delivery(webhook)),
    }));
    expect(await deliverBatch(stage.runtime, messages, () => received().length < 1)).toEqual(["1", "2"]);
    expect(received()).toHaveLength(1);
  });
});

describe("a target that keeps failing", () => {
  test("is left alone after five failures, and probed by one delivery; once it is back, all that waited go", async () => {
    const { stage, webhook, received } = await newStage();
    receiver.answer(500);
    const deliveries = Array.from({ length: 12 }, () => stage.delivery(webhook));
    await stage.deliver(...deliveries);
    // The rest of the batch is not tried, nor is the next one.
    expect(received()).toHaveLength(5);
    expect(stage.queue.later).toHaveLength(12);
    expect(stage.queue.later.filter(({ delivery }) => delivery.attempts.length === 0)).toHaveLength(7);
    stage.pass(31);
    const waiting = stage.queue.later.splice(0);
    await stage.deliver(...waiting.map(({ delivery }) => delivery));
    expect(received()).toHaveLength(6);
    receiver.answer(200);
    await stage.drain();
    expect(stage.queue.buried).toEqual([]);
    expect((await stage.records(webhook)).map(({ status }) => status)).toEqual(Array(12).fill("delivered"));
  });

  test("is given up on when 15 minutes are over, after few attempts in all", async () => {
    const { stage, webhook, received } = await newStage();
    receiver.answer(500);
    await stage.deliver(...Array.from({ length: 10 }, () => stage.delivery(webhook)));
    while (stage.queue.later.length > 0) {
      stage.queue.later.sort((a, b) => a.seconds - b.seconds);
      const [next] = stage.queue.later;
      stage.pass(next?.seconds ?? 0);
      const due = stage.queue.later.splice(0).map((one) => ({ ...one, seconds: one.seconds - (next?.seconds ?? 0) }));
      stage.queue.later.push(...due.filter(({ seconds }) => seconds > 0));
      await stage.deliver(...due.filter(({ seconds }) => seconds <= 0).map(({ delivery }) => delivery));
    }
    expect(stage.queue.buried).toHaveLength(10);
    expect(received().length).toBeLessThanOrEqual(15);
    const records = await stage.records(webhook);
    expect(records.map(({ status }) => status)).toEqual(Array(10).fill("failed"));
    expect(records.at(0)?.delivery.attempts.at(-1)).toMatchObject({ error: "target paused" });
  });

  test("is another one after its webhook was given another URL, which is tried at once", async () => {
    const { stage, webhook } = await newStage();
    const healthy = await startReceiver();
    receiver.answer(500);
    await stage.deliver(...Array.from({ length: 6 }, () => stage.delivery(webhook)));
    await stage.webhooksAre([{ ...webhook, target: healthy.url }]);
    await stage.deliver(stage.delivery(webhook));
    expect(healthy.received).toHaveLength(1);
    // What is known of the one before does no harm to it, nor it to that.
    healthy.answer(500);
    await stage.deliver(...Array.from({ length: 6 }, () => stage.delivery(webhook)));
    expect(healthy.received).toHaveLength(6);
    await healthy.close();
  });

  test("delays no other target of the app", async () => {
    const stage = newDeliveryStage(db);
    const healthy = await startReceiver();
    const [failing, fine] = await stage.webhooks(receiver.url, healthy.url);
    if (!failing || !fine) throw new Error("There are no webhooks.");
    receiver.answer(500);
    await stage.deliver(...Array.from({ length: 6 }, () => stage.delivery(failing)));
    await stage.deliver(stage.delivery(failing), stage.delivery(fine));
    expect(healthy.received).toHaveLength(1);
    await healthy.close();
  });
});
