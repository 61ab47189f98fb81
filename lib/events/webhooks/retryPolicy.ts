import type { DeliveryAttempt, QueuedDelivery } from "../../model/events/webhookDelivery.ts";

/** The attempts at a delivery, and the time within which they begin. Source: the vendor's description, "Webhooks". */
const attemptLimit = 5;
const windowMilliseconds = 15 * 60_000;

/** Seconds between an attempt and the next, give or take a fifth, so that those of one moment do not come back as one. */
const pauses = [10, 40, 160, 480] as const;
const jitter = 0.2;

/** The statuses after which no attempt follows. Source: the vendor's description, "Webhooks". */
const finalStatuses: readonly (number | undefined)[] = [400, 401, 403, 404, 406];
/** The failures without an answer after which none follows: what is not allowed now will not be later. */
const finalErrors: readonly (string | undefined)[] = ["target not allowed"];

/** The statuses with which a target asks for a pause. */
const pausingStatuses: readonly number[] = [429, 503];

/** What follows an attempt: nothing more, or another attempt after some seconds. */
export type Verdict =
  | { readonly kind: "delivered" }
  | { readonly kind: "failed" }
  | { readonly kind: "later"; readonly seconds: number };

/** Tells whether a target took a delivery. */
export const isTaken = ({ status = 0 }: Pick<DeliveryAttempt, "status">): boolean => status >= 200 && status < 300;

/** Tells whether an attempt failed in a way that may pass. */
export const mayPass = (attempt: Pick<DeliveryAttempt, "status" | "error">): boolean =>
  !isTaken(attempt) && !finalStatuses.includes(attempt.status) && !finalErrors.includes(attempt.error);

/**
 * Decides what follows the latest attempt at a delivery.
 * @param askedSeconds the pause that the target asked for
 * @param random a number from 0 to 1
 */
export function decideNext(
  { queuedAt, attempts }: Pick<QueuedDelivery, "queuedAt" | "attempts">,
  askedSeconds: number,
  now: Date,
  random: number,
): Verdict {
  const latest = attempts.at(-1);
  if (latest !== undefined && isTaken(latest)) return { kind: "delivered" };
  const pause = pauses[attempts.length - 1];
  const left = secondsLeft({ queuedAt, attempts }, now);
  if (latest === undefined || !mayPass(latest) || attempts.length >= attemptLimit || pause === undefined || left <= 0)
    return { kind: "failed" };
  const seconds = Math.max(pause * (1 - jitter + 2 * jitter * random), askedSeconds);
  return { kind: "later", seconds: Math.min(seconds, left) };
}

/**
 * Decides about a delivery to a target that is paused: no attempt is made of it nor counted, and it comes back when the
 * pause may be over, or fails when its time is.
 */
export function decideWhilePaused(
  delivery: Pick<QueuedDelivery, "queuedAt" | "attempts">,
  pausedSeconds: number,
  now: Date,
  random: number,
): Verdict {
  const left = secondsLeft(delivery, now);
  if (left <= 0) return { kind: "failed" };
  return { kind: "later", seconds: Math.min(pausedSeconds * (1 + jitter * random) + 1, left) };
}

/** Counts the seconds within which an attempt may still begin: from the first one on, or from the time in the queue. */
const secondsLeft = ({ queuedAt, attempts }: Pick<QueuedDelivery, "queuedAt" | "attempts">, now: Date): number =>
  (Date.parse(attempts[0]?.at ?? queuedAt) + windowMilliseconds - now.getTime()) / 1000;

/**
 * Reads the pause that a target asks for by `Retry-After`, in seconds or as a date; 0 if it asks for none.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function askedPause(status: number, retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined || !pausingStatuses.includes(status)) return 0;
  const seconds = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
