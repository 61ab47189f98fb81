import type { ChannelType } from "../../model/channel.ts";
import type { DeliveryFailure } from "../../model/channelCall.ts";
import type { ReportedState } from "./outboxEntry.ts";

/** What became of a message at a client, as the table has it. */
export interface SentRecord {
  readonly messageId: string;
  readonly clientId: string;
  readonly destination?: { readonly type: ChannelType; readonly integrationId: string } | undefined;
  readonly externalIds: readonly string[];
  readonly outcome?:
    | { readonly kind: "accepted" }
    | { readonly kind: "failed"; readonly failure: DeliveryFailure }
    | undefined;
  readonly report?: { readonly state: ReportedState; readonly failure?: DeliveryFailure | undefined } | undefined;
}

/** Shows what became of a message: in a word, and why if it failed. */
export const shownSent = ({ messageId, clientId, destination, externalIds, outcome, report }: SentRecord) => ({
  ...{ messageId, clientId, externalIds },
  channel: destination?.type,
  integrationId: destination?.integrationId,
  state: report?.state ?? (outcome ? (outcome.kind === "failed" ? "failed" : "sent") : "sending"),
  failure: report?.failure ?? (outcome?.kind === "failed" ? outcome.failure : undefined),
});
