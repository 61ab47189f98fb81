import { type ChannelType, channelTypes, isChannelType } from "../../model/channel.ts";
import { BadInput, type Fields, optionalText, textsOf } from "../localAction.ts";
import { type OutboxEntry, type ReportedState, reportedStates } from "./outboxEntry.ts";

/** What the outbox does with the next requests instead of answering well. */
export interface ScriptedAnswer {
  /** For requests of this channel, of this integration, about messages to this person; all, if none is named. */
  readonly channel?: ChannelType | undefined;
  readonly integrationId?: string | undefined;
  readonly personId?: string | undefined;
  /** The number of requests that are left for it. */
  readonly times: number;
  /** The answer's status; the provider's own good answer without it. */
  readonly status?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Breaks the connection once the request was read. */
  readonly drop: boolean;
  readonly delayMilliseconds: number;
  /** The report that follows a good answer; `delivered` without it. */
  readonly report?: ReportedState | "none" | undefined;
}

/** Reads the channel that a field names, if it is there. @throws BadInput for another text */
export function channelOf(fields: Fields): ChannelType | undefined {
  const { channel } = fields;
  if (channel === undefined) return undefined;
  if (typeof channel === "string" && isChannelType(channel)) return channel;
  throw new BadInput(`The channel has to be one of ${channelTypes.join(", ")}.`);
}

/** Reads a state that a channel reports. @throws BadInput for anything else */
export function stateOf(value: unknown, more: readonly string[] = []): ReportedState {
  const state = reportedStates.find((known) => known === value);
  if (state) return state;
  throw new BadInput(`The state has to be one of ${[...reportedStates, ...more].join(", ")}.`);
}

/** Reads what is to be done with the next requests. @throws BadInput that names a field */
export function readScript(fields: Fields): ScriptedAnswer {
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) throw new BadInput(`There is no field ${unknown}, only ${[...known].join(", ")}.`);
  const { body, drop, report, retryAfter } = fields;
  if (drop !== undefined && typeof drop !== "boolean") throw new BadInput("The field drop has to be true or false.");
  if (retryAfter !== undefined && !/^[\w ,:+-]{1,64}$/.test(String(retryAfter)))
    throw new BadInput("The field retryAfter has to be seconds or a date.");
  return {
    channel: channelOf(fields),
    integrationId: optionalText(fields, "integrationId"),
    personId: optionalText(fields, "personId"),
    times: numberOf(fields, "times", { from: 1, to: 10_000 }) ?? 1,
    status: numberOf(fields, "status", { from: 200, to: 599 }),
    headers: {
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      ...(fields.headers === undefined ? {} : textsOf(fields, "headers")),
    },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    drop: drop === true,
    delayMilliseconds: numberOf(fields, "delayMilliseconds", { from: 0, to: 600_000 }) ?? 0,
    report: report === undefined || report === "none" ? report : stateOf(report, ["none"]),
  };
}

const known = new Set([
  ...["channel", "integrationId", "personId", "times", "status", "headers", "body"],
  ...["retryAfter", "drop", "delayMilliseconds", "report"],
]);

function numberOf(fields: Fields, name: string, { from, to }: { from: number; to: number }): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new BadInput(`The field ${name} has to be a whole number from ${from} to ${to}.`);
}

/** Tells whether a script is for a request. */
export const isFor = (
  { channel, integrationId, personId }: ScriptedAnswer,
  entry: Pick<OutboxEntry, "channel" | "integrationIds" | "message">,
): boolean =>
  (channel === undefined || channel === entry.channel) &&
  (integrationId === undefined || entry.integrationIds.includes(integrationId)) &&
  (personId === undefined || personId === entry.message?.personId);
