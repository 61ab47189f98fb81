import { type Device, shownIdentity } from "../../model/client.ts";
import { wireContent } from "../../model/content/contentKinds.ts";
import { type Conversation, type Participant, participantOf } from "../../model/conversation.ts";
import type { Message } from "../../model/message.ts";
import type { User } from "../../model/user.ts";

/**
 * Answers in the form of the Messaging SDKs' wire: version 1 names (`_id`, `appUser`, `properties`) and times in
 * seconds as a fraction. It is no public interface; the required fields were found by leaving each out.
 */

const seconds = (time: string): number => Date.parse(time) / 1000;
const secondsOrNothing = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : seconds(time);

/**
 * The settings of a client's behaviour. There is no realtime transport: clients poll, and an answer without this block
 * breaks them.
 */
const sdkSettings = {
  realtime: { enabled: false, baseUrl: "", retryInterval: 60, maxConnectionAttempts: 0, connectionDelay: 0 },
  // Without it the vendor's SDKs do not send the arguments of `updateUser`.
  profile: { enabled: true, uploadInterval: 60 },
  typing: { enabled: true },
} as const;

const wireDevice = (device: Device): object => ({
  id: device.guid,
  _id: device.id,
  platform: device.type,
  active: device.status === "active",
  integrationId: device.integrationId,
  lastSeen: device.lastSeen,
  info: device.info ?? {},
  appVersion: device.appVersion,
});

/**
 * Writes a user for the SDKs. Every client of the list has an id, a platform, an integration and an `info`, which may
 * be empty: the vendor's Android SDK refuses an answer in which one is missing.
 * @param started whether there is a conversation: if so, a client opens the first one of the list
 */
const wireUser = (user: User, started: boolean): object => ({
  _id: user.id,
  userId: user.externalId,
  givenName: user.profile.givenName,
  surname: user.profile.surname,
  email: user.profile.email,
  avatarUrl: user.profile.avatarUrl,
  locale: user.profile.locale,
  signedUpAt: user.signedUpAt,
  properties: user.metadata,
  hasPaymentInfo: false,
  conversationStarted: started,
  credentialRequired: user.authenticated,
  clients: [
    ...user.devices.map(wireDevice),
    ...user.clients
      .filter((client) => client.type !== "sdk" && client.status !== "pending")
      .map((client) => ({
        _id: client.id,
        id: shownIdentity(client).externalId,
        platform: client.type,
        integrationId: client.integrationId,
        displayName: client.displayName,
        active: client.status === "active",
        info: shownIdentity(client).info ?? {},
      })),
  ],
  pendingClients: user.clients
    .filter((client) => client.status === "pending")
    .map((client) => ({
      _id: client.id,
      id: client.externalId ?? client.id,
      platform: client.type,
      integrationId: client.integrationId,
      displayName: client.displayName,
      info: {},
    })),
});

const wireParticipant = (participant: Participant): object => ({
  _id: participant.id,
  appUserId: participant.userId,
  userId: participant.userExternalId,
  unreadCount: participant.unreadCount,
  lastRead: secondsOrNothing(participant.lastRead),
});

/**
 * Writes a conversation as a user sees it, with the given messages, else with the latest one. The vendor's 4.29 web
 * client reads the unread count from the conversation alone, others from the user among the participants.
 */
export const wireConversation = (
  user: Pick<User, "id">,
  conversation: Conversation,
  messages: readonly Message[] = conversation.latest ? [conversation.latest] : [],
): object => ({
  _id: conversation.id,
  type: conversation.type,
  isDefault: conversation.isDefault,
  displayName: conversation.displayName,
  description: conversation.description,
  iconUrl: conversation.iconUrl,
  metadata: conversation.metadata,
  participants: conversation.participants.map(wireParticipant),
  unreadCount: participantOf(conversation, user.id)?.unreadCount ?? 0,
  messages: messages.map(wireMessage),
  lastUpdatedAt: seconds(conversation.lastUpdatedAt),
  appMakerLastRead: secondsOrNothing(conversation.businessLastRead),
  businessLastRead: secondsOrNothing(conversation.businessLastRead),
});

/**
 * Makes an id for a business author: the vendor's Android SDK refuses a message without one, and tells the people of a
 * business apart by it.
 */
const businessAuthorId = ({ author }: Message): string =>
  author.displayName === undefined ? "business" : `business:${author.displayName}`;

/**
 * Writes a message. What its content holds stands beside the text, as version 1 had it. The vendor's Android SDK shows
 * the `textFallback` of an unknown kind, such as a location.
 */
export const wireMessage = (message: Message): object => ({
  ...wireContent(message.content, message.id),
  _id: message.id,
  authorId: message.author.userId ?? businessAuthorId(message),
  role: message.author.type === "user" ? "appUser" : "appMaker",
  subroles: message.author.subtypes,
  name: message.author.displayName,
  avatarUrl: message.author.avatarUrl,
  received: seconds(message.received),
  metadata: message.metadata,
  quotedMessageId: message.quotedMessage?.type === "message" ? message.quotedMessage.message.id : undefined,
  source: {
    type: message.source.type,
    id: message.source.originalMessageId,
    integrationId: message.source.integrationId,
  },
});

/**
 * Writes the requesting user, and all described users by id: the vendor's Android SDK refuses an answer without both.
 */
function wireUsers(user: User, started: boolean): object {
  const appUser = wireUser(user, started);
  return { appUser, appUsers: { [user.id]: appUser } };
}

/** Answers every call that creates, finds or signs in a user. */
export const userResponse = (
  user: User,
  listed: { readonly conversations: readonly Conversation[]; readonly hasMore: boolean },
  sessionToken?: string,
): object => ({
  ...wireUsers(user, listed.conversations.length > 0 || user.defaultConversationId !== undefined),
  conversations: listed.conversations.map((conversation) => wireConversation(user, conversation)),
  conversationsPagination: { hasMore: listed.hasMore },
  settings: sdkSettings,
  sessionToken,
});

/** Answers a call about one conversation. */
export const conversationResponse = (
  user: User,
  conversation: Conversation,
  page: { readonly messages: readonly Message[]; readonly hasPrevious: boolean; readonly hasNext?: boolean },
): object => ({
  conversation: wireConversation(user, conversation, page.messages.length === 0 ? undefined : page.messages),
  messages: page.messages.map(wireMessage),
  hasPrevious: page.hasPrevious,
  hasNext: page.hasNext ?? false,
  ...wireUsers(user, true),
  settings: sdkSettings,
});
