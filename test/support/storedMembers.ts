import type { Db } from "../../lib/db/db.ts";
import { conversationEntryKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/model/conversation.ts";
import type { User } from "../../lib/model/user.ts";
import { app, storeUser } from "./storedUsers.ts";
import { freshId } from "./unique.ts";

/** Stores a user that may become a member of a group. */
export const storeMember = async (db: Db, fields?: Partial<User>): Promise<User> => (await storeUser(db, fields)).user;

/** Makes a group of these users, which is not stored. */
export const groupOf = (...users: readonly User[]): Conversation =>
  newConversation(app.id, freshId(), new Date(), {
    type: "sdkGroup",
    isDefault: false,
    participants: users.map((user) => newParticipant(freshId(), user, [])),
  });

/** Reads the entry that lists a conversation under a user. */
export const readEntry = (db: Db, user: User, { id }: Conversation) =>
  getItem(db, conversationEntryKey(app.id, user.id, id));
