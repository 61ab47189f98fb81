import { randomUUID } from "node:crypto";
import { messageEffect } from "../../conversations/messageEffect.ts";
import {
  type Counting,
  countingOnce,
  countLate,
  hasToken,
  isCounted,
  isFull,
  isUnsettled,
  startNextSet,
} from "../../conversations/messageLedger.ts";
import type { Item } from "../../db/db.ts";
import { absent, and, at, compare, equals, exists, increment, missing, or } from "../../db/expression.ts";
import { isOpen, isOpenItem, readConversation, referralChange } from "../../db/items/conversationItem.ts";
import { messageItem } from "../../db/items/messageItem.ts";
import { conversationKey, messageKey } from "../../db/keys.ts";
import { getItem } from "../../db/readItems.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { deleteItem, putItem, updateItem } from "../../db/writeItems.ts";
import type { App } from "../../model/app.ts";
import {
  type Conversation,
  conversationExpiry,
  hasConversationExpired,
  participantOf,
} from "../../model/conversation.ts";
import type { ConversationReferral } from "../../model/events/event.ts";
import type { Message } from "../../model/message.ts";
import type { IdentityOwner } from "../../model/user.ts";

type Appending = Pick<Runtime, "db">;

/** A message of a person with a user, and its place. */
interface ChannelMessage {
  readonly app: App;
  readonly owner: IdentityOwner;
  readonly message: Message;
  /** The person's way into the conversation, if the message brings one. */
  readonly referred?: ConversationReferral | undefined;
  /** The person's first conversation, if it was read with the identities. */
  readonly conversation: Item | undefined;
}

type Appended = "stored" | "repeated" | "moved";

/**
 * Adds a message of a person with a user, then counts it. Two writes cost half as much as a transaction; so each
 * recognises its own repetition by the SDK, and a redelivery counts a message that an interrupted one left uncounted.
 * @returns `moved` if the conversation is merged or gone, or the user not in it
 */
export async function appendChannelMessage(
  runtime: Appending,
  { conversation: met, ...added }: ChannelMessage,
): Promise<Appended> {
  const { app, owner, message } = added;
  const conversationId = owner.conversationId ?? "";
  const conversation = met?.id === conversationId ? met : undefined;
  const nonce = randomUUID();
  const written = await putItem(runtime.db, { ...messageItem(app, conversationId, message), nonce }, absent);
  const earlier = written.done || written.existing?.nonce === nonce ? undefined : written.existing;
  return earlier ? finishEarlier(runtime, added, conversation, earlier) : countNew(runtime, added, conversation);
}

type Added = Omit<ChannelMessage, "conversation">;

const conversationKeyOf = ({ app, owner }: Added) => conversationKey(app.id, owner.conversationId ?? "");
const messageKeyOf = ({ app, owner, message }: Added) => messageKey(app.id, owner.conversationId ?? "", message.id);

/** Counts the message that was just put, or deletes it again if it does not belong there. */
async function countNew(runtime: Appending, added: Added, conversation: Item | undefined): Promise<Appended> {
  if (conversation && isFull(conversation)) await startNextSet(runtime, conversationKeyOf(added), conversation);
  const outcome = await countMessage(runtime, added, true);
  if (outcome.counted) return "stored";
  await deleteItem(runtime.db, messageKeyOf(added));
  return "moved";
}

/** Counts the message that an earlier delivery put, unless it is counted. */
async function finishEarlier(
  runtime: Appending,
  added: Added,
  read: Item | undefined,
  earlier: Item,
): Promise<Appended> {
  const conversation = read ?? (await getItem(runtime.db, conversationKeyOf(added)));
  if (conversation && isCounted(conversation, earlier)) return "repeated";
  const message = { ...added.message, received: earlier.received as string };
  const outcome = await countMessage(runtime, { ...added, message }, false);
  if (outcome.counted) return "repeated";
  // A message from an earlier delivery stays, even if its conversation is another user's now; if a merge moves the
  // conversation, the message moves along.
  if (outcome.existing) return isOpenItem(outcome.existing) ? "repeated" : "moved";
  await deleteItem(runtime.db, messageKeyOf(added));
  return "moved";
}

