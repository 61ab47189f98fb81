import { type Counted, startCountingProxy } from "./countingProxy.ts";
import { decimals, goal, table } from "./markdown.ts";
import { costOfMillion, prices } from "./prices.ts";
import {
  type BenchApp,
  beBorn,
  login,
  newApp,
  newIntegration,
  type Run,
  type Served,
  startRig,
  telegramSecret,
  writeOnTelegram,
} from "./rig.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

/** A row of the design's budget: what is called, and the most it may cost. */
interface Row {
  readonly name: string;
  readonly calls: number;
  readonly writeUnits: number;
  /** Makes what the call needs, and answers the call. */
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
        beBorn(app, web.id, `${name}-${turn}`),
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

/** The conversation whose participants are listed. */
let listed = "";

async function setStage(served: Served, name: string): Promise<Stage> {
  const app = await newApp(served);
  const web = await newIntegration(app, { type: "web" });
  const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
  return { app, web, telegram, name };
}

/** Calls and units against the budget of the design, and what a million cost. */
export const callsAndCost: Table = {
  title: "Calls and cost per operation",
  async measure(quick) {
    const rig = await startRig();
    const proxy = await startCountingProxy(rig.endpoint);
    const counting = await rig.serve(proxy.endpoint);
    const countingStage = await setStage(counting, "counted");
    const turns = quick ? 3 : 200;
    const counts: Counted[] = [];
    for (const { name, prepare } of rows) {
      // The first turn fills the Lambda's memory of the key, the app and the integration.
      for (let turn = 0; ; turn++) {
        const call = await prepare(countingStage, turn);
        proxy.take();
        const { status } = await call();
        if (status >= 500) throw new Error(`${name} answered ${status}.`);
        if (turn === 1) break;
      }
      counts.push(proxy.take());
    }
    await counting.close();
    proxy.close();

    const direct = await rig.serve(rig.endpoint);
    const directStage = await setStage(direct, "timed");
    const times: Run[] = [];
    for (const { prepare } of rows) {
      const runs: Run[] = [];
      for (let turn = 0; turn < turns; turn++) {
        const call = await prepare(directStage, turn);
        direct.takeRuns();
        await call();
        runs.push(...direct.takeRuns());
      }
      times.push({ wall: median(runs.map((run) => run.wall)), cpu: median(runs.map((run) => run.cpu)) });
    }
    await direct.close();
    await rig.stop();

    const cost = rows.map((_, index) => {
      const { wall = 0, cpu = 0 } = times[index] ?? {};
      const { readUnits = 0, writeUnits = 0 } = counts[index] ?? {};
      return costOfMillion({ readUnits, writeUnits, milliseconds: wall, cpuMilliseconds: cpu });
    });
    const met = rows.every(
      (row, index) => (counts[index]?.calls ?? 9) <= row.calls && (counts[index]?.writeUnits ?? 9) <= row.writeUnits,
    );
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
    const body = rows.map((row, index) => {
      const { calls, items, readUnits, writeUnits } = counts[index] ?? {
        calls: 0,
        items: 0,
        readUnits: 0,
        writeUnits: 0,
      };
      const { dynamodb = 0, lambda = 0, gateway = 0 } = cost[index] ?? {};
      return [
        row.name,
        `${calls} (${row.calls})`,
        items,
        `${decimals(writeUnits, 1)} (${row.writeUnits})`,
        decimals(readUnits, 1),
        decimals(times[index]?.wall ?? 0, 1),
        decimals(times[index]?.cpu ?? 0),
        decimals(dynamodb),
        decimals(lambda),
        decimals(gateway),
        decimals(dynamodb + lambda + gateway),
      ];
    });
    return [
      `Warm: the key, the app and the integration are in the Lambda's memory. The handler's time is that of this machine and its local engine; the bill assumes it on Lambda's ${decimals(512 / 1769)} of a core, where what it computes takes longer. Prices: us-east-1, ${prices.date} (${prices.source.join(", ")}), without free tier, logs, storage and transfer.`,
      table(heads, body),
      goal("every operation stays within its calls and write units", met),
    ].join("\n\n");
  },
};
