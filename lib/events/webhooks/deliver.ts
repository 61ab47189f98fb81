import { webhookStateKey } from "../../db/keys.ts";
import { passTarget, rememberFailure, reopenTarget, type TargetState } from "../../db/pauses/targetPause.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { DeliveryAttempt, EventQueue, QueuedDelivery } from "../../model/events/webhookDelivery.ts";
import { attemptOf } from "./attemptOf.ts";
import { recordDelivery } from "./deliveryRecords.ts";
import { postEvent } from "./postEvent.ts";
import type { TargetAccess } from "./postToTarget.ts";
import { askedPause, decideNext, decideWhilePaused, mayPass, type Verdict } from "./retryPolicy.ts";

/** The part of the runtime that delivers. */
export type Delivering = Pick<Runtime, "db" | "now" | "log"> & {
  readonly eventQueue: Pick<EventQueue, "sendLater" | "bury">;
  readonly targetAccess: TargetAccess;
};

/** A delivery that was handed out, with what is known of its webhook. */
export interface HandedOut {
  readonly delivery: QueuedDelivery;
  readonly webhook: Webhook;
  readonly state: TargetState;
  /** Whether there is a record of it already. */
  readonly isRecorded: boolean;
}

/** What came of it: the latest attempt if one was made, and what follows. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly attempt?: DeliveryAttempt | undefined;
  readonly state: TargetState;
}

/**
 * Makes one attempt at a delivery, unless its target is paused, and does what follows: records it, queues it again, or
 * gives it up. Throws for faults of ours alone; handed out again, the delivery then goes on where it was, but the target
 * may hear of the event twice.
 */
export async function deliver(runtime: Delivering, handedOut: HandedOut): Promise<Outcome> {
  const { db, now, targetAccess } = runtime;
  const { delivery, webhook, state } = handedOut;
  const target = { key: webhookStateKey(delivery.appId, webhook.id), name: webhook.target };
  const passage = await passTarget(db, target, state, now());
  if (passage.kind === "paused") return defer(runtime, handedOut, passage.seconds);
  const at = now();
  const answer = await postEvent({ appId: delivery.appId, webhook }, delivery.event, targetAccess, at);
  const attempt = attemptOf(at, answer);
  const askedSeconds = "status" in answer ? askedPause(answer.status, answer.retryAfter, now()) : 0;
  const after = mayPass(attempt)
    ? await rememberFailure(db, target, state, { isProbe: passage.kind === "probe", askedSeconds, now: now() })
    : await reopenTarget(db, target, state);
  const attempted = { ...delivery, attempts: [...delivery.attempts, attempt] };
  const verdict = decideNext(attempted, askedSeconds, now(), Math.random());
  await follow(runtime, attempted, verdict);
  return { verdict, attempt, state: after };
}

/** Puts a delivery off whose target is paused; one that has no time left fails, as its record then says. */
async function defer(runtime: Delivering, handedOut: HandedOut, seconds: number): Promise<Outcome> {
  const { delivery, state, isRecorded } = handedOut;
  const at = runtime.now();
  const verdict = decideWhilePaused(delivery, seconds, at, Math.random());
  if (verdict.kind === "later") {
    // A repeated pause changes nothing in the record.
    if (!isRecorded) await recordDelivery(runtime.db, delivery, "pending");
    await runtime.eventQueue.sendLater(delivery, verdict.seconds);
    return { verdict, state };
  }
  const attempt: DeliveryAttempt = { at: at.toISOString(), milliseconds: 0, error: "target paused" };
  await follow(runtime, { ...delivery, attempts: [...delivery.attempts, attempt] }, verdict);
  return { verdict, attempt, state };
}

/** Records what came of a delivery, and hands it on: nothing is taken from a queue before it stands elsewhere. */
async function follow({ db, eventQueue }: Delivering, delivery: QueuedDelivery, verdict: Verdict): Promise<void> {
  if (verdict.kind === "delivered") return recordDelivery(db, delivery, "delivered");
  if (verdict.kind === "later") {
    await recordDelivery(db, delivery, "pending");
    return eventQueue.sendLater(delivery, verdict.seconds);
  }
  await recordDelivery(db, delivery, "failed");
  // What it says stands in its record, which is deleted with its user; here it is kept for longer.
  const { event, attempts } = delivery;
  await eventQueue.bury({
    ...delivery,
    event: { ...event, payload: {} },
    attempts: attempts.map(({ answer: _, ...attempt }) => attempt),
  });
}
