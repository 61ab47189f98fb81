import { readConversationRecord } from "../../db/items/conversationItem.ts";
import { readMessage, unexpired } from "../../db/items/messageItem.ts";
import { readSent, type SentMessage, type SentPlace } from "../../db/items/sentItem.ts";
import { readAddressRecord } from "../../db/items/userItem.ts";
import { conversationKey, messageKey, sentKey, userKey } from "../../db/keys.ts";
import { getItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { Message } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import { followRedirects } from "../../users/findUser.ts";

export type MessageTask = Extract<ChannelTask, { readonly kind: "message" }>;

/** A message that is to be sent, as everything about it stands in the table now. */
export interface SendingNow {
  /** The place of what becomes of the message: beside it, wherever it has moved. */
  readonly place: SentPlace;
  readonly message: Message;
  /** The time at which the message expires, in seconds since 1970. */
  readonly expiresAt: number | undefined;
  readonly conversation: Conversation;
  readonly user: User;
  /** What became of it so far. */
  readonly sent: SentMessage | undefined;
}

type Gone = "conversation gone" | "message gone" | "user gone";

/** Number of conversations that are followed to the one into which they were merged. */
const mergeLimit = 10;

/**
 * Reads a message that is to be sent, with its conversation and its user: where they are now, if they were merged into
 * others. Answers what is gone, if anything is.
 */
export async function readSending(runtime: Pick<Runtime, "db">, task: MessageTask): Promise<SendingNow | Gone> {
  const { appId, userId } = task;
  const key = userKey(appId, userId);
  const [read, [userItem]] = await Promise.all([readMoved(runtime, task), getItems(runtime.db, [key])]);
  if (typeof read === "string") return read;
  const stored = await followRedirects(runtime, appId, userItem && readAddressRecord(userItem));
  return stored === undefined ? "user gone" : { ...read, user: stored.user };
}

/** Reads a message in its conversation, or in the one into which that was merged. */
async function readMoved({ db }: Pick<Runtime, "db">, task: MessageTask): Promise<Omit<SendingNow, "user"> | Gone> {
  const { appId, messageId, clientId } = task;
  let found: Omit<SendingNow, "user" | "conversation" | "sent"> | undefined;
  let sent: SentMessage | undefined;
  let conversationId = task.conversationId;
  let looked = "";
  for (let step = 0; step < mergeLimit; step++) {
    const [conversationItem, messageItem, sentItem] = await getItems(db, [
      conversationKey(appId, conversationId),
      messageKey(appId, conversationId, messageId),
      sentKey(appId, conversationId, messageId, clientId),
    ]);
    sent ??= sentItem && readSent(sentItem);
    const [item] = unexpired(messageItem === undefined ? [] : [messageItem]);
    if (item !== undefined)
      found ??= {
        place: { appId, conversationId, messageId, clientId },
        message: readMessage(item),
        expiresAt: item.expiresAt,
      };
    const record = readConversationRecord(conversationItem);
    if (record?.kind === "merged") conversationId = record.into;
    else if (record?.kind !== "open") return "conversation gone";
    else if (found !== undefined) return { ...found, conversation: record.conversation, sent };
    // The message may have moved away after its conversation was read, and before itself was.
    else if (looked === conversationId) return "message gone";
    else looked = conversationId;
  }
  return "conversation gone";
}
