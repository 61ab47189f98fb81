import { afterAll, expect } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { openDb } from "../../lib/db/db.ts";
import { conversationKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { newWebhook } from "../support/business.ts";
import type { Reply } from "../support/caller.ts";
import { changeRecord } from "../support/changeRecord.ts";
import type { Stage } from "../support/stage.ts";
import { type AwsAnswer, startAwsService } from "../support/startAwsService.ts";
import { startReceiver } from "../support/startReceiver.ts";
import type { Attempt, Scenario } from "./scenarios.ts";

/** A fault of the next call to the queue about an app: it did nothing, or it did all and its caller is told otherwise. */
type QueueFault = "refuse" | "fail after";

const faults = new Map<string, QueueFault>();
/** The deliveries that the queues hold, by app, each once under its id and the number of its attempts. */
const queued = new Map<string, Map<string, QueuedDelivery>>();
/** The apps whose receiver refuses the next request. */
const refusing = new Set<string>();

const refused: AwsAnswer = { status: 400, body: { __type: "com.amazonaws.sqs#UnsupportedOperation" } };
const queues = await startAwsService(({ input }) => {
  // A call of SQS, by its protocol.
  const messages = (input.Entries ?? [input]) as readonly { readonly MessageBody: string }[];
  const deliveries = messages.map(({ MessageBody }): QueuedDelivery => JSON.parse(MessageBody));
  const appId = deliveries[0]?.appId ?? "";
  const fault = faults.get(appId);
  faults.delete(appId);
  if (fault === "refuse") return refused;
  const held = queued.get(appId) ?? new Map<string, QueuedDelivery>();
  for (const delivery of deliveries) held.set(`${delivery.id} ${delivery.attempts.length}`, delivery);
  queued.set(appId, held);
  return fault === "fail after" ? refused : { body: {} };
});
const receiver = await startReceiver();
receiver.answer(({ path }) => (refusing.delete(path.slice(1)) ? 500 : 200));
afterAll(async () => {
  queues.close();
  await receiver.close();
});
process.env[variable.eventQueueUrl] = `${queues.endpoint}/1/first.fifo`;
process.env[variable.eventRetryQueueUrl] = `${queues.endpoint}/1/later`;
process.env[variable.eventDeadLetterQueueUrl] = `${queues.endpoint}/1/dead`;
process.env[variable.webhookTargets] = "loopback";

const queuedOf = ({ app }: Stage): readonly QueuedDelivery[] => [...(queued.get(app.id)?.values() ?? [])];
const heardBy = ({ app }: Stage): readonly string[] =>
  receiver.received.filter(({ path }) => path === `/${app.id}`).map(({ headers }) => String(headers["webhook-id"]));

/** Hands records to a worker, as Lambda does: what it fails at, by its answer or an error, comes again. */
async function handTo(worker: "publishEvents" | "deliverEvents", Records: readonly object[]): Promise<Reply> {
  const handle = await importFunction(worker);
  const reply = { headers: {}, text: "", body: undefined };
  try {
    // What a worker answers, by its contract with Lambda.
    const answer = (await handle({ Records }, { getRemainingTimeInMillis: () => 240_000 })) as {
      readonly batchItemFailures: readonly object[];
    };
    return { status: answer.batchItemFailures.length === 0 ? 200 : 500, ...reply };
  } catch (error) {
    return { status: 500, ...reply, text: String(error) };
  }
}

const deliver = (deliveries: readonly QueuedDelivery[]): Promise<Reply> =>
  handTo(
    "deliverEvents",
    deliveries.map((delivery, index) => ({ messageId: String(index), body: JSON.stringify(delivery) })),
  );

/** Makes a conversation with a message, of which a webhook is to hear; answers the records of both. */
async function committed(stage: Stage) {
  const integrationId = (await stage.custom()).id;
  const webhook = await newWebhook(stage.app, integrationId, {
    target: `${receiver.url}/${stage.app.id}`,
    triggers: ["conversation:create", "conversation:message"],
  });
  const conversationId = await stage.conversation((await stage.user()).id);
  const messageId = await stage.say(conversationId, "We are open.");
  const db = openDb(stage.server.tableName, stage.server.endpoint);
  const keys = [conversationKey(stage.app.id, conversationId), messageKey(stage.app.id, conversationId, messageId)];
  const items = await Promise.all(keys.map((key) => getItem(db, key)));
  const records = items.map((item, index) => {
    const record = changeRecord(undefined, item);
    return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber: String(index + 1) } };
  });
  return { records, path: `${stage.rest}/integrations/${integrationId}/webhooks/${webhook.id}/deliveries` };
}

