import { followMerges } from "../../conversations/followMerges.ts";
import { markConversationRead } from "../../conversations/updateConversation.ts";
import { absent, and, equals, missing, present } from "../../db/expression.ts";
import {
  furtherReport,
  readReceiptRecord,
  readSent,
  type SentPlace,
  type SentReport,
  waitingReceiptItem,
} from "../../db/items/sentItem.ts";
import { receiptAddress, receiptKey, sentKey } from "../../db/keys.ts";
import { getItem } from "../../db/readItems.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { putItem, updateItem } from "../../db/writeItems.ts";
import type { App } from "../../model/app.ts";
import type { Receipt } from "../../model/channelCall.ts";
import { type Conversation, participantOf } from "../../model/conversation.ts";
import { type ChannelIntegration, readIdentities } from "../../users/channelIdentity.ts";

/** A channel's reports, as they were delivered to an integration of an app. */
interface DeliveredReceipts {
  readonly app: App;
  readonly integration: ChannelIntegration;
  readonly receipts: readonly Receipt[];
  readonly receivedAt: Date;
}

/**
 * Records what a channel reports of messages that were sent to people, once however often it reports it. A report of a
 * message that is not recorded yet waits for it; one of a message of another program leaves nothing but that wait.
 * Throws the table's errors; then the delivery may come again.
 */
export async function receiveReceipts(
  runtime: Pick<Runtime, "db">,
  { app, integration, receipts, receivedAt }: DeliveredReceipts,
): Promise<void> {
  for (const receipt of receipts) {
    const { state, failure, externalIds, upTo } = receipt;
    const at = (receipt.occurredAt ?? upTo?.time ?? receivedAt).toISOString();
    const report: SentReport = { state, at, ...(failure === undefined ? {} : { failure }) };
    for (const id of externalIds)
      await recordReport(runtime, app, { address: receiptAddress(app.salt, integration.id, id), report, receivedAt });
    if (state === "read" && upTo !== undefined)
      await markReadByPerson(runtime, app, integration, { ...upTo, receivedAt });
  }
}

/** Records a report on the message whose provider's id leads to this address. */
async function recordReport(
  runtime: Pick<Runtime, "db">,
  app: App,
  { address, report, receivedAt }: { readonly address: string; readonly report: SentReport; readonly receivedAt: Date },
): Promise<void> {
  const place = await retryOnConflict(async () => {
    const item = await getItem(runtime.db, receiptKey(app.id, address));
    const record = item && readReceiptRecord(item);
    if (record?.kind === "sent") return { ...record, appId: app.id };
    const waiting = furtherReport(record?.report, report);
    const condition = item === undefined ? absent : equals("report", item.report);
    const { done } = await putItem(runtime.db, waitingReceiptItem(app.id, address, waiting, receivedAt), condition);
    return done ? undefined : conflict;
  });
  if (place === undefined) return;
  const found = await findSentPlace(runtime, place);
  if (found === undefined) return;
  const reported = await retryOnConflict(async () => {
    const item = await getItem(runtime.db, sentKeyOf(found.place));
    if (item === undefined) return undefined;
    const sent = readSent(item);
    const further = furtherReport(sent.report, report);
    if (further === sent.report) return undefined;
    const set = { report: JSON.stringify(further) };
    const unchanged = item.report === undefined ? missing("report") : equals("report", item.report);
    const { done } = await updateItem(runtime.db, sentKeyOf(found.place), { set }, and(present, unchanged));
    return done ? sent : conflict;
  });
  if (reported !== undefined && report.state === "read")
    await markRead(runtime, found.conversation, reported.destination?.userId, receivedAt);
}

const sentKeyOf = ({ appId, conversationId, messageId, clientId }: SentPlace) =>
  sentKey(appId, conversationId, messageId, clientId);

/** A sent message, with its conversation as it is now. */
interface FoundPlace {
  readonly place: SentPlace;
  readonly conversation: Conversation;
}

/** Finds a sent message where it is now: with its conversation's messages, it moves into the one that this is merged into. */
async function findSentPlace(runtime: Pick<Runtime, "db">, place: SentPlace): Promise<FoundPlace | undefined> {
  const conversation = await followMerges(runtime, place.appId, place.conversationId);
  return conversation && { place: { ...place, conversationId: conversation.id }, conversation };
}

/** Marks a conversation as read by the person that read a message in it. */
async function markRead(
  runtime: Pick<Runtime, "db">,
  conversation: Conversation,
  userId: string | undefined,
  readAt: Date,
): Promise<void> {
  const { type, participants } = conversation;
  const reader = type === "personal" ? participants[0] : participantOf(conversation, userId ?? "");
  if (reader !== undefined) await markConversationRead(runtime, conversation, reader, readAt);
}

/** Marks the conversation as read that a person's messages join, where the channel tells no more than that it read. */
async function markReadByPerson(
  runtime: Pick<Runtime, "db">,
  app: App,
  integration: ChannelIntegration,
  { externalId, time, receivedAt }: NonNullable<Receipt["upTo"]> & { readonly receivedAt: Date },
): Promise<void> {
  const [identity] = await readIdentities(runtime, app, integration, [externalId]);
  const { userId, conversationId } = identity?.owner ?? {};
  if (userId !== undefined && conversationId !== undefined)
    await markConversationRead(runtime, { appId: app.id, id: conversationId }, { userId, upTo: time }, receivedAt);
}
