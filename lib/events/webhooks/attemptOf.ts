import type { DeliveryAttempt } from "../../model/events/webhookDelivery.ts";
import type { TargetAnswer } from "./postToTarget.ts";

/** Describes an attempt by its time and what came of it. */
export const attemptOf = (at: Date, answer: TargetAnswer): DeliveryAttempt => ({
  at: at.toISOString(),
  milliseconds: answer.milliseconds,
  ...("status" in answer ? { status: answer.status, answer: answer.answer } : { error: answer.error }),
});
