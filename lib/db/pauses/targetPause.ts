import { hash } from "node:crypto";
import type { Db, Item } from "../db.ts";
import { compare, equals, missing, or } from "../expression.ts";
import type { Key } from "../keys.ts";
import { deleteItem, putItem, updateItem } from "../writeItems.ts";

/** The failures in a row after which a target is paused. */
const failureLimit = 5;
/** Seconds of the first pause; each failed probe doubles it, up to the last. */
const pauseSeconds = { first: 30, last: 300 } as const;
/** Seconds for which one call alone probes a paused target: longer than an attempt takes. */
const probeSeconds = 25;
/** Seconds after its last failure for which a target is remembered. */
const memorySeconds = 24 * 60 * 60;

/** What is known of a target that failed lately; nothing is kept of one that did not. */
export interface TargetState {
  /** The failures since the last success. */
  readonly failures: number;
  /** The probes among them. */
  readonly probes: number;
  /** The time until which nothing is sent, in milliseconds since 1970. */
  readonly pausedUntil?: number | undefined;
  /** The time until which another call probes the target. */
  readonly probedUntil?: number | undefined;
}

/** The name of a target, such as its URL, and the key of what is known of it: of another target before that says nothing. */
export interface Target {
  readonly key: Key;
  readonly name: string;
}

const nothing: TargetState = { failures: 0, probes: 0 };

/** Names a target in its state, which is not sealed: a URL may hold a token. */
const nameOf = (target: string): string => hash("sha256", target).slice(0, 16);

/** Reads what is known of a target from its item. */
export const readTargetState = (item: Item | undefined, target: string): TargetState =>
  item?.target !== nameOf(target)
    ? nothing
    : {
        failures: item.failures,
        probes: item.probes,
        pausedUntil: item.pausedUntil,
        probedUntil: item.probedUntil,
      };

/** The way of a target: it is open, or this call is to probe it, or it is paused for some more seconds. */
export type Passage = { readonly kind: "open" | "probe" } | { readonly kind: "paused"; readonly seconds: number };

/**
 * Decides whether a call may be made. After a pause, one call at a time probes the target: the one that claims
 * it first.
 */
export async function passTarget(db: Db, target: Target, state: TargetState, now: Date): Promise<Passage> {
  const { pausedUntil, probedUntil = 0, failures } = state;
  if (pausedUntil === undefined) return { kind: "open" };
  const wait = Math.max(pausedUntil, probedUntil) - now.getTime();
  if (wait > 0) return { kind: "paused", seconds: wait / 1000 };
  // A pause that the target asked for is over when it is over.
  if (failures < failureLimit) return { kind: "open" };
  const claimed = await updateItem(
    db,
    target.key,
    { set: { probedUntil: now.getTime() + probeSeconds * 1000 } },
    {
      every: [
        equals("pausedUntil", pausedUntil),
        or(missing("probedUntil"), compare("probedUntil", "<=", now.getTime())),
      ],
    },
  );
  return claimed.done ? { kind: "probe" } : { kind: "paused", seconds: probeSeconds };
}

/** Remembers a success: what was known of the target's failures is forgotten. */
export async function reopenTarget(db: Db, target: Target, state: TargetState): Promise<TargetState> {
  if (state !== nothing) await deleteItem(db, target.key);
  return nothing;
}

/**
 * Remembers a failure, and pauses the target after several in a row, or for as long as it asks. Of failures at once one
 * counts, so that several deliveries that meet one outage are no row.
 */
export async function rememberFailure(
  db: Db,
  target: Target,
  state: TargetState,
  failed: { readonly isProbe: boolean; readonly askedSeconds: number; readonly now: Date },
): Promise<TargetState> {
  const next = stateAfterFailure(state, failed);
  await putItem(db, {
    ...target.key,
    ...next,
    target: nameOf(target.name),
    expiresAt: Math.floor(failed.now.getTime() / 1000) + memorySeconds,
  });
  return next;
}

/** Computes what is known of a target after a failure. */
export function stateAfterFailure(
  state: TargetState,
  { isProbe, askedSeconds, now }: { readonly isProbe: boolean; readonly askedSeconds: number; readonly now: Date },
): TargetState {
  const failures = state.failures + 1;
  const probes = state.probes + (isProbe ? 1 : 0);
  const ownSeconds = failures < failureLimit ? 0 : Math.min(pauseSeconds.first * 2 ** probes, pauseSeconds.last);
  const seconds = Math.max(ownSeconds, Math.min(askedSeconds, pauseSeconds.last));
  const until = now.getTime() + seconds * 1000;
  const pausedUntil = seconds === 0 ? state.pausedUntil : Math.max(until, state.pausedUntil ?? 0);
  return { failures, probes, ...(pausedUntil === undefined ? {} : { pausedUntil }) };
}
