import type { OutgoingMessage, ProviderRequest } from "../../model/channelCall.ts";
import { type JsonRecord, withoutUndefined } from "../../model/values/providerValue.ts";
import type { SendTarget } from "../contract.ts";
import { type GraphAccess, graphPost } from "./metaGraph.ts";
import { type MessagingForm, messagesOf } from "./metaMessages.ts";

/** The Send API of a product, and the account that sends. */
export interface MessagingAccount {
  readonly access: GraphAccess;
  readonly form: MessagingForm;
  /** The kind of message, which Messenger asks for. */
  readonly messagingType?: "RESPONSE" | undefined;
}

/**
 * Writes the requests of Messenger and Instagram that show a message.
 * https://developers.facebook.com/docs/messenger-platform/reference/send-api; `reply_to` stands in the parameters of Meta's
 * own facebook_business 26.0.3 (`Page.create_message`).
 */
export function messagingRequests(
  message: OutgoingMessage,
  target: SendTarget,
  { access, form, messagingType }: MessagingAccount,
): readonly ProviderRequest[] {
  const type = withoutUndefined({ messaging_type: messagingType });
  // A payload that the business gave says what is sent, never to whom.
  if (message.override !== undefined) return [sent({ ...type, ...enveloped(message.override) }, target, access)];
  return messagesOf(message.content, form).map((one, place) => {
    const quoted = place === 0 ? message.quotedExternalId : undefined;
    return sent(
      { ...type, ...withoutUndefined({ reply_to: quoted && { mid: quoted } }), message: one },
      target,
      access,
    );
  });
}

/** A payload may be the whole request, or its message alone. */
function enveloped(payload: JsonRecord): JsonRecord {
  const isWhole = ["message", "sender_action", "messaging_type", "tag"].some((name) => name in payload);
  return isWhole ? payload : { message: payload };
}

/** Writes what Messenger and Instagram show that the account does. https://developers.facebook.com/docs/messenger-platform/send-messages/sender-actions */
export const senderAction = (
  action: "typing_on" | "typing_off" | "mark_seen",
  target: SendTarget,
  access: GraphAccess,
): ProviderRequest => sent({ sender_action: action }, target, access);

const sent = (body: JsonRecord, { recipient }: SendTarget, access: GraphAccess): ProviderRequest =>
  graphPost("me/messages", { ...body, recipient: { id: recipient.externalId } }, access);
