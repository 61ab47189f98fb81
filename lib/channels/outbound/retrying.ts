import type { ChannelTask, DeliveryFailure } from "../../model/channelCall.ts";

/** Milliseconds after it was queued first within which attempts at a task are made. */
const windowMilliseconds = 24 * 60 * 60 * 1000;

/** Seconds of the first pause, which each attempt doubles, and of the longest; and of the longest that a provider may ask for. */
const pauseSeconds = { first: 2, longest: 300, longestAsked: 12 * 60 * 60 } as const;

/** The share of a pause by which it is longer at most, so that what failed at one moment does not come back as one. */
const jitter = 0.2;

/** Counts the seconds within which attempts at a task may still be made: none if its time is over. */
export const secondsLeft = ({ queuedAt }: Pick<ChannelTask, "queuedAt">, now: Date): number =>
  Math.max(0, (Date.parse(queuedAt) + windowMilliseconds - now.getTime()) / 1000);

/** Why what is sent fails whose time is over. */
export const expired: DeliveryFailure = {
  reason: "expired",
  message: "The channel could not be reached, or did not take the message, for a day.",
};

/**
 * Computes the seconds before the next attempt at a task.
 * @param received the number of times that it was handed out
 * @param random a number from 0 to 1
 * @param askedSeconds the pause that the provider asked for
 */
export function pauseBeforeAttempt(received: number, random: number, askedSeconds = 0): number {
  const own = Math.min(pauseSeconds.first * 2 ** Math.min(received - 1, 20), pauseSeconds.longest);
  const seconds = Math.max(own, Math.min(askedSeconds, pauseSeconds.longestAsked)) * (1 + jitter * random);
  return Math.min(seconds, pauseSeconds.longestAsked);
}
