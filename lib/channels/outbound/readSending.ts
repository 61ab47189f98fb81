import { mergeLimit } from "../../conversations/followMerges.ts";
import { readConversationRecord } from "../../db/items/conversationItem.ts";
import { readMessage, unexpired } from "../../db/items/messageItem.ts";
import { readSent, type SentMessage, type SentPlace } from "../../db/items/sentItem.ts";
import { readAddressRecord } from "../../db/items/userItem.ts";
import { conversationKey, messageKey, sentKey, userKey } from "../../db/keys.ts";
import { getItem, getItems } from "../../db/readItems.ts";
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

/**
 * Reads a message that is to be sent, with its conversation and its user: where they are now, if they were merged into
 * others. Answers what is gone, if anything is.
 */
export async function readSending(runtime: Pick<Runtime, "db">, task: MessageTask): Promise<SendingNow | Gone> {
  const { appId, userId } = task;
  const [read, userItem] = await Promise.all([
    readMoved(runtime, task, task.conversationId),
    getItem(runtime.db, userKey(appId, userId)),
  ]);
  const stored = await followRedirects(runtime, appId, userItem && readAddressRecord(userItem));
  if (stored === undefined) return "user gone";
  const found = read ?? (await readElsewhere(runtime, task, stored.user));
  return typeof found === "string" ? found : { ...found, user: stored.user };
}

type ReadMessage = Omit<SendingNow, "user">;

/**
 * Reads a message in its conversation, or in the one into which that was merged. `undefined` if there is no trace of the
 * conversation: all of it has moved.
 */
async function readMoved(
  runtime: Pick<Runtime, "db">,
  task: MessageTask,
  from: string,
): Promise<ReadMessage | Gone | undefined> {
  let found: Found | undefined;
  let sent: SentMessage | undefined;
  let conversationId = from;
  let looked = "";
  for (let step = 0; step < mergeLimit; step++) {
    const read = await readAt(runtime, task, conversationId);
    sent ??= read.sent;
    found ??= read.found;
    const { record } = read;
    if (record === undefined) return undefined;
    if (record.kind === "deleted") return "conversation gone";
    if (record.kind === "merged") conversationId = record.into;
    else if (found !== undefined) return { ...found, conversation: record.conversation, sent };
    // The message may have moved away after its conversation was read, and before itself was.
    else if (looked === conversationId) return "message gone";
    else looked = conversationId;
  }
  return undefined;
}

type Found = Pick<SendingNow, "place" | "message" | "expiresAt">;

/** Reads a conversation, the message if it is there, and what became of it. */
async function readAt(
  { db }: Pick<Runtime, "db">,
  { appId, messageId, clientId }: MessageTask,
  conversationId: string,
) {
  const [conversation, messageItem, sent] = await getItems(db, [
    conversationKey(appId, conversationId),
    messageKey(appId, conversationId, messageId),
    sentKey(appId, conversationId, messageId, clientId),
  ]);
  const [item] = unexpired(messageItem === undefined ? [] : [messageItem]);
  const place = { appId, conversationId, messageId, clientId };
  const found: Found | undefined = item && { place, message: readMessage(item), expiresAt: item.expiresAt };
  return { record: readConversationRecord(conversation), found, sent: sent && readSent(sent) };
}

/** Reads a message whose conversation was merged and has moved: it is in one of its user's conversations now. */
async function readElsewhere(
  runtime: Pick<Runtime, "db">,
  task: MessageTask,
  { defaultConversationId, clients }: User,
): Promise<ReadMessage | Gone> {
  const ids = new Set([defaultConversationId, ...clients.map(({ conversationId }) => conversationId)]);
  ids.delete(task.conversationId);
  for (const id of ids) {
    const read = id === undefined ? undefined : await readMoved(runtime, task, id);
    if (read !== undefined && typeof read !== "string") return read;
  }
  return "conversation gone";
}
