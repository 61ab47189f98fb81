import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caller, newAccountKey } from "../../test/support/caller.ts";
import { startLocal } from "../../test/support/startLocal.ts";
import { startReceiver } from "../../test/support/startReceiver.ts";
import { decimals, goal, table } from "../markdown.ts";
import { newApp } from "../rig.ts";
import { median, percentile } from "../statistics.ts";
import { newConversation, postMessage, webhookOf } from "./benchWebhook.ts";

/** Measures the time from the answer to a message's post until a receiver has the event, in the server of `npm start`. */
export async function eventDelay(quick: boolean): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-delay-"));
  const accountKey = newAccountKey();
  const receiver = await startReceiver();
  const local = await startLocal(directory, { ACCOUNT_KEY_ID: accountKey.id, ACCOUNT_KEY_SECRET: accountKey.secret });
  const url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  const app = await newApp({ url, account: caller(url, accountKey) });
  await webhookOf(app, receiver.url);
  const conversationId = await newConversation(app, "measured");
  const arrivals: number[] = [];
  receiver.answer((_, index) => {
    arrivals[index] = performance.now();
    return 200;
  });
  const [warm, turns] = [20, quick ? 20 : 500];
  const delays: number[] = [];
  for (let turn = 0; turn < warm + turns; turn++) {
    await postMessage(app, conversationId, "measured");
    const answered = performance.now();
    await receiver.has(turn + 1);
    // Those that came before the answer did waited for nothing.
    if (turn >= warm) delays.push(Math.max(0, (arrivals[turn] ?? answered) - answered));
  }
  local.kill("SIGTERM");
  await local.exited;
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
  const p50 = median(delays);
  return [
    `${turns} messages, one after the other; a receiver on the same machine answers at once.`,
    table(
      ["", "p50 ms", "p95 ms", "p99 ms"],
      [["answer → receiver", ...[0.5, 0.95, 0.99].map((share) => decimals(percentile(delays, share), 1))]],
    ),
    goal(`p50 is at most 100 ms: ${decimals(p50, 1)} ms`, p50 <= 100),
  ].join("\n\n");
}
