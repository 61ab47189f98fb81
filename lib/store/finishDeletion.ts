import { absorbAll } from "./absorbing.ts";
import { leaveConversation, readConversation } from "./conversationItem.ts";
import { type Deletion, readDeletion } from "./deletionItem.ts";
import { emptyPartition } from "./emptyPartition.ts";
import {
  conversationEntryKey,
  conversationEntryPrefix,
  conversationKey,
  deletionKey,
  messagePrefix,
  userKey,
} from "./keys.ts";
import { unexpired } from "./messageItem.ts";
import { uncount } from "./messageLedger.ts";
import { pagesOf } from "./pagesOf.ts";
import { type Item, present, type Table } from "./table.ts";
import type { Standing } from "./userItem.ts";
import { vacate } from "./vacate.ts";

/** Messages deleted in one transaction, which also counts them: it holds a hundred operations. */
const step = 99;

/** Goes on with the deletion of a user that was interrupted. Answers whether anything was left to do. */
export async function resumeDeletion(table: Table, appId: string, userId: string): Promise<boolean> {
  const item = await table.get(deletionKey(appId, userId));
  if (item !== undefined) await finishDeletion(table, readDeletion(appId, userId, item));
  return item !== undefined;
}

/** Goes on with the deletion of who stood at an address before what says so is written over. */
export async function resumeDeletionAt(table: Table, appId: string, standing: Standing | undefined): Promise<void> {
  if (standing?.kind === "vacancy" && standing.of !== undefined) await resumeDeletion(table, appId, standing.of);
}

/**
 * Does what the deletion of a user has left to do: what is unbounded, and nobody's any more. May be interrupted anywhere
 * and called again by anybody, at the same time too: what is left is written down until nothing is.
 */
export async function finishDeletion(table: Table, left: Deletion): Promise<void> {
  const { appId, userId } = left;
  for (const address of left.addresses) await vacate(table, appId, address, userId);
  if (left.conversationId !== undefined) await emptyPartition(table, conversationKey(appId, left.conversationId).pk);
  if (left.hasMoreConversations) await leaveAll(table, left);
  await table.delete(deletionKey(appId, userId));
}

/** The entries in the user's partition say which conversations are left; each goes when its conversation is done with. */
async function leaveAll(table: Table, left: Deletion): Promise<void> {
  const { appId, userId } = left;
  for (;;) {
    const { items } = await table.query({
      partition: userKey(appId, userId).pk,
      prefix: conversationEntryPrefix,
      limit: 25,
    });
    if (items.length === 0) return;
    for (const { id } of items) {
      await leave(table, left, id);
      await table.delete(conversationEntryKey(appId, userId, id));
    }
  }
}

/** A personal conversation goes with its person; a group goes on without the person and what the person said there. */
async function leave(table: Table, left: Deletion, conversationId: string): Promise<void> {
  const { appId, userId } = left;
  const key = conversationKey(appId, conversationId);
  let item = await table.get(key);
  while (item?.type === "sdkGroup") {
    const { update, change, condition } = leaveConversation(appId, userId, conversationId);
    await table.update(update, change, condition);
    if (await unsay(table, item, new Set([userId, ...(left.formerIds ?? [])]))) return;
    item = await table.get(key);
  }
  // What is left of a merged conversation is the business of the one it was merged into.
  if (item?.mergedInto !== undefined) return;
  if (item !== undefined) {
    await absorbAll(table, readConversation(item));
    await table.delete(key);
  }
  await emptyPartition(table, key.pk);
}

/**
 * Deletes what a user said in a conversation of several, also as somebody who was merged into the user since. It reads all
 * that was said: nothing lists one person's words.
 *
 * @returns `false` when somebody else deleted messages, or the conversation, meanwhile
 */
async function unsay(table: Table, standing: Item, speakers: ReadonlySet<unknown>): Promise<boolean> {
  const key = { pk: standing.pk, sk: standing.sk };
  for await (const items of pagesOf(table, { partition: key.pk, prefix: messagePrefix, limit: 1_000 })) {
    const own = items.filter((message) => speakers.has(JSON.parse(message.author).userId));
    for (let start = 0; start < own.length; start += step) {
      const part = own.slice(start, start + step);
      const written = await table.transact([
        ...part.map((message) => ({ delete: { pk: key.pk, sk: message.sk as string }, condition: present })),
        uncount(key, standing, unexpired(part)),
      ]);
      if (!written.done) return false;
    }
  }
  return true;
}
