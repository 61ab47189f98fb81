import type { Webhook } from "../../model/events/webhook.ts";

/** The forms of a payload, from the largest: what a delivery that would become too large leaves out. */
export const payloadSizes = ["everything", "messageRaw", "content", "text"] as const;

/** The form of a payload: what its webhook asks for, and what a queue holds. */
export interface PayloadForm extends Pick<Webhook, "includeFullUser" | "includeFullSource"> {
  /**
   * What a channel sent, or a message holds: everything; all but the client's original; neither original; of the
   * content no more than its type and text.
   */
  readonly keeps: (typeof payloadSizes)[number];
}
