import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { startEngine } from "../lib/local/engine.ts";
import { namesInUserKey } from "../lib/store/keys.ts";
import { caller } from "../test/support/caller.ts";
import { startLocal } from "../test/support/startLocal.ts";
import { decimals, goal, table } from "./markdown.ts";
import { beBorn, login, newApp, newIntegration, telegramSecret, writeOnTelegram } from "./rig.ts";
import { percentile } from "./statistics.ts";
import type { Table } from "./table.ts";

/** One of the four ways: makes somebody or meets them again, and answers who that is, where the answer tells. */
type Way = (turn: number) => Promise<{ readonly status: number; readonly userId?: string }>;

/** Every item of the table; nothing but a bench may read all of it. */
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

/** Mixed traffic of all four ways against the local server, as a person starts it; then the table is held against the answers. */
export const load: Table = {
  title: "Load: all four ways at once, and nothing lost",
  async measure(quick) {
    const seconds = quick ? 3 : 60;
    const width = 16;
    const directory = mkdtempSync(join(tmpdir(), "sunroom-load-"));
    const engine = await startEngine({});
    const accountKey = { id: `act_${randomBytes(12).toString("hex")}`, secret: randomBytes(32).toString("base64url") };
    const local = await startLocal(directory, {
      DYNAMODB_ENDPOINT: engine.endpoint,
      ACCOUNT_KEY_ID: accountKey.id,
      ACCOUNT_KEY_SECRET: accountKey.secret,
      ANONYMOUS_BURST: "1000000",
    });
    const url = /http:\/\/localhost:\d+/.exec(local.stdout())?.[0];
    if (url === undefined) throw new Error(`The local server did not start: ${local.stderr()}`);
    const app = await newApp({
      url,
      account: caller(url, accountKey),
      takeRuns: () => [],
      close: async () => undefined,
    });
    const web = await newIntegration(app, { type: "web" });
    const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
    const base = `/v2/apps/${app.id}`;

    /** What was answered with success, by what it was asked for. */
    const asked = { externalIds: new Set<string>(), people: new Set<string>(), messages: new Set<string>() };
    const userIds = new Map<string, Set<string>>();
    const remember = (name: string, userId: string) => userIds.set(name, (userIds.get(name) ?? new Set()).add(userId));
    const born = new Set<string>();
    // Names repeat, so that in each way some are new, some are met again, and some meet at the same moment.
    const again = (turn: number) => Math.floor(turn / 3);
    const ways: Readonly<Record<string, Way>> = {
      async createUser(turn) {
        const externalId = `api-${again(turn)}`;
        const { status, body } = await app.api.post<{ user: { id: string } }>(`${base}/users`, { externalId });
        if (status === 201) remember(externalId, body.user.id);
        asked.externalIds.add(externalId);
        return { status };
      },
      async channelWebhook(turn) {
        const [id, messageId] = [`writer-${again(again(turn))}`, `message-${again(turn)}`];
        const { status } = await writeOnTelegram(app, telegram, { id, messageId });
        asked.people.add(id);
        asked.messages.add(messageId);
        return { status };
      },
      async sdkCreateConversation(turn) {
        const { status, body } = await beBorn(app, web.id, `visitor-${turn}`);
        if (status === 201) born.add(body.appUser._id);
        return { status };
      },
      async sdkLogin(turn) {
        const externalId = `person-${again(turn)}`;
        const { status, body } = await login(app, web.id, externalId, `device-${turn % 5}`);
        if (status === 200) remember(externalId, body.appUser._id);
        asked.externalIds.add(externalId);
        return { status };
      },
    };
    const names = Object.keys(ways);
    const results = new Map(
      names.map((name): [string, { times: number[]; statuses: Map<number, number> }] => [
        name,
        { times: [], statuses: new Map() },
      ]),
    );
    const turns = new Map(names.map((name) => [name, 0]));
    const end = performance.now() + seconds * 1_000;
    const worker = async (offset: number) => {
      for (let index = offset; performance.now() < end; index++) {
        const name = names[index % names.length] as string;
        const turn = turns.get(name) ?? 0;
        turns.set(name, turn + 1);
        const started = performance.now();
        const { status } = (await ways[name]?.(turn)) ?? { status: 0 };
        const result = results.get(name);
        result?.times.push(performance.now() - started);
        result?.statuses.set(status, (result.statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: width }, (_, index) => worker(index)));
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
    const total = [...results.values()].reduce((sum, { times }) => sum + times.length, 0);
    const faults = [...results.values()].some(({ statuses }) => [...statuses.keys()].some((status) => status >= 500));
    const expected = asked.externalIds.size + asked.people.size + born.size;
    return [
      `${seconds} seconds, ${width} clients at a time: ${Math.round(total / seconds)} requests a second. Clients, server and engine share the machine.`,
      table(["operation", "requests", "p50 ms", "p99 ms", "answers"], rows),
      [
        goal("no request met a fault", !faults),
        goal(
          `every externalId asked for is one user (${asked.externalIds.size} asked for, ${new Set(externalIds).size} in the table, ${externalIds.length - new Set(externalIds).size} twice)`,
          externalIds.length === asked.externalIds.size && externalIds.every((name) => asked.externalIds.has(name)),
        ),
        goal(
          "whoever was told the same externalId was told the same user id",
          [...userIds.values()].every((ids) => ids.size === 1),
        ),
        goal(
          `the table holds the users that were asked for and no others (${expected} asked for, ${users.length} stored)`,
          users.length === expected && [...born].every((id) => storedIds.has(id)),
        ),
        goal(
          `every message is stored once (${asked.messages.size} sent, most of them three times; ${stored} stored)`,
          stored === asked.messages.size,
        ),
      ].join("\n"),
    ].join("\n\n");
  },
};
