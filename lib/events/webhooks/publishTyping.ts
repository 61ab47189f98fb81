import { findWebhooks } from "../../apps/webhooks.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { AppEvent, EventDetail } from "../../model/events/event.ts";
import type { EventQueue } from "../../model/events/webhookDelivery.ts";
import { describeFault } from "../../model/log.ts";
import type { NamedRecords } from "../payload/namedRecords.ts";
import { deliveriesOf } from "./deliveriesOf.ts";

/** The event holds all that it shows, so nothing is read. */
const nothing: NamedRecords = { user: () => undefined, conversation: () => undefined };

type Typing = Omit<Extract<EventDetail, { readonly type: "conversation:typing" }>, "type">;

/**
 * Queues that a user types for the webhooks that listen for it. Nothing in the table tells of it, so it is lost if the
 * queue cannot be reached; the request that told of it succeeds nevertheless.
 */
export async function publishTyping(
  runtime: Pick<Runtime, "db" | "newId" | "log"> & { readonly eventQueue: Pick<EventQueue, "send"> },
  typing: Typing,
  now: Date,
): Promise<void> {
  const { appId, id: conversationId } = typing.conversation;
  const event: AppEvent = {
    id: runtime.newId(),
    appId,
    createdAt: now.toISOString(),
    conversationId,
    userId: typing.user.id,
    detail: { type: "conversation:typing", ...typing },
  };
  try {
    const found = (await findWebhooks(runtime, [appId])).get(appId);
    const listening = found?.webhooks.filter(({ triggers }) => triggers.includes("conversation:typing")) ?? [];
    if (listening.length === 0) return;
    await runtime.eventQueue.send(deliveriesOf(event, listening, nothing, now));
  } catch (error) {
    runtime.log({
      operation: "publishTyping",
      requestId: event.id,
      status: 500,
      milliseconds: 0,
      coldStart: false,
      usersCreated: 0,
      fault: describeFault(error),
    });
  }
}
