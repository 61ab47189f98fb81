import type { AppEvent } from "../../model/events/event.ts";
import {
  createPayload,
  deliveryPayload,
  membershipPayload,
  messagePayload,
  postbackPayload,
  readPayload,
  referralPayload,
  typingPayload,
} from "./conversationPayloads.ts";
import type { NamedRecords } from "./namedRecords.ts";
import type { PayloadForm } from "./payloadForm.ts";
import { truncatedConversation } from "./shownConversation.ts";
import { truncatedUser } from "./shownUser.ts";
import { clientPayload, mergePayload, updatePayload } from "./userPayloads.ts";

/** Makes the payload of an event in the form that a webhook receives. Source: the vendor's "Webhook Triggers". */
export function payloadOf(event: AppEvent, records: NamedRecords, form: PayloadForm): object {
  const { appId, conversationId = "", detail } = event;
  switch (detail.type) {
    case "conversation:create":
      return createPayload(detail, records, form);
    case "conversation:message":
      return messagePayload(detail, { appId, id: conversationId }, records, form);
    case "conversation:message:delivery:channel":
    case "conversation:message:delivery:failure":
    case "conversation:message:delivery:user":
      return deliveryPayload(event, detail, records, form);
    case "conversation:postback":
      return postbackPayload(detail, { appId, id: conversationId }, records, form);
    case "conversation:read":
      return readPayload(detail, records, form);
    case "conversation:typing":
      return typingPayload(detail, form);
    case "conversation:join":
    case "conversation:leave":
      return membershipPayload(detail, records, form);
    case "conversation:remove":
      return { conversation: truncatedConversation(detail.conversation) };
    case "conversation:referral":
      return referralPayload(detail, records, form);
    case "client:add":
    case "client:update":
    case "client:remove":
      return clientPayload(detail, records, form);
    case "user:update":
      return updatePayload(detail, form);
    case "user:remove":
      // Nothing but the ids outlives the user, whatever a webhook includes.
      return { user: truncatedUser(detail.user) };
    case "user:merge":
      return mergePayload(detail, records, form);
  }
}