/**
 * Counts a stored message of a conversation, once, even if other requests do so at the same time.
 * @param isFresh whether this call put the message: an earlier one was counted by the search of its time
 * @returns the conversation's item that refused the count, if it is not counted
 */
async function countMessage(
  runtime: Appending,
  added: Added,
  isFresh: boolean,
): Promise<{ readonly counted: true } | { readonly counted: false; readonly existing: Item | undefined }> {
  const key = conversationKeyOf(added);
  let next = personalEffect(added);
  return retryOnConflict(async () => {
    const written = await updateItem(runtime.db, key, next, next.condition);
    if (written.done) return { counted: true };
    const plan = planCounting(added, written.existing);
    switch (plan.kind) {
      case "counted":
        return { counted: true };
      case "elsewhere":
        return { counted: false, existing: written.existing };
      case "settled":
        if (isFresh) await countLate(runtime, key, messageKeyOf(added));
        return { counted: true };
      case "full":
        await startNextSet(runtime, key, plan.conversation);
        return conflict;
      case "change":
        next = plan.change;
        return conflict;
    }
  });
}

/** The decision on a message that a conversation's item refused to count. */
type CountingPlan =
  | { readonly kind: "counted" }
  /** The conversation is merged or gone, or the user not in it. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "full"; readonly conversation: Item }
  /** The message's time was searched already. */
  | { readonly kind: "settled" }
  | { readonly kind: "change"; readonly change: Counting };

function planCounting(added: Added, existing: Item | undefined): CountingPlan {
  const { app, owner, message } = added;
  if (!isOpenItem(existing)) return { kind: "elsewhere" };
  if (hasToken(existing, message)) return { kind: "counted" };
  const conversation = readConversation(existing);
  if (!participantOf(conversation, owner.userId)) return { kind: "elsewhere" };
  if (isFull(existing)) return { kind: "full", conversation: existing };
  if (conversation.type === "sdkGroup" || hasConversationExpired(conversation, new Date(message.received)))
    return {
      kind: "change",
      change: withReferral(messageEffect(app, conversation, message, owner.clientId), added),
    };
  if (message.received <= (existing.settledUntil ?? "")) return { kind: "settled" };
  return { kind: "change", change: personalEffect(added, conversation) };
}

const withReferral = (change: Counting, { referred }: Added): Counting => ({
  ...change,
  set: { ...change.set, ...referralChange(referred) },
});

/**
 * Decides how a message changes the personal conversation of its author. It becomes the latest unless a later one was
 * counted before it.
 * @param conversation the conversation, if it was read since the message was put
 */
function personalEffect({ app, owner, message, referred }: Added, conversation?: Conversation): Counting {
  const { received } = message;
  const isLatest = conversation === undefined || conversation.lastUpdatedAt <= received;
  const wasSeenLater = (conversation?.clientsSeen[owner.clientId] ?? "") > received;
  const once = countingOnce(message);
  return {
    set: {
      messageCount: increment(1),
      ...(wasSeenLater ? {} : { [at("clientsSeen", owner.clientId)]: received }),
      latest: undefined,
      ...referralChange(referred),
      ...(isLatest ? { lastUpdatedAt: received, lapsesAt: conversationExpiry(app.settings, received) } : {}),
    },
    add: once.add ?? {},
    condition: and(
      isOpen,
      equals("type", "personal"),
      exists(at("participants", owner.userId)),
      or(missing("lapsesAt"), compare("lapsesAt", ">", received)),
      isUnsettled(message),
      once.condition,
      isLatest ? compare("lastUpdatedAt", "<=", received) : undefined,
    ),
  };
}
