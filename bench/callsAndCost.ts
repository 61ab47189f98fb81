import { type Counted, startCountingProxy } from "./countingProxy.ts";
import { decimals, goal, table } from "./markdown.ts";
import { costOfMillion, prices } from "./prices.ts";
import {
  type BenchApp,
  createAnonymousUser,
  login,
  newApp,
  newIntegration,
  type Rig,
  type Run,
  type Served,
  startRig,
  telegramSecret,
  writeOnTelegram,
} from "./rig.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

/** A row of the design's budget: the call, and its cost at most. */
interface Row {
  readonly name: string;
  readonly calls: number;
  readonly writeUnits: number;
  /** Prepares the call, and answers a function that makes it. */
  readonly prepare: (stage: Stage, turn: number) => Promise<() => Promise<{ readonly status: number }>>;
}

interface Stage {
  readonly app: BenchApp;
  readonly web: { readonly id: string };
  readonly telegram: { readonly id: string; readonly webhookUrl: string };
  /** Makes names of this stage different from any other's. */
  readonly name: string;
}

const post = (app: BenchApp, externalId: string) => app.api.post(`/v2/apps/${app.id}/users`, { externalId });

const rows: readonly Row[] = [
  {
    name: "createUser, new",
    calls: 1,
    writeUnits: 1,
    prepare:
      async ({ app, name }, turn) =>
      () =>
        post(app, `${name}-new-${turn}`),
  },
  {
    name: "createUser, duplicate",
    calls: 1,
    writeUnits: 1,
    async prepare({ app, name }) {
      await post(app, `${name}-known`);
      return () => post(app, `${name}-known`);
    },
  },
  {
    name: "getUser by externalId",
    calls: 1,
    writeUnits: 0,
    async prepare({ app, name }) {
      await post(app, `${name}-known`);
      return () => app.api.get(`/v2/apps/${app.id}/users/${name}-known`);
    },
  },
  {
    name: "sdkLogin, known user",
    calls: 2,
    writeUnits: 1,
    async prepare({ app, web, name }, turn) {
      const device = `${name}-known-${turn}`;
      await login(app, web.id, device, device);
      return () => login(app, web.id, device, device);
    },
  },
  {
    name: "sdkLogin, known user on a new device",
    calls: 2,
    writeUnits: 1,
    async prepare({ app, web, name }, turn) {
      const person = `${name}-moves-${turn}`;
      await login(app, web.id, person, "first");
      return () => login(app, web.id, person, "second");
    },
  },
  {
    name: "sdkLogin, new user",
    calls: 2,
    writeUnits: 2,
    prepare:
      async ({ app, web, name }, turn) =>
      () =>
        login(app, web.id, `${name}-signs-in-${turn}`, "first"),
  },
  {
    name: "sdkCreateConversation, new anonymous user",
    calls: 1,
    writeUnits: 6,
    prepare:
      async ({ app, web, name }, turn) =>
      () =>
        createAnonymousUser(app, web.id, `${name}-${turn}`),
  },
  {
    name: "channel, first contact",
    calls: 2,
    writeUnits: 8,
    prepare:
      async ({ app, telegram, name }, turn) =>
      () =>
        writeOnTelegram(app, telegram, { id: `${name}-first-${turn}`, messageId: `${name}-first-${turn}` }),
  },
  {
    name: "channel, next message of a known person",
    calls: 3,
    writeUnits: 3,
    async prepare({ app, telegram, name }, turn) {
      await writeOnTelegram(app, telegram, { id: `${name}-talks`, messageId: `${name}-begins` });
      return () => writeOnTelegram(app, telegram, { id: `${name}-talks`, messageId: `${name}-next-${turn}` });
    },
  },
  {
    name: "channel, a redelivered message",
    calls: 2,
    writeUnits: 2,
    async prepare({ app, telegram, name }) {
      const message = { id: `${name}-repeats`, messageId: `${name}-again` };
      await writeOnTelegram(app, telegram, message);
      return () => writeOnTelegram(app, telegram, message);
    },
  },
  {
    name: "listParticipants",
    calls: 1,
    writeUnits: 0,
    async prepare({ app, name }) {
      const { status, text } = await post(app, `${name}-listed`);
      const conversations = `/v2/apps/${app.id}/conversations`;
      if (status === 201)
        listed = (
          await app.api.post<{ conversation: { id: string } }>(conversations, {
            type: "personal",
            participants: [{ userId: JSON.parse(text).user.id }],
          })
        ).body.conversation.id;
      return () => app.api.get(`${conversations}/${listed}/participants`);
    },
  },
];

