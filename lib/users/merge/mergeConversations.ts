import { and, at, equals, increment } from "../../db/expression.ts";
import { isOpen } from "../../db/items/conversationItem.ts";
import { conversationKey } from "../../db/keys.ts";
import type { Operation } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import {
  type ClientAssociation,
  type Conversation,
  hasConversationExpired,
  joinAssociations,
  participantOf,
  withAssociation,
  withoutExpired,
} from "../../model/conversation.ts";
import { now } from "../../model/sources/clock.ts";

/** The users of the two conversations. */
interface MergedParticipants {
  readonly survivorId: string;
  readonly discardedId: string;
  readonly clientName: (clientId: string) => string;
  /** The client that becomes the primary one. */
  readonly primary: ClientAssociation | undefined;
}

/**
 * Merges two conversations: the kept one counts the messages of the other and lists it until they have moved, and the
 * other names the kept one.
 */
export function mergeConversations(
  app: App,
  kept: Conversation,
  moved: Conversation,
  { survivorId, discardedId, clientName, primary }: MergedParticipants,
): readonly [kept: Operation, moved: Operation] {
  const [, latest = kept.lastUpdatedAt] = [kept.lastUpdatedAt, moved.lastUpdatedAt].sort();
  const [keptHasExpired, added] = [hasConversationExpired(kept, now()), withoutExpired(moved, now())];
  const unread = participantOf(added, discardedId)?.unreadCount ?? 0;
  const joined = joinAssociations(participantOf(kept, survivorId), participantOf(moved, discardedId), clientName);
  const expiries = [kept.lapsesAt, moved.lapsesAt].filter((expiry) => expiry !== undefined).sort();
  // Messages of an expired conversation are not counted.
  const counted = (more: number) => (keptHasExpired ? more : increment(more));
  return [
    {
      update: conversationKey(app.id, kept.id),
      set: {
        messageCount: counted(added.messageCount),
        lastUpdatedAt: latest,
        [at("participants", survivorId, "clients")]: primary ? withAssociation(joined, primary, true) : joined,
        [at("participants", survivorId, "unreadCount")]: counted(unread),
        ...(expiries.length === 0 ? {} : { lapsesAt: expiries.at(-1) }),
        latest: undefined,
      },
      add: { absorbing: new Set([moved.id, ...moved.mergedConversationIds]) },
      condition: and(isOpen, equals("lastUpdatedAt", kept.lastUpdatedAt)),
    },
    {
      update: conversationKey(app.id, moved.id),
      set: { mergedInto: kept.id },
      condition: and(isOpen, equals("messageCount", moved.messageCount)),
    },
  ];
}
