import type { ChannelType } from "../../model/channel.ts";
import type { ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";

/** What a channel can report of a message that it took. */
export const reportedStates = ["delivered", "read", "failed"] as const;
export type ReportedState = (typeof reportedStates)[number];

/** An integration whose provider the outbox stands in for. */
export interface OutboxIntegration {
  readonly id: string;
  readonly appId: string;
  readonly credentials: Readonly<Record<string, string | boolean | undefined>>;
  /** The webhook's whole URL, as the provider was told to call it. */
  readonly webhookUrl: string;
}

/** A request that would have gone to a channel's provider, and what came of it. */
export interface OutboxEntry {
  readonly id: string;
  readonly receivedAt: string;
  readonly channel: ChannelType;
  /** The integrations with the credentials of the request: more than one where several have the same. */
  readonly integrationIds: readonly string[];
  /** With the URL that it has at the provider. */
  readonly request: ProviderRequest;
  /** The person and the text, if the request shows a message. */
  readonly message?: { readonly personId: string; readonly text: string } | undefined;
  /** A text from which the provider's ids of the message are made. */
  readonly externalId: string;
  /** The provider's ids of the message, as our sender reads them from the answer. */
  readonly externalIds: readonly string[];
  /** Absent while the answer is held back, and where the connection was broken instead. */
  readonly answer?: ProviderAnswer | undefined;
  readonly dropped?: true;
  /** The provider's reports, each with the status that our webhook answered; 0 where it did not. */
  readonly reports: readonly {
    readonly state: ReportedState;
    readonly sentAt: string;
    readonly status: number;
  }[];
}

/** Tells whether the provider took the request. */
const isTaken = ({ answer }: OutboxEntry): boolean => answer !== undefined && answer.status < 300;

/** Says in a word what became of a request: what the provider reported last, else how it answered. */
export function stateOfEntry(entry: OutboxEntry): ReportedState | "sending" | "dropped" | "refused" | "sent" {
  const last = entry.reports.at(-1);
  if (last) return last.state;
  if (entry.dropped) return "dropped";
  if (!entry.answer) return "sending";
  return isTaken(entry) ? "sent" : "refused";
}
