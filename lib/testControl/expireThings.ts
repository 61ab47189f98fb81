import type { Db } from "../db/db.ts";
import { present } from "../db/expression.ts";
import { conversationKey, type Key, messagePrefix } from "../db/keys.ts";
import { queryItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { scanItems } from "../db/scanItems.ts";
import { deleteItems, updateItem } from "../db/writeItems.ts";
import { withoutSessions } from "../model/device.ts";
import { findUserById } from "../users/findUser.ts";
import { updateUser } from "../users/updateUser.ts";

/** Deletes what has expired by the clock, as DynamoDB does within days; answers the number of items. */
export async function deleteExpired({ db, now }: Pick<Runtime, "db" | "now">): Promise<number> {
  const seconds = now().getTime() / 1000;
  const expired: Key[] = [];
  for await (const items of scanItems(db))
    for (const { pk, sk, expiresAt } of items)
      if (expiresAt !== undefined && expiresAt <= seconds) expired.push({ pk, sk });
  await deleteItems(db, expired);
  return expired.length;
}

/** Lets all messages of a conversation expire, as a retention of the app's would; answers their number. */
export async function expireMessages(
  { db, now }: Pick<Runtime, "db" | "now">,
  appId: string,
  conversationId: string,
): Promise<number> {
  const key = conversationKey(appId, conversationId);
  const expiresAt = Math.floor(now().getTime() / 1000) - 1;
  const messages = await messagesOf(db, key.pk);
  for (const message of messages) await updateItem(db, message, { set: { expiresAt } }, present);
  const lapsesAt = new Date(expiresAt * 1000).toISOString();
  await updateItem(db, key, { set: { lapsesAt, latest: undefined } }, present);
  return messages.length;
}

async function messagesOf(db: Db, partition: string): Promise<readonly Key[]> {
  const found: Key[] = [];
  let beyond: string | undefined;
  do {
    const range = { partition, prefix: messagePrefix, limit: 100, ...(beyond === undefined ? {} : { beyond }) };
    const { items, more } = await queryItems(db, range);
    found.push(...items.map(({ pk, sk }) => ({ pk, sk })));
    beyond = more ? found.at(-1)?.sk : undefined;
  } while (beyond !== undefined);
  return found;
}

/** Ends all sessions of a user's devices; tells whether there is such a user. */
export async function endSessions(runtime: Pick<Runtime, "db">, appId: string, userId: string): Promise<boolean> {
  const found = await findUserById(runtime, appId, userId);
  if (found === undefined) return false;
  await updateUser(runtime, found, withoutSessions);
  return true;
}