/** The conversation for `listParticipants`. */
let listed = "";

async function setStage(served: Served, name: string): Promise<Stage> {
  const app = await newApp(served);
  const web = await newIntegration(app, { type: "web" });
  const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
  return { app, web, telegram, name };
}

interface CountedRow {
  readonly row: Row;
  readonly counted: Counted;
}

interface MeasuredRow extends CountedRow {
  readonly run: Run;
}

/**
 * Counts the calls of DynamoDB in the second turn of every row; the first fills the Lambda's cache with the key, the
 * app and the integration.
 */
async function countRows(rig: Rig): Promise<CountedRow[]> {
  const proxy = await startCountingProxy(rig.endpoint);
  const served = await rig.serve(proxy.endpoint);
  const stage = await setStage(served, "counted");
  const counted: CountedRow[] = [];
  for (const row of rows) {
    for (const turn of [0, 1]) {
      const call = await row.prepare(stage, turn);
      proxy.take();
      const { status } = await call();
      if (status >= 500) throw new Error(`${row.name} answered ${status}.`);
    }
    counted.push({ row, counted: proxy.take() });
  }
  await served.close();
  proxy.close();
  return counted;
}

/** Times the turns of every row without the proxy. */
async function timeRows(rig: Rig, counted: readonly CountedRow[], turns: number): Promise<MeasuredRow[]> {
  const served = await rig.serve(rig.endpoint);
  const stage = await setStage(served, "timed");
  const measured: MeasuredRow[] = [];
  for (const each of counted) {
    const runs: Run[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const call = await each.row.prepare(stage, turn);
      served.takeRuns();
      await call();
      runs.push(...served.takeRuns());
    }
    const run = { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) };
    measured.push({ ...each, run });
  }
  await served.close();
  return measured;
}

const heads = [
  "operation",
  "calls (≤)",
  "items",
  "WRU (≤)",
  "RRU",
  "handler p50 ms",
  "its CPU ms",
  "DynamoDB $/M",
  "Lambda $/M",
  "HTTP API $/M",
  "together $/M",
];

function cells({ row, counted, run }: MeasuredRow) {
  const { calls, items, readUnits, writeUnits } = counted;
  const cost = costOfMillion({ readUnits, writeUnits, milliseconds: run.wall, cpuMilliseconds: run.cpu });
  return [
    row.name,
    `${calls} (${row.calls})`,
    items,
    `${decimals(writeUnits, 1)} (${row.writeUnits})`,
    decimals(readUnits, 1),
    decimals(run.wall, 1),
    decimals(run.cpu),
    decimals(cost.dynamodb),
    decimals(cost.lambda),
    decimals(cost.gateway),
    decimals(cost.dynamodb + cost.lambda + cost.gateway),
  ];
}

/** Calls and units against the budget of the design, and the cost of a million. */
export const callsAndCost: Table = {
  title: "Calls and cost per operation",
  async measure(quick) {
    const rig = await startRig();
    const measured = await timeRows(rig, await countRows(rig), quick ? 3 : 200);
    await rig.stop();
    const isMet = measured.every(
      ({ row, counted }) => counted.calls <= row.calls && counted.writeUnits <= row.writeUnits,
    );
    return [
      `Warm: the key, the app and the integration are in the Lambda's memory. The handler's time is that of this machine and its local engine; the bill assumes it on Lambda's ${decimals(512 / 1769)} of a core, where what it computes takes longer. Prices: us-east-1, ${prices.date} (${prices.source.join(", ")}), without free tier, logs, storage and transfer.`,
      table(heads, measured.map(cells)),
      goal("every operation stays within its calls and write units", isMet),
    ].join("\n\n");
  },
};