/** Publishes what was committed, undisturbed. */
async function published(stage: Stage) {
  const { records, path } = await committed(stage);
  expect((await handTo("publishEvents", records)).status).toBe(200);
  return { deliveries: queuedOf(stage), path };
}

/** Expects that each event is delivered once what is queued was delivered, too. */
async function expectDelivered(stage: Stage, path: string, deliveries: readonly QueuedDelivery[]): Promise<void> {
  expect((await deliver(queuedOf(stage))).status).toBe(200);
  const { body } = await stage.app.api.get<{ deliveries: { status: string; event: { id: string } }[] }>(path);
  const ids = deliveries.map(({ event }) => event.id).sort();
  expect(body.deliveries.map(({ event }) => event.id).sort()).toEqual(ids);
  expect(body.deliveries.map(({ status }) => status)).toEqual(ids.map(() => "delivered"));
  expect([...new Set(heardBy(stage))].sort()).toEqual(ids);
}

/** Publishes what was committed, with a fault of the queue or without one. */
const publication =
  (fault?: QueueFault): Scenario =>
  async (stage): Promise<Attempt> => {
    const { records } = await committed(stage);
    if (fault) faults.set(stage.app.id, fault);
    return {
      call: () => handTo("publishEvents", records),
      told: [200],
      settled: async () =>
        expect(queuedOf(stage).map(({ event }) => event.type)).toEqual(["conversation:create", "conversation:message"]),
    };
  };

/** Delivers what was published: to a receiver that takes it, or that refuses it once, with a fault of the queue. */
const delivery =
  (isRefused: boolean, fault?: QueueFault): Scenario =>
  async (stage): Promise<Attempt> => {
    const { deliveries, path } = await published(stage);
    if (isRefused) refusing.add(stage.app.id);
    if (fault) faults.set(stage.app.id, fault);
    return {
      call: () => deliver(deliveries),
      told: [200],
      settled: () => expectDelivered(stage, path, deliveries),
    };
  };

/** Replays a delivery that was taken, with a fault of the queue or without one. */
const replay =
  (fault?: QueueFault): Scenario =>
  async (stage): Promise<Attempt> => {
    const { deliveries, path } = await published(stage);
    expect((await deliver(deliveries)).status).toBe(200);
    const { body } = await stage.app.api.get<{ deliveries: { id: string; event: { id: string } }[] }>(path);
    const [replayed] = body.deliveries;
    if (fault) faults.set(stage.app.id, fault);
    return {
      call: () => stage.app.api.post(`${path}/${replayed?.id}/replay`, {}),
      told: [200],
      async settled() {
        await expectDelivered(stage, path, deliveries);
        expect(heardBy(stage).filter((id) => id === replayed?.event.id).length).toBeGreaterThan(1);
      },
    };
  };

/** The scenarios of what tells webhooks of changes: an interruption loses no event, and makes none of another id. */
export const eventScenarios = {
  publishEvents: {
    "a conversation and its message": publication(),
    "to a queue that refuses": publication("refuse"),
    "to a queue that takes it unheard": publication("fail after"),
  },
  deliverEvents: {
    "two events": delivery(false),
    "one of them refused": delivery(true),
    "one of them refused, to a queue that refuses": delivery(true, "refuse"),
    "one of them refused, to a queue that takes it unheard": delivery(true, "fail after"),
  },
  replayWebhookDelivery: {
    "a delivery that was taken": replay(),
    "to a queue that refuses": replay("refuse"),
    "to a queue that takes it unheard": replay("fail after"),
  },
};
