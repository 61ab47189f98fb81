import { type Conversation, participantOf, withoutLapsed } from "../domain/conversation.ts";
import type { PageQuery } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import type { User } from "../domain/user.ts";
import { absorbAll } from "./absorbing.ts";
import { conversationItem, open, readConversation } from "./conversationItem.ts";
import { conversationEntryPrefix, conversationKey, userKey } from "./keys.ts";
import { withLatest } from "./messages.ts";
import type { Table } from "./table.ts";

/** How many conversations an SDK reads at a time. */
const sdkPageSize = 10;

/** How many of a user's conversations are put in the order of their latest activity: as many as one call reads. */
const orderedByActivity = 100;

export type ConversationStore = ReturnType<typeof conversationStore>;

/** Conversations with their participants, and the entries that list them under each user. */
export function conversationStore(table: Table) {
  /** With every message that a merge left to move into it. */
  const whole = async (conversation: Conversation): Promise<Conversation> =>
    conversation.absorbing.length === 0 ? conversation : absorbAll(table, conversation);

  const find = async (appId: string, conversationId: string): Promise<Conversation | undefined> => {
    const item = await table.get(conversationKey(appId, conversationId));
    if (item === undefined || item.mergedInto !== undefined) return undefined;
    return whole(withoutLapsed(readConversation(item), new Date()));
  };

  return {
    find,

    /**
     * A conversation that this user is in.
     *
     * @throws Refusal `conversation_not_found` for one that does not exist, and alike for one of others
     */
    async findOf(user: User, conversationId = ""): Promise<Conversation> {
      const conversation = await find(user.appId, conversationId);
      if (!conversation || !participantOf(conversation, user.id)) throw refuse.conversationNotFound();
      return conversation;
    },

    /** The conversations of these ids that exist, in the order given. */
    async findAll(appId: string, conversationIds: readonly string[]): Promise<readonly Conversation[]> {
      const items = await table.getAll(conversationIds.map((id) => conversationKey(appId, id)));
      return items.flatMap((item) =>
        item === undefined || item.mergedInto !== undefined ? [] : [withoutLapsed(readConversation(item), new Date())],
      );
    },

    /**
     * A user's conversations as an SDK lists them, ten from an offset on, each with what was said last: the one in which
     * something happened last comes first. Beyond a hundred they come in the order they were entered.
     *
     * @param known one that was read already
     */
    async listOf(
      user: User,
      offset = 0,
      known?: Conversation,
    ): Promise<{ readonly conversations: readonly Conversation[]; readonly hasMore: boolean }> {
      const { ids, hasNext } = await this.idsOf(user, { size: Math.max(orderedByActivity, offset + sdkPageSize) });
      const [from, to] = offset < orderedByActivity ? [0, orderedByActivity] : [offset, offset + sdkPageSize];
      const wanted = ids.slice(from, to);
      const unknown = await this.findAll(
        user.appId,
        wanted.filter((id) => id !== known?.id),
      );
      const found = wanted.flatMap((id) => [known, ...unknown].find((one) => one?.id === id) ?? []);
      if (from === 0) found.sort((a, b) => b.lastUpdatedAt.localeCompare(a.lastUpdatedAt));
      const page = found.slice(offset - from, offset - from + sdkPageSize);
      return {
        conversations: await Promise.all(page.map(async (one) => withLatest(table, await whole(one)))),
        hasMore: hasNext || from + found.length > offset + sdkPageSize,
      };
    },

    /** One page of the ids of a user's conversations: the first one, then the others in the order they were entered. */
    async idsOf(
      user: Pick<User, "appId" | "id" | "defaultConversationId" | "hasMoreConversations">,
      query: PageQuery,
    ): Promise<{ readonly ids: readonly string[]; readonly hasNext: boolean; readonly hasPrevious: boolean }> {
      const first = user.defaultConversationId === undefined ? [] : [user.defaultConversationId];
      const cursor = query.after ?? query.before;
      const descending = query.before !== undefined;
      if (!user.hasMoreConversations) {
        const ids = cursor === undefined || (descending && cursor !== first[0]) ? first : [];
        return { ids, hasNext: descending, hasPrevious: !descending && cursor !== undefined };
      }
      if (descending && cursor === first[0]) return { ids: [], hasNext: true, hasPrevious: false };
      const beyond = cursor === undefined || cursor === first[0] ? undefined : conversationEntryPrefix + cursor;
      const { items, more } = await table.query({
        partition: userKey(user.appId, user.id).pk,
        prefix: conversationEntryPrefix,
        ...(beyond === undefined ? {} : { beyond }),
        descending,
        limit: query.size,
      });
      const entries = items.map((item) => item.id as string);
      const beginning = descending ? !more : cursor === undefined;
      const whole = descending
        ? [...(beginning ? first : []), ...entries.reverse()]
        : [...(beginning ? first : []), ...entries];
      const ids = descending ? whole.slice(-query.size) : whole.slice(0, query.size);
      return descending
        ? { ids, hasNext: true, hasPrevious: more || whole.length > query.size }
        : { ids, hasNext: more || whole.length > query.size, hasPrevious: cursor !== undefined };
    },

    /** Changes name, description, icon and metadata as they stand now; `undefined` when the conversation is gone. */
    async update(
      appId: string,
      conversationId: string,
      change: (now: Conversation) => Conversation,
    ): Promise<Conversation | undefined> {
      let standing = await table.get(conversationKey(appId, conversationId));
      for (;;) {
        if (standing === undefined || standing.mergedInto !== undefined) return undefined;
        const next = conversationItem(change(readConversation(standing)));
        const names = ["displayName", "description", "iconUrl", "metadata"] as const;
        const kept = names.filter((name) => next[name] !== undefined);
        const cleared = names.filter((name) => next[name] === undefined);
        const version = standing.version ?? 0;
        const written = await table.update(
          conversationKey(appId, conversationId),
          {
            text: `SET version = :version${kept.map((name) => `, #${name} = :${name}`).join("")}${
              cleared.length === 0 ? "" : ` REMOVE ${cleared.map((name) => `#${name}`).join(", ")}`
            }`,
            names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
            values: { ":version": version + 1, ...Object.fromEntries(kept.map((name) => [`:${name}`, next[name]])) },
          },
          {
            text: `${open.text} AND (attribute_not_exists(version) OR version = :was)`,
            values: { ":was": version },
          },
        );
        // The counters may have moved on meanwhile, so what is answered is read again.
        if (written.done) return find(appId, conversationId);
        standing = written.standing;
      }
    },

    /** Marks everything read: by one participant, or by the business. Answers `false` when there is no such conversation or participant. */
    async markRead(
      appId: string,
      conversationId: string,
      reader: { readonly userId: string } | "business",
      now: Date,
    ): Promise<boolean> {
      const written = await table.update(
        conversationKey(appId, conversationId),
        reader === "business"
          ? { text: "SET businessLastRead = :now", values: { ":now": now.toISOString() } }
          : {
              text: "SET participants.#user.unreadCount = :none, participants.#user.lastRead = :now",
              names: { "#user": reader.userId },
              values: { ":none": 0, ":now": now.toISOString() },
            },
        reader === "business"
          ? open
          : { text: `${open.text} AND attribute_exists(participants.#user)`, names: { "#user": reader.userId } },
      );
      return written.done;
    },
  };
}
