import { describe, expect, test } from "vitest";
import { receiveReceipts } from "../../../lib/channels/inbound/receiveReceipts.ts";
import {
  readReceiptRecord,
  readSent,
  receiptItem,
  type SentMessage,
  sentItem,
} from "../../../lib/db/items/sentItem.ts";
import { conversationKey, receiptAddress, receiptKey, sentKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { putItem, updateItem } from "../../../lib/db/writeItems.ts";
import type { Receipt } from "../../../lib/model/channelCall.ts";
import {
  app,
  at,
  freshNumber,
  whatsapp as integration,
  message,
  receivingChannel,
} from "../../support/receivingChannel.ts";
import { runtimeOf } from "../../support/runtimeOf.ts";

const { table, send, behind, conversationOf } = receivingChannel();

const addressOfReceipt = (externalId: string) => receiptAddress(app.salt, integration.id, externalId);

/** Makes a person who wrote, to whom a message was sent that the channel knows by this id. */
async function sentTo(number: string, externalId: string): Promise<SentMessage> {
  await send(message(number, `${number} one`));
  const { owner } = await behind(number);
  const { userId = "", clientId = "", conversationId = "" } = owner ?? {};
  const sent: SentMessage = {
    appId: app.id,
    conversationId,
    messageId: `answer-${number}`,
    clientId,
    destination: { type: integration.type, integrationId: integration.id, userId, clientId },
    answered: 1,
    externalIds: [externalId],
    outcome: { kind: "accepted", at: at(1).toISOString(), isFinal: false },
  };
  await putItem(table(), sentItem(sent, [addressOfReceipt(externalId)], at(1)));
  await putItem(table(), receiptItem(sent, addressOfReceipt(externalId), at(1)));
  await updateItem(table(), conversationKey(app.id, conversationId), {
    set: { businessLastRead: at(1).toISOString() },
  });
  return sent;
}

const receive = (...receipts: readonly Receipt[]) =>
  receiveReceipts(runtimeOf(table()), { app, integration, receipts, receivedAt: at(5) });
const reportOf = async ({ conversationId, messageId, clientId }: SentMessage) => {
  const item = await getItem(table(), sentKey(app.id, conversationId, messageId, clientId));
  return item && readSent(item).report;
};
const participantIn = async ({ conversationId }: SentMessage) =>
  (await conversationOf(conversationId))?.participants[0];

describe("a channel's report on a message", () => {
  test("is kept with the message, the furthest of those that come, in any order and repeatedly", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    const report = (state: Receipt["state"]): Receipt => ({ state, externalIds: [`${number}-a`], occurredAt: at(3) });
    await receive(report("read"), report("delivered"), report("read"));
    expect(await reportOf(sent)).toEqual({ state: "read", at: at(3).toISOString() });
  });

  test("marks the conversation as read by the person, if the person read it", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    await receive({ state: "delivered", externalIds: [`${number}-a`] });
    expect((await participantIn(sent))?.lastRead).toBeUndefined();
    await receive({ state: "read", externalIds: [`${number}-a`] });
    expect(await participantIn(sent)).toMatchObject({ unreadCount: 0, lastRead: at(5).toISOString() });
  });

  test("keeps the reason of a failure", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    const failure = { reason: "unreachable", message: "No such number" } as const;
    await receive({ state: "failed", externalIds: [`${number}-a`], failure });
    expect(await reportOf(sent)).toEqual({ state: "failed", at: at(5).toISOString(), failure });
  });

  test("that names a time alone marks the conversation as read that the person's messages join", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    await receive({ state: "read", externalIds: [], upTo: { externalId: number, time: at(4) } });
    expect(await participantIn(sent)).toMatchObject({ lastRead: at(5).toISOString() });
    await receive({ state: "read", externalIds: [], upTo: { externalId: freshNumber(), time: at(4) } });
  });

  test("that names a time and comes again marks nothing as read that came after it", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    const upTo = { externalId: number, time: at(4) };
    await receive({ state: "read", externalIds: [], upTo });
    const again: Receipt = { state: "read", externalIds: [], upTo };
    await receiveReceipts(runtimeOf(table()), { app, integration, receipts: [again], receivedAt: at(9) });
    expect(await participantIn(sent)).toMatchObject({ lastRead: at(5).toISOString() });
  });

  test("waits where its message is not recorded yet, the furthest of them", async () => {
    const externalId = `${freshNumber()}-early`;
    await receive({ state: "delivered", externalIds: [externalId] }, { state: "read", externalIds: [externalId] });
    await receive({ state: "delivered", externalIds: [externalId] });
    const item = await getItem(table(), receiptKey(app.id, addressOfReceipt(externalId)));
    expect(item && readReceiptRecord(item)).toEqual({
      kind: "waiting",
      report: { state: "read", at: at(5).toISOString() },
    });
  });

  test("of a message that was deleted since changes nothing", async () => {
    const number = freshNumber();
    const sent = await sentTo(number, `${number}-a`);
    await putItem(table(), receiptItem({ ...sent, messageId: "deleted" }, addressOfReceipt(`${number}-b`), at(1)));
    await putItem(table(), receiptItem({ ...sent, conversationId: "gone" }, addressOfReceipt(`${number}-c`), at(1)));
    await receive({ state: "read", externalIds: [`${number}-b`, `${number}-c`] });
    expect(await reportOf(sent)).toBeUndefined();
    expect(await getItem(table(), sentKey(app.id, sent.conversationId, "deleted", sent.clientId))).toBeUndefined();
  });
});
