import type { DeliveryFailure, FailureReason } from "../../model/channelCall.ts";
import type { Conversation, Participant } from "../../model/conversation.ts";
import type { AppEvent, EventDetail } from "../../model/events/event.ts";
import type { NamedRecords } from "./namedRecords.ts";
import type { PayloadForm } from "./payloadForm.ts";
import { namedConversation, truncatedConversation } from "./shownConversation.ts";
import { shownAuthor, shownMessage } from "./shownMessage.ts";
import { shownSource } from "./shownSource.ts";
import { shownUser } from "./shownUser.ts";

type Detail<Type extends EventDetail["type"]> = Extract<EventDetail, { readonly type: Type }>;

/** Shows the creation of a conversation; the user only of a personal one. */
export function createPayload(
  { conversation, origin }: Detail<"conversation:create">,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const user = personOf(conversation);
  return {
    conversation: truncatedConversation(conversation),
    creationReason: origin.reason,
    source: origin.source && shownSource(origin.source, user && userOf(conversation, user, records), form),
    user: user && shownParticipant(conversation, user, records, form),
    referral: origin.referral,
  };
}

/** Shows a message of a conversation. */
export function messagePayload(
  { message }: Detail<"conversation:message">,
  conversation: { readonly appId: string; readonly id: string },
  records: NamedRecords,
  form: PayloadForm,
): object {
  const { userId } = message.author;
  const author = userId === undefined ? undefined : records.user(conversation.appId, userId);
  return {
    conversation: namedConversation(records, conversation.appId, conversation.id),
    message: shownMessage(message, author, form),
  };
}

/** Shows that a user pressed a button. */
export function postbackPayload(
  { postback, userId, source }: Detail<"conversation:postback">,
  conversation: { readonly appId: string; readonly id: string },
  records: NamedRecords,
  form: PayloadForm,
): object {
  const user = userId === undefined ? undefined : records.user(conversation.appId, userId);
  return {
    postback,
    conversation: namedConversation(records, conversation.appId, conversation.id),
    user: user === undefined ? { id: userId } : shownUser(user, form),
    source: shownSource(source, user, form),
  };
}

/**
 * Shows what became of a message on a channel. Source: the vendor's OpenAPI description,
 * "conversationMessageDeliveryPayload".
 */
export function deliveryPayload(
  { appId, conversationId = "", userId }: AppEvent,
  detail: Detail<`conversation:message:delivery:${"channel" | "failure" | "user"}`>,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const { messageId, destination, externalIds, isFinal, failure } = detail;
  const user = userId === undefined ? undefined : records.user(appId, userId);
  return {
    conversation: namedConversation(records, appId, conversationId),
    user: user === undefined ? userId && { id: userId } : shownUser(user, form),
    destination,
    externalMessages: externalIds.length === 0 ? undefined : externalIds.map((id) => ({ id })),
    message: { id: messageId },
    isFinalEvent: isFinal,
    error: failure && shownFailure(failure),
  };
}

/**
 * The codes of failures. The vendor documents `uncategorized_error` alone; the others are those of its API's errors.
 */
const errorCodes: Readonly<Record<FailureReason, string>> = {
  expired: "uncategorized_error",
  missingField: "unauthorized",
  notPermitted: "forbidden",
  refused: "uncategorized_error",
  unreachable: "not_found",
  windowClosed: "uncategorized_error",
  wrongCredentials: "unauthorized",
};

/** Shows why something did not reach a person. */
export const shownFailure = ({ reason, message }: DeliveryFailure): object => ({ code: errorCodes[reason], message });

/** Shows that a participant, or the business, read a conversation. Which device read is not recorded. */
export function readPayload(
  { conversation, participant }: Detail<"conversation:read">,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const activity =
    participant === undefined
      ? { author: { type: "business" }, source: { type: "api:conversations" } }
      : {
          author: {
            type: "user",
            userId: participant.userId,
            user: shownParticipant(conversation, participant, records, form),
          },
        };
  return { conversation: truncatedConversation(conversation), activity: { type: "conversation:read", ...activity } };
}

/** Shows that a user types, or stopped. */
export const typingPayload = (
  { conversation, activity, user, source }: Detail<"conversation:typing">,
  form: PayloadForm,
): object => ({
  conversation: truncatedConversation(conversation),
  activity: {
    type: activity,
    author: shownAuthor({ type: "user", userId: user.id }, user, form),
    source: shownSource(source, user, form),
  },
});

/** Shows that a user joined or left a group. */
export const membershipPayload = (
  { conversation, participant }: Detail<"conversation:join" | "conversation:leave">,
  records: NamedRecords,
  form: PayloadForm,
): object => ({
  conversation: truncatedConversation(conversation),
  user: shownParticipant(conversation, participant, records, form),
});

/** Shows that a user was referred to a conversation. */
export function referralPayload(
  { conversation, source, referral }: Detail<"conversation:referral">,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const user = personOf(conversation);
  return {
    conversation: truncatedConversation(conversation),
    user: user && shownParticipant(conversation, user, records, form),
    source: shownSource(source, user && userOf(conversation, user, records), form),
    referral,
  };
}

/** Finds the one user of a personal conversation. */
const personOf = ({ type, participants: [first] }: Conversation): Participant | undefined =>
  type === "personal" ? first : undefined;

const userOf = ({ appId }: Conversation, { userId }: Participant, records: NamedRecords) => records.user(appId, userId);

/** Shows a participant as a user; one that is gone since, by what the conversation holds of it. */
function shownParticipant(
  conversation: Conversation,
  participant: Participant,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const user = userOf(conversation, participant, records);
  if (user !== undefined) return shownUser(user, form);
  const { userId: id, userExternalId: externalId } = participant;
  return { id, ...(externalId === undefined ? {} : { externalId }) };
}
