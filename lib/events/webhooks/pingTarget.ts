import type { Runtime } from "../../db/runtime.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { DeliveryAttempt, DeliveryStatus } from "../../model/events/webhookDelivery.ts";
import { attemptOf } from "./attemptOf.ts";
import { postEvent } from "./postEvent.ts";
import type { TargetAccess } from "./postToTarget.ts";
import { isTaken } from "./retryPolicy.ts";

/** Milliseconds for a ping: the gateway waits for 30 seconds at most, for the rest of the request, too. */
const pingMilliseconds = 10_000;

/**
 * Sends the target of a webhook one event of the type `ping`, of which no webhook hears otherwise: signed and checked
 * like any other, but neither repeated nor recorded, and without an influence on the target's pauses.
 */
export async function pingTarget(
  { now, newId, targetAccess }: Pick<Runtime, "now" | "newId"> & { readonly targetAccess: TargetAccess },
  addressee: { readonly appId: string; readonly webhook: Webhook },
): Promise<{ readonly status: Exclude<DeliveryStatus, "pending">; readonly attempt: DeliveryAttempt }> {
  const at = now();
  const event = { id: newId(), type: "ping", createdAt: at.toISOString(), payload: {} };
  const answer = await postEvent(addressee, event, { milliseconds: pingMilliseconds, ...targetAccess }, at);
  const attempt = attemptOf(at, answer);
  return { status: isTaken(attempt) ? "delivered" : "failed", attempt };
}
