import type { Item } from "../db.ts";
import { deletionKey } from "../keys.ts";

/** The remaining work of a user's deletion, once no request finds the user any more. */
export interface Deletion {
  readonly appId: string;
  readonly userId: string;
  /** The default conversation, if it still has messages. */
  readonly conversationId: string | undefined;
  readonly hasMoreConversations: boolean;
  /** The users that spoke in groups and were merged into this one. */
  readonly formerIds?: readonly string[] | undefined;
  /** Addresses of the user that are to become vacancies. */
  readonly addresses: readonly string[];
}

/** Tells whether the first step did all the work. */
export const isDone = (left: Deletion): boolean =>
  left.conversationId === undefined && !left.hasMoreConversations && left.addresses.length === 0;

export const deletionItem = ({ appId, userId, ...left }: Deletion): Item => ({
  ...deletionKey(appId, userId),
  ...left,
  addresses: left.addresses.length === 0 ? undefined : left.addresses,
});

export const readDeletion = (appId: string, userId: string, item: Item): Deletion => ({
  appId,
  userId,
  conversationId: item.conversationId,
  hasMoreConversations: item.hasMoreConversations,
  formerIds: item.formerIds,
  addresses: item.addresses ?? [],
});
