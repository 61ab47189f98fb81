import type { Db } from "../db/db.ts";
import { conversationEntryPrefix, userKey } from "../db/keys.ts";
import { queryItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { Conversation } from "../model/conversation.ts";
import type { PageQuery } from "../model/page.ts";
import type { User } from "../model/user.ts";
import { findConversations, withMergedMessages } from "./findConversation.ts";
import { withLatestMessage } from "./listMessages.ts";

/** Number of conversations that an SDK reads at a time. */
const sdkPageSize = 10;

/** Number of a user's conversations that are sorted by their latest activity: as many as one call reads. */
const orderedByActivity = 100;

/**
 * Lists a user's conversations as an SDK shows them, ten from an offset on, each with its latest message: the one with
 * the latest activity comes first. Those beyond a hundred come in the order in which they were joined.
 * @param options `alreadyRead` is a conversation that the caller has read
 */
export async function listConversationsOf(
  runtime: Pick<Runtime, "db" | "now">,
  user: User,
  { offset = 0, alreadyRead }: { readonly offset?: number; readonly alreadyRead?: Conversation | undefined } = {},
): Promise<{ readonly conversations: readonly Conversation[]; readonly hasMore: boolean }> {
  const { ids, hasNext } = await pageConversationIds(runtime, user, {
    size: Math.max(orderedByActivity, offset + sdkPageSize),
  });
  const [from, to] = offset < orderedByActivity ? [0, orderedByActivity] : [offset, offset + sdkPageSize];
  const wanted = ids.slice(from, to);
  const read = await findConversations(
    runtime,
    user.appId,
    wanted.filter((id) => id !== alreadyRead?.id),
  );
  const found = wanted.flatMap((id) => [alreadyRead, ...read].find((conversation) => conversation?.id === id) ?? []);
  if (from === 0) found.sort((a, b) => b.lastUpdatedAt.localeCompare(a.lastUpdatedAt));
  const page = found.slice(offset - from, offset - from + sdkPageSize);
  return {
    conversations: await Promise.all(
      page.map(async (conversation) => withLatestMessage(runtime, await withMergedMessages(runtime, conversation))),
    ),
    hasMore: hasNext || from + found.length > offset + sdkPageSize,
  };
}

type Listed = Pick<User, "appId" | "id" | "defaultConversationId" | "hasMoreConversations">;

/**
 * Reads one page of the ids of a user's conversations: the first one, then the others in the order in which they were
 * joined.
 */
export async function pageConversationIds(
  { db }: Pick<Runtime, "db">,
  user: Listed,
  query: PageQuery,
): Promise<{ readonly ids: readonly string[]; readonly hasNext: boolean; readonly hasPrevious: boolean }> {
  const first = user.defaultConversationId === undefined ? [] : [user.defaultConversationId];
  const cursor = query.after ?? query.before;
  const descending = query.before !== undefined;
  if (descending && cursor === first[0]) return { ids: [], hasNext: true, hasPrevious: false };
  const { entries, more } = user.hasMoreConversations ? await readEntries(db, user, query) : noEntries;
  if (descending) {
    const all = [...(more ? [] : first), ...entries.toReversed()];
    return { ids: all.slice(-query.size), hasNext: true, hasPrevious: more || all.length > query.size };
  }
  const all = [...(cursor === undefined ? first : []), ...entries];
  return {
    ids: all.slice(0, query.size),
    hasNext: more || all.length > query.size,
    hasPrevious: cursor !== undefined,
  };
}

/** The ids of a user's conversations beyond the first, in the direction of a query. */
interface Entries {
  readonly entries: readonly string[];
  readonly more: boolean;
}

const noEntries: Entries = { entries: [], more: false };

async function readEntries(db: Db, user: Listed, { after, before, size }: PageQuery): Promise<Entries> {
  const cursor = after ?? before;
  const fromStart = cursor === undefined || cursor === user.defaultConversationId;
  const { items, more } = await queryItems(db, {
    partition: userKey(user.appId, user.id).pk,
    prefix: conversationEntryPrefix,
    ...(fromStart ? {} : { beyond: conversationEntryPrefix + cursor }),
    descending: before !== undefined,
    limit: size,
  });
  return { entries: items.map((item) => item.id as string), more };
}
