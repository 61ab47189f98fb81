import { type Conversation, type Participant, participantLimit } from "../domain/conversation.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import {
  createConversation,
  enterConversation,
  leaveConversation,
  open,
  participantEntry,
  readConversation,
} from "./conversationItem.ts";
import { emptyPartition } from "./emptyPartition.ts";
import { conversationEntryKey, conversationKey } from "./keys.ts";
import type { Operation, Table } from "./table.ts";
import { replaceUser } from "./userItem.ts";

/** Into what a deleted conversation was merged. */
const none = "";

/** For how many seconds it is left: a request that made it may come again for as long. */
const remembered = 24 * 60 * 60;

/** Who is in a conversation, from when a business starts it to when it is deleted. */
export function membershipStore(table: Table) {
  return {
    /**
     * Stores a conversation that a business starts, with each member as it is from now on: in it for the first time, or in
     * one more.
     *
     * @returns `false` when a member changed since it was read
     */
    async start(conversation: Conversation, members: readonly Member[]): Promise<boolean> {
      const written = await table.transact([
        createConversation(conversation),
        ...members.flatMap((one) => enter(conversation, one)),
      ]);
      return written.done;
    },

    /** Adds a participant. Answers `false` when the conversation is full or gone, or it or the member changed since it was read. */
    async join(conversation: Conversation, participant: Participant, member: Member): Promise<boolean> {
      const written = await table.transact([
        {
          update: conversationKey(conversation.appId, conversation.id),
          change: {
            text: "SET participants.#user = :participant",
            names: { "#user": participant.userId },
            values: { ":participant": participantEntry(participant) },
          },
          condition: {
            text: `${open.text} AND attribute_not_exists(participants.#user) AND size(participants) < :limit`,
            names: { "#user": participant.userId },
            values: { ":limit": participantLimit },
          },
        },
        ...enter(conversation, member),
      ]);
      return written.done;
    },

    /** Removes a participant. Answers `false` when there is none, or no such conversation. */
    async leave(conversation: Conversation, userId: string): Promise<boolean> {
      const written = await table.transact([
        leaveConversation(conversation.appId, userId, conversation.id),
        { delete: conversationEntryKey(conversation.appId, userId, conversation.id) },
      ]);
      return written.done;
    },

    /**
     * Deletes a conversation: in one step nobody finds it any more, then its messages go. Interrupted, a repeated call
     * goes on. For a day the conversation is left as one merged into none: the request that made it makes no other.
     *
     * @returns `false` when there is none, and there are no messages of one left
     */
    async delete(appId: string, conversationId: string): Promise<boolean> {
      const key = conversationKey(appId, conversationId);
      let deleted = false;
      for (;;) {
        const item = await table.get(key);
        if (item === undefined || item.mergedInto === none) break;
        // What is left of a merged conversation is the business of the one it was merged into.
        if (item.mergedInto !== undefined) return false;
        const members = readConversation(item).participants;
        const written = await table.transact([
          {
            put: {
              ...key,
              mergedInto: none,
              participants: {},
              expiresAt: Math.floor(Date.now() / 1000) + remembered,
            },
            // Somebody who joined meanwhile has an entry as well.
            condition: {
              text: [
                open.text,
                "size(participants) = :count",
                ...members.map((_, index) => `attribute_exists(participants.#p${index})`),
              ].join(" AND "),
              names: Object.fromEntries(members.map((one, index) => [`#p${index}`, one.userId])),
              values: { ":count": members.length },
            },
          },
          ...members.map((one) => ({ delete: conversationEntryKey(appId, one.userId, conversationId) })),
        ]);
        deleted = written.done;
        if (deleted) break;
      }
      const emptied = await emptyPartition(table, key.pk);
      return deleted || emptied;
    },
  };
}

/** A user who enters a conversation, as read and as it is from then on. */
export interface Member {
  readonly known: VersionedUser;
  readonly user: User;
}

/** A member's item, and the entry that lists the conversation unless it is the member's first. */
const enter = (conversation: Conversation, { known, user }: Member): readonly Operation[] =>
  user.defaultConversationId === conversation.id
    ? [replaceUser(user, known)]
    : [
        replaceUser({ ...user, hasMoreConversations: true }, known),
        enterConversation(conversation.appId, user.id, conversation.id),
      ];
