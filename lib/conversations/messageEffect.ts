import { and, at, compare, equals, exists, increment } from "../db/expression.ts";
import { isOpen, latestMessageCopy } from "../db/items/conversationItem.ts";
import type { App } from "../model/app.ts";
import {
  type Conversation,
  conversationExpiry,
  hasConversationExpired,
  messageLimit,
  type Participant,
} from "../model/conversation.ts";
import type { Message } from "../model/message.ts";
import { type Counting, countingOnce } from "./messageLedger.ts";

/**
 * Decides how a message changes its conversation: it is counted, it becomes the latest, and it is unread for every
 * participant except its author. In an expired conversation everything is counted anew.
 * @param clientId the channel's client from which it came
 */
export function messageEffect(app: App, conversation: Conversation, message: Message, clientId?: string): Counting {
  const counting = clientId === undefined ? undefined : countingOnce(message);
  const hasExpired = hasConversationExpired(conversation, new Date(message.received));
  const expiry = conversationExpiry(app.settings, message.received);
  const affected = participantsConcerned(conversation, message, hasExpired);
  return {
    set: {
      lastUpdatedAt: message.received,
      messageCount: hasExpired ? 1 : increment(1),
      lapsesAt: expiry,
      // A channel's message may have been deleted since it was stored, so no copy is kept.
      latest: clientId === undefined ? latestMessageCopy(message, expiry) : undefined,
      ...Object.fromEntries(affected.flatMap((one) => unreadChange(conversation, message, one, hasExpired))),
      ...(clientId === undefined ? {} : { [at("clientsSeen", clientId)]: message.received }),
      ...(counting && hasExpired ? { counted: counting.add?.counted, countedBefore: undefined } : {}),
    },
    ...(counting && !hasExpired ? { add: counting.add } : {}),
    condition: and(
      isOpen,
      hasExpired ? equals("lapsesAt", conversation.lapsesAt) : undefined,
      // A channel cannot be told of a limit, and a message that it acknowledged would be lost.
      hasExpired || clientId !== undefined ? undefined : compare("messageCount", "<", messageLimit),
      ...affected.map(({ userId }) => exists(at("participants", userId))),
      counting?.condition,
    ),
  };
}

/** Tells whether participants other than the author are to read the message. */
const isHeard = ({ type }: Conversation, { author }: Message): boolean =>
  author.userId === undefined || type === "sdkGroup";

/**
 * Picks the participants with entries that change or must exist: a user that left or was deleted meanwhile neither
 * writes nor reads here.
 */
function participantsConcerned(
  conversation: Conversation,
  message: Message,
  hasExpired: boolean,
): readonly Pick<Participant, "userId">[] {
  const { userId } = message.author;
  return userId === undefined || isHeard(conversation, message) || hasExpired
    ? conversation.participants
    : [{ userId }];
}

function unreadChange(
  conversation: Conversation,
  message: Message,
  { userId }: Pick<Participant, "userId">,
  hasExpired: boolean,
): readonly (readonly [path: string, change: ReturnType<typeof increment> | number])[] {
  const more = isHeard(conversation, message) && userId !== message.author.userId ? 1 : 0;
  const path = at("participants", userId, "unreadCount");
  if (hasExpired) return [[path, more]];
  return more === 0 ? [] : [[path, increment(more)]];
}
