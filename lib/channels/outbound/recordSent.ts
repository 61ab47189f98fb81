import { deleteSent } from "../../conversations/sentMessages.ts";
import { equals, missing, or } from "../../db/expression.ts";
import {
  furtherReport,
  readReceiptRecord,
  receiptItem,
  type SentMessage,
  type SentReport,
  sentItem,
} from "../../db/items/sentItem.ts";
import { messageKey, receiptAddress, sentKey } from "../../db/keys.ts";
import { getItem } from "../../db/readItems.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { updateItem } from "../../db/writeItems.ts";
import type { App } from "../../model/app.ts";
import { type MessageTask, readSending } from "./readSending.ts";

/** Number of the provider's ids of a message under which its reports are found: a transaction holds a hundred writes. */
const receiptLimit = 90;

/** What is known of a message that is recorded. */
interface Recorded {
  /** When the message itself expires, in seconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Whether its provider reports on it. */
  readonly reports: boolean;
  /** Whether it was told already, at the place from which its message moved. */
  readonly moved?: boolean;
}

/**
 * Records what became of a message in the end, beside it: where it moved or was deleted while its provider took it, the
 * record follows it.
 */
export async function recordOutcome(
  runtime: Pick<Runtime, "db" | "now">,
  { app, task }: { readonly app: Pick<App, "salt">; readonly task: MessageTask },
  sent: SentMessage,
  about: Recorded,
): Promise<void> {
  const { db } = runtime;
  await recordSent(runtime, app, sent, about);
  const { appId, conversationId, messageId, clientId } = sent;
  if ((await getItem(db, messageKey(appId, conversationId, messageId))) !== undefined) return;
  const sending = await readSending(runtime, task);
  const place = typeof sending === "string" ? undefined : sending.place;
  if (place?.conversationId === conversationId) return;
  const left = await getItem(db, sentKey(appId, conversationId, messageId, clientId));
  if (left !== undefined) await deleteSent(db, [left]);
  if (place !== undefined) await recordSent(runtime, app, { ...sent, ...place }, { ...about, moved: true });
}

/**
 * Records what became of a message so far, and, where its provider reports, under which ids the reports find it: both
 * or neither. A report that came before is taken up.
 */
export async function recordSent(
  { db, now }: Pick<Runtime, "db" | "now">,
  app: Pick<App, "salt">,
  sent: SentMessage,
  { expiresAt, reports, moved }: Recorded,
): Promise<void> {
  const integrationId = sent.destination?.integrationId;
  const addresses =
    reports && integrationId !== undefined
      ? [...new Set(sent.externalIds.map((id) => receiptAddress(app.salt, integrationId, id)))].slice(0, receiptLimit)
      : [];
  const { pk, sk, report: _, receipts, ...fields } = sentItem(sent, addresses, now(), expiresAt);
  const set = { ...fields, ...(moved && { moved }) };
  if (addresses.length === 0) {
    await updateItem(db, { pk, sk }, { set });
    return;
  }
  const waiting = new Map<string, string>();
  await retryOnConflict(async () => {
    const report = waiting.size === 0 ? undefined : joinedReport(sent.report, [...waiting.values()]);
    const written = await transact(db, {
      sent: { update: { pk, sk }, set: { ...set, receipts, ...(report && { report: JSON.stringify(report) }) } },
      receipts: addresses.map((address) => {
        const text = waiting.get(address);
        const isFree = missing("report");
        return {
          put: receiptItem(sent, address, now()),
          condition: text === undefined ? isFree : or(isFree, equals("report", text)),
        };
      }),
    });
    if (written.done) return "recorded";
    for (const [index, failure] of (written.failed.receipts ?? []).entries()) {
      const address = addresses[index];
      const text: string | undefined = failure?.existing?.report;
      if (address !== undefined && text !== undefined) waiting.set(address, text);
    }
    return conflict;
  });
}

/** Joins the reports that waited for a message. */
const joinedReport = (known: SentReport | undefined, texts: readonly string[]): SentReport | undefined =>
  texts
    .map((text) => readReceiptRecord({ report: text }))
    .flatMap((record) => (record.kind === "waiting" ? [record.report] : []))
    .reduce<SentReport | undefined>(furtherReport, known);
