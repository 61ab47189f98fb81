import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../../lib/db/db.ts";
import { readMessage } from "../../../lib/db/items/messageItem.ts";
import { conversationKey, messagePrefix } from "../../../lib/db/keys.ts";
import { queryItems } from "../../../lib/db/readItems.ts";
import type { Conversation } from "../../../lib/model/conversation.ts";
import { deletePersonalInformation } from "../../../lib/users/delete/deletePersonalInformation.ts";
import { newTable, putAll } from "../../support/newTable.ts";
import { participant, storeConversation } from "../../support/storedConversation.ts";
import { app, storeUser } from "../../support/storedUsers.ts";
import { freshId } from "../../support/unique.ts";
import { listUnder, storeMessages } from "../../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

/** Stores a conversation of this type in which these users take part. */
const storeConversationOf = (
  type: Conversation["type"],
  userIds: readonly string[],
  more: Partial<Conversation> = {},
) =>
  storeConversation(
    db,
    userIds.map((userId) => participant(userId, { clientAssociations: [] })),
    { type, ...more },
  );

describe("what tells who wrote a message", () => {
  const authorsIn = async (conversation: Conversation) =>
    (
      await queryItems(db, {
        partition: conversationKey(app.id, conversation.id).pk,
        prefix: messagePrefix,
        limit: 2_000,
      })
    ).items.map((item) => readMessage(item).author.displayName);

  test("goes from every message of the user, also where there are more than one reading holds", async () => {
    const [id, merged, other] = [freshId(), freshId(), freshId()];
    const first = await storeConversationOf("personal", [id]);
    await storeUser(db, { id, defaultConversationId: first.id, hasMoreConversations: true, formerIds: [merged] });
    const early = await storeConversationOf("personal", []);
    const second = await storeConversationOf("personal", [id], { mergedConversationIds: [early.id] });
    const group = await storeConversationOf("sdkGroup", [id, other]);
    const closed = { ...second, id: freshId() };
    await listUnder(db, id, second, group, closed);
    for (const [one, users] of [
      [first, Array.from({ length: 1_003 }, () => id)],
      [second, [merged]],
      [early, [id]],
      [group, [id, merged, other]],
    ] as const)
      await storeMessages(db, one, ...users);
    for (const one of [first, second, early, group]) await rename(one);
    expect(await deletePersonalInformation({ db }, app, id)).toMatchObject({ id });
    expect(new Set(await authorsIn(first))).toEqual(new Set([undefined]));
    expect(await authorsIn(second)).toEqual([undefined, undefined]);
    expect((await authorsIn(group)).filter((name) => name !== undefined)).toEqual([other]);
  });

  /** Gives every message of a conversation an author's name. */
  async function rename(conversation: Conversation): Promise<void> {
    const { pk } = conversationKey(app.id, conversation.id);
    const { items } = await queryItems(db, { partition: pk, prefix: messagePrefix, limit: 2_000 });
    await putAll(
      db,
      items.map((item) => {
        const author = JSON.parse(item.author);
        return { ...item, author: JSON.stringify({ ...author, displayName: author.userId }) };
      }),
    );
  }
});
