import { findWebhooks } from "../../apps/webhooks.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { StreamRecord } from "../../db/streamRecord.ts";
import type { ChannelQueue } from "../../model/channelCall.ts";
import type { AppEvent } from "../../model/events/event.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { EventQueue } from "../../model/events/webhookDelivery.ts";
import { describeFault } from "../../model/log.ts";
import { changeOf } from "../change.ts";
import { readTasks } from "../channels/activityTasks.ts";
import { linkTasks } from "../channels/linkTasks.ts";
import { mediaTasks } from "../channels/mediaTasks.ts";
import { messageForChannels, messageTasks } from "../channels/messageTasks.ts";
import { readTaskRecords } from "../channels/taskRecords.ts";
import { eventsOf } from "../eventsOf.ts";
import { readNamedRecords } from "../payload/namedRecords.ts";
import { deliveriesOf } from "./deliveriesOf.ts";
import { followUsers } from "./deliveryBodies.ts";
import { inOrder, type ToldEvent } from "./inOrder.ts";

/** A record with its number in the stream. */
export interface NumberedRecord extends StreamRecord {
  readonly dynamodb?: (StreamRecord["dynamodb"] & { readonly SequenceNumber?: string | undefined }) | undefined;
}

/** The webhooks of an app, and the time of its deletion if it is deleted. */
type Hearing = { readonly webhooks: readonly Webhook[]; readonly deletedAt?: string | undefined } | undefined;

/** The part of the runtime that publishes. */
type Publishing = Pick<Runtime, "db" | "now" | "log"> & {
  readonly eventQueue: Pick<EventQueue, "send">;
  readonly channelQueue: Pick<ChannelQueue, "send">;
};

/**
 * Publishes what records of the table's stream tell: queues each event for each webhook of its app that listens for it,
 * each message of a business for the people that get it on a channel, with what else the business does there, and each
 * file that a channel keeps. A record that is published again makes the same deliveries and tasks, of the same ids.
 * @returns the sequence numbers of records that cannot be told by a fault of ours; all others are durably queued
 * @throws if the table or a queue cannot be reached: nothing may be left out then
 */
export async function publishRecords(
  runtime: Publishing,
  records: readonly NumberedRecord[],
): Promise<readonly string[]> {
  const failed = new Set<string>();
  const alone = <Made>(sequenceNumber: string, make: () => readonly Made[]): readonly Made[] => {
    try {
      return make();
    } catch (error) {
      logFault(runtime, sequenceNumber, error);
      failed.add(sequenceNumber);
      return [];
    }
  };
  const told = records.flatMap((record) => alone(sequenceNumberOf(record), () => toldBy(record)));
  const hearing = await findWebhooks(runtime, [...new Set(told.map(({ event }) => event.appId))]);
  const heard = told.filter(({ event }) => listeners(event, hearing.get(event.appId)).length > 0);
  const outgoing = told.filter(
    ({ event }) => messageForChannels(event) && !isAfterEnd(event, hearing.get(event.appId)),
  );
  const named = await readNamedRecords(runtime, eventsIn([...heard, ...outgoing]), eventsIn(told));
  const now = runtime.now();
  const accepted = heard.filter(({ event }) => named.accepts(event));
  const deliveries = inOrder(accepted, named).flatMap(({ event, sequenceNumber }) =>
    alone(sequenceNumber, () => deliveriesOf(event, listeners(event, hearing.get(event.appId)), named, now)),
  );
  const sent = inOrder(
    outgoing.filter(({ event }) => named.accepts(event)),
    named,
  );
  const recordsOf = await readTaskRecords(runtime, eventsIn(sent), named);
  const tasks = [
    ...sent.flatMap(({ event, sequenceNumber }) =>
      alone(sequenceNumber, () => messageTasks(event, recordsOf(event), now)),
    ),
    ...records.flatMap((record) => alone(sequenceNumberOf(record), () => mediaTasks(record, now))),
    ...told.flatMap(({ event, sequenceNumber }) => alone(sequenceNumber, () => readTasks(event, now))),
    ...records
      .filter((record) => isOfUser(record) && !failed.has(sequenceNumberOf(record)))
      .flatMap((record) => alone(sequenceNumberOf(record), () => linkTasks(changeOf(record), now))),
  ];
  if (deliveries.length > 0) await runtime.eventQueue.send(deliveries);
  if (tasks.length > 0) await runtime.channelQueue.send(tasks);
  await followUsers(runtime.db, eventsIn(told), records);
  return [...failed];
}

const eventsIn = (some: readonly ToldEvent[]): readonly AppEvent[] => some.map(({ event }) => event);

const sequenceNumberOf = ({ dynamodb }: NumberedRecord): string => dynamodb?.SequenceNumber ?? "";

/** Tells whether a record is of a user's address, before more of it is read. */
function isOfUser({ dynamodb }: StreamRecord): boolean {
  const { sk } = dynamodb?.Keys ?? {};
  return typeof sk === "object" && sk !== null && "S" in sk && sk.S === "user";
}

/** Makes the events of a record, a message with its place in the conversation. */
export const toldBy = (record: NumberedRecord): readonly ToldEvent[] =>
  eventsOf(record).map((event) => ({
    event,
    order: event.detail.type === "conversation:message" ? orderIn(record) : undefined,
    sequenceNumber: sequenceNumberOf(record),
  }));

/** Reads the place of a message in its conversation, which only its item has. */
function orderIn({ dynamodb }: StreamRecord): string | undefined {
  const { order } = dynamodb?.NewImage ?? {};
  return typeof order === "object" && order !== null && "S" in order ? String(order.S) : undefined;
}

/**
 * Milliseconds after an app's deletion for which changes are told: requests that began before it run on, and the times
 * of records are those of other clocks. What clears the app's data begins half an hour later.
 */
const runningOn = 60_000;

/** Tells whether an event is of what happens after the app's deletion, such as its clearing: that is not told. */
const isAfterEnd = ({ createdAt }: AppEvent, hearing: Hearing): boolean =>
  hearing?.deletedAt !== undefined && Date.parse(createdAt) > Date.parse(hearing.deletedAt) + runningOn;

/** Lists the webhooks that an event goes to. */
const listeners = (event: AppEvent, hearing: Hearing): readonly Webhook[] =>
  hearing === undefined || isAfterEnd(event, hearing)
    ? []
    : hearing.webhooks.filter(({ triggers }) => triggers.includes(event.detail.type));

const logFault = ({ log }: Pick<Runtime, "log">, sequenceNumber: string, error: unknown): void =>
  log({
    operation: "publishEvents",
    requestId: sequenceNumber,
    status: 500,
    milliseconds: 0,
    coldStart: false,
    usersCreated: 0,
    fault: describeFault(error),
  });
