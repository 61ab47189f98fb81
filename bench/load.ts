import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { namesInUserKey } from "../lib/db/keys.ts";
import { startEngine } from "../lib/local/engine.ts";
import { newAccountKey } from "../test/support/caller.ts";
import { startLocal } from "../test/support/startLocal.ts";
import { decimals, goal, table } from "./markdown.ts";
import { mixedLoad, requestsOf } from "./mixedLoad.ts";
import { percentile } from "./statistics.ts";
import type { Table } from "./table.ts";

/** Reads every item of the table. */
async function everything(endpoint: string): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient({
    endpoint,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const items: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: "sunroom" }))
    items.push(...Items.map((item) => unmarshall(item)));
  client.destroy();
  return items;
}

/**
 * Mixed traffic of all four ways against the local server, as a person starts it; then the table is compared with the
 * answers.
 */
export const load: Table = {
  title: "Load: all four ways at once, and nothing lost",
  async measure(quick) {
    const seconds = quick ? 3 : 60;
    const width = 16;
    const directory = mkdtempSync(join(tmpdir(), "sunroom-load-"));
    const engine = await startEngine({ dataDirectory: join(directory, "engine") });
    const accountKey = newAccountKey();
    const local = await startLocal(directory, {
      DYNAMODB_ENDPOINT: engine.endpoint,
      ACCOUNT_KEY_ID: accountKey.id,
      ACCOUNT_KEY_SECRET: accountKey.secret,
      ANONYMOUS_BURST: "1000000",
    });
    const url = /http:\/\/localhost:\d+/.exec(local.stdout())?.[0];
    if (url === undefined) throw new Error(`The local server did not start: ${local.stderr()}`);
    const done = await mixedLoad({ url, accountKey }, { seconds, width });
    const { results, userIds, anonymousIds } = done;
    local.kill("SIGTERM");
    await local.exited;

    const items = await everything(engine.endpoint);
    const users = items.filter((item) => String(item.pk).startsWith("user#") && item.kind === "user");
    const storedIds = new Set(users.map((user) => namesInUserKey(String(user.pk)).id));
    const stored = items.filter((item) => String(item.sk).startsWith("message#")).length;
    const externalIds = users.flatMap((user) => (typeof user.externalId === "string" ? [user.externalId] : []));
    await engine.stop();
    rmSync(directory, { recursive: true, force: true });

    const rows = [...results].map(([name, { times, statuses }]) => [
      name,
      times.length,
      decimals(percentile(times, 0.5), 1),
      decimals(percentile(times, 0.99), 1),
      [...statuses].map(([status, count]) => `${status}: ${count}`).join(", "),
    ]);
    const faults = [...results.values()].some(({ statuses }) => [...statuses.keys()].some((status) => status >= 500));
    const expected = done.externalIds.size + done.people.size + anonymousIds.size;
    return [
      `${seconds} seconds, ${width} clients at a time: ${Math.round(requestsOf(done) / seconds)} requests a second. Clients, server and engine share the machine.`,
      table(["operation", "requests", "p50 ms", "p99 ms", "answers"], rows),
      [
        goal("no request met a fault", !faults),
        goal(
          `every externalId asked for is one user (${done.externalIds.size} asked for, ${new Set(externalIds).size} in the table, ${externalIds.length - new Set(externalIds).size} twice)`,
          externalIds.length === done.externalIds.size && externalIds.every((name) => done.externalIds.has(name)),
        ),
        goal(
          "whoever was told the same externalId was told the same user id",
          [...userIds.values()].every((ids) => ids.size === 1),
        ),
        goal(
          `the table holds the users that were asked for and no others (${expected} asked for, ${users.length} stored)`,
          users.length === expected && [...anonymousIds].every((id) => storedIds.has(id)),
        ),
        goal(
          `every message is stored once (${done.messages.size} sent, most of them three times; ${stored} stored)`,
          stored === done.messages.size,
        ),
      ].join("\n"),
    ].join("\n\n");
  },
};
