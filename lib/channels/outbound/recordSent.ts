import { equals, missing, or } from "../../db/expression.ts";
import {
  furtherReport,
  readReceiptRecord,
  receiptItem,
  type SentMessage,
  type SentReport,
  sentItem,
} from "../../db/items/sentItem.ts";
import { receiptAddress } from "../../db/keys.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { updateItem } from "../../db/writeItems.ts";
import type { App } from "../../model/app.ts";

/** Number of the provider's ids of a message under which its reports are found: a transaction holds a hundred writes. */
const receiptLimit = 90;

/**
 * Records what became of a message so far, and, where its provider reports, under which ids the reports find it: both
 * or neither. A report that came before is taken up.
 * @param expiresAt when the message itself expires, in seconds since 1970
 */
export async function recordSent(
  { db, now }: Pick<Runtime, "db" | "now">,
  app: Pick<App, "salt">,
  sent: SentMessage,
  { expiresAt, reports }: { readonly expiresAt: number | undefined; readonly reports: boolean },
): Promise<void> {
  const integrationId = sent.destination?.integrationId;
  const addresses =
    reports && integrationId !== undefined
      ? [...new Set(sent.externalIds.map((id) => receiptAddress(app.salt, integrationId, id)))].slice(0, receiptLimit)
      : [];
  const { pk, sk, report: _, receipts, ...set } = sentItem(sent, addresses, now(), expiresAt);
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
