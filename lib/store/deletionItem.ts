import { deletionKey } from "./keys.ts";
import type { Item } from "./table.ts";

/** What the deletion of a user has left to do once nobody finds the person any more. */
export interface Deletion {
  readonly appId: string;
  readonly userId: string;
  /** The default conversation, of which the messages are left. */
  readonly conversationId: string | undefined;
  readonly hasMoreConversations: boolean;
  /** Who else spoke in groups and was merged into the user. */
  readonly formerIds?: readonly string[] | undefined;
  /** Addresses that lead nowhere now, and are to say so. */
  readonly addresses: readonly string[];
}

/** Whether the first step was all there was to do. */
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
