import { findWebhooks } from "../../apps/webhooks.ts";
import type { Item } from "../../db/db.ts";
import { deliveryKey, recordIdOfDelivery, webhookStateKey } from "../../db/keys.ts";
import { readTargetState, type TargetState } from "../../db/pauses/targetPause.ts";
import { getItems } from "../../db/readItems.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { QueuedDelivery } from "../../model/events/webhookDelivery.ts";
import { describeFault, type LogEntry } from "../../model/log.ts";
import { type Delivering, deliver, type Outcome } from "./deliver.ts";

/** A message of a queue. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/** A message, read. */
interface Task {
  readonly messageId: string;
  readonly delivery: QueuedDelivery;
}

/** What is known of the deliveries of a batch. */
interface Known {
  readonly webhook: (delivery: QueuedDelivery) => Webhook | undefined;
  readonly record: (delivery: QueuedDelivery) => Item | undefined;
  /** The states of the targets, by webhook; they change with each delivery. */
  readonly states: Map<string, TargetState>;
}

/**
 * Makes an attempt at each delivery of a batch, in order where they belong to one conversation or user, and all others
 * at once. After a fault of ours, the later ones of an order are not tried, so that none overtakes another.
 * @param mayContinue called before each delivery: tells whether there is time for one more
 * @returns the ids of the messages to be handed out again
 */
export async function deliverBatch(
  runtime: Delivering,
  messages: readonly Message[],
  mayContinue: () => boolean,
): Promise<readonly string[]> {
  const failed: string[] = [];
  const tasks: Task[] = [];
  for (const { messageId, body } of messages)
    try {
      tasks.push({ messageId, delivery: JSON.parse(body) });
    } catch (error) {
      runtime.log(faultEntry(messageId, error));
      failed.push(messageId);
    }
  let known: Known;
  try {
    known = await readKnown(runtime, tasks);
  } catch (error) {
    for (const { messageId } of tasks) runtime.log(faultEntry(messageId, error));
    return messages.map(({ messageId }) => messageId);
  }
  const orders = Map.groupBy(tasks, ({ delivery }) => JSON.stringify([delivery.webhookId, delivery.orderedBy]));
  await Promise.all(
    [...orders.values()].map(async (ordered) =>
      failed.push(...(await deliverInOrder(runtime, ordered, known, mayContinue))),
    ),
  );
  return failed;
}

async function deliverInOrder(
  runtime: Delivering,
  tasks: readonly Task[],
  known: Known,
  mayContinue: () => boolean,
): Promise<readonly string[]> {
  for (const [index, task] of tasks.entries())
    if (!mayContinue() || !(await deliverOne(runtime, task, known)))
      return tasks.slice(index).map(({ messageId }) => messageId);
  return [];
}

/** Makes an attempt at a delivery and logs it. Tells whether it was handed on, which only a fault of ours prevents. */
async function deliverOne(runtime: Delivering, { messageId, delivery }: Task, known: Known): Promise<boolean> {
  const started = performance.now();
  const log = (entry: Pick<LogEntry, "status" | "delivery" | "fault">) =>
    runtime.log({ ...entryOf(messageId), milliseconds: Math.round(performance.now() - started), ...entry });
  const named = namesOf(delivery);
  const [webhook, record] = [known.webhook(delivery), known.record(delivery)];
  // The queue may hand it out twice, and the event may be published twice.
  const needless =
    webhook === undefined ? "no webhook" : record?.status === "delivered" ? "delivered before" : undefined;
  if (webhook === undefined || needless !== undefined) {
    log({ status: 200, delivery: { ...named, outcome: "skipped", reason: needless } });
    return true;
  }
  try {
    const state = known.states.get(webhook.id) ?? readTargetState(undefined, webhook.target);
    const outcome = await deliver(runtime, { delivery, webhook, state, isRecorded: record !== undefined });
    known.states.set(webhook.id, outcome.state);
    log({ status: outcome.attempt?.status ?? 0, delivery: { ...named, ...shownOutcome(outcome) } });
    return true;
  } catch (error) {
    log({ status: 500, delivery: { ...named, outcome: "later" }, fault: describeFault(error) });
    return false;
  }
}

/** Reads all that a batch needs: the webhooks, as they are now, their targets' states, and the deliveries' records. */
async function readKnown(runtime: Delivering, tasks: readonly Task[]): Promise<Known> {
  const deliveries = tasks.map(({ delivery }) => delivery);
  const owners = [...new Map(deliveries.map(({ appId, webhookId }) => [webhookId, appId]))];
  const stateKeys = owners.map(([webhookId, appId]) => webhookStateKey(appId, webhookId));
  const recordKeys = deliveries.map(({ appId, webhookId, event, id }) =>
    deliveryKey(appId, webhookId, recordIdOfDelivery(event, id)),
  );
  const [found, items] = await Promise.all([
    findWebhooks(
      runtime,
      deliveries.map(({ appId }) => appId),
    ),
    getItems(runtime.db, [...stateKeys, ...recordKeys]),
  ]);
  const webhookOf = (appId: string, webhookId: string) => found.get(appId)?.webhooks.find(({ id }) => id === webhookId);
  const records = new Map(deliveries.map((delivery, index) => [delivery, items[stateKeys.length + index]]));
  return {
    webhook: ({ appId, webhookId }) => webhookOf(appId, webhookId),
    record: (delivery) => records.get(delivery),
    states: new Map(
      owners.map(([webhookId, appId], index) => [
        webhookId,
        readTargetState(items[index], webhookOf(appId, webhookId)?.target ?? ""),
      ]),
    ),
  };
}

const namesOf = ({ id, appId, webhookId, event }: QueuedDelivery) => ({
  id: recordIdOfDelivery(event, id),
  appId,
  webhookId,
  eventId: event.id,
  type: event.type,
});

const shownOutcome = ({ verdict, attempt }: Outcome) => ({
  outcome: verdict.kind,
  reason: attempt === undefined ? "target paused" : attempt.error,
});

const entryOf = (messageId: string) => ({
  operation: "deliverEvents",
  requestId: messageId,
  milliseconds: 0,
  coldStart: false,
  usersCreated: 0,
});

const faultEntry = (messageId: string, error: unknown): LogEntry => ({
  ...entryOf(messageId),
  status: 500,
  fault: describeFault(error),
});
