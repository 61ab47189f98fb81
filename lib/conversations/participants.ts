import { and, at, missing, sizeIs } from "../db/expression.ts";
import {
  byBusiness,
  isOpen,
  listUnderUser,
  participantEntry,
  putNewConversation,
  removeParticipant,
} from "../db/items/conversationItem.ts";
import { replaceUser } from "../db/items/userItem.ts";
import { conversationEntryKey, conversationKey } from "../db/keys.ts";
import { type Conflict, conflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact } from "../db/transact.ts";
import { type Conversation, type Participant, participantLimit } from "../model/conversation.ts";
import type { StoredUser, User } from "../model/user.ts";

/** A user that joins a conversation, as it was read and as it will be. */
export interface EnteringUser {
  readonly storedUser: StoredUser;
  readonly user: User;
}

/**
 * Stores a conversation that a business starts and changes each of its users: it is their first one, or one more.
 * Answers `conflict` if a user changed since it was read.
 */
export async function startBusinessConversation(
  { db }: Pick<Runtime, "db">,
  conversation: Conversation,
  users: readonly EnteringUser[],
): Promise<"started" | Conflict> {
  const written = await transact(db, {
    conversation: putNewConversation(conversation, byBusiness),
    users: users.flatMap((one) => enter(conversation, one)),
  });
  return written.done ? "started" : conflict;
}

/**
 * Adds a participant. Answers `conflict` if the conversation is full or gone, or the user changed since it was read.
 */
export async function joinConversation(
  { db }: Pick<Runtime, "db">,
  conversation: Conversation,
  participant: Participant,
  user: EnteringUser,
): Promise<"joined" | Conflict> {
  const path = at("participants", participant.userId);
  const written = await transact(db, {
    conversation: {
      update: conversationKey(conversation.appId, conversation.id),
      set: { [path]: participantEntry(participant) },
      condition: and(isOpen, missing(path), sizeIs("participants", "<", participantLimit)),
    },
    user: enter(conversation, user),
  });
  return written.done ? "joined" : conflict;
}

/** Removes a participant. Answers `false` if there is none, or no such conversation. */
export async function leaveConversation(
  { db }: Pick<Runtime, "db">,
  conversation: Conversation,
  userId: string,
): Promise<boolean> {
  const written = await transact(db, {
    conversation: removeParticipant(conversation.appId, userId, conversation.id),
    entry: { delete: conversationEntryKey(conversation.appId, userId, conversation.id) },
  });
  return written.done;
}

/** Replaces the user, and lists the conversation under it unless it is the user's first. */
const enter = (conversation: Conversation, { storedUser, user }: EnteringUser): readonly Operation[] =>
  user.defaultConversationId === conversation.id
    ? [replaceUser(user, storedUser)]
    : [
        replaceUser({ ...user, hasMoreConversations: true }, storedUser),
        listUnderUser(conversation.appId, user.id, conversation.id),
      ];
