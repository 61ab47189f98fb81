import { createTable } from "../lib/local/createTable.ts";
import { startEngine } from "../lib/local/engine.ts";
import { startCountingProxy } from "./countingProxy.ts";
import { awsSdk, awsSdkReadFirst, awsSdkSunroomItem } from "./getOrCreate/awsSdk.ts";
import type { Contender, MakeContender } from "./getOrCreate/contender.ts";
import { dynamooseUsers } from "./getOrCreate/dynamooseUsers.ts";
import { electroDb } from "./getOrCreate/electroDb.ts";
import { oneTable } from "./getOrCreate/oneTable.ts";
import { sunroom } from "./getOrCreate/sunroom.ts";
import { toolbox } from "./getOrCreate/toolbox.ts";
import { decimals, goal, table } from "./markdown.ts";
import { percentile } from "./statistics.ts";
import type { Table } from "./table.ts";

const makers: readonly MakeContender[] = [
  awsSdk,
  sunroom,
  awsSdkSunroomItem,
  awsSdkReadFirst,
  electroDb,
  oneTable,
  toolbox,
  dynamooseUsers,
];

const tableName = "bench";

interface Figures {
  readonly latencies: number[];
  seconds: number;
  cpuSeconds: number;
}

/** One kind of user, got or created with so many calls at a time. */
interface Load {
  readonly kind: "new" | "existing";
  readonly width: number;
}

/** Gets or creates a user of each name, and adds to the contender's figures. */
async function run(contender: Contender, { kind, width }: Load, names: readonly string[], figures: Figures) {
  const queue = [...names];
  const started = performance.now();
  const cpu = process.cpuUsage();
  const worker = async () => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const before = performance.now();
      const outcome = await contender.getOrCreate(name);
      figures.latencies.push(performance.now() - before);
      if (outcome.created !== (kind === "new") || outcome.externalId !== name)
        throw new Error(`${contender.name} answered ${JSON.stringify(outcome)} for ${name}.`);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const { user, system } = process.cpuUsage(cpu);
  figures.seconds += (performance.now() - started) / 1_000;
  figures.cpuSeconds += (user + system) / 1e6;
}

/** Puts every contender under the same load by turns, in another order each round. */
async function compare(contenders: readonly Contender[], load: Load, quick: boolean) {
  const [rounds, perRound] = quick ? [1, 20] : [12, 200];
  const all = new Map(
    contenders.map(({ name }): [string, Figures] => [name, { latencies: [], seconds: 0, cpuSeconds: 0 }]),
  );
  const existing = Array.from({ length: perRound }, (_, index) => `known-${load.width}-${index}`);
  for (const contender of contenders) for (const name of existing) await contender.getOrCreate(name);
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, index) => contenders[(index + round) % contenders.length] as Contender);
    for (const contender of order) {
      const names = load.kind === "existing" ? existing : existing.map((name) => `${name}-${round}`);
      await run(contender, load, names, all.get(contender.name) as Figures);
    }
  }
  return all;
}

async function countCalls(endpoint: string) {
  const proxy = await startCountingProxy(endpoint);
  const counts = new Map<string, Record<Load["kind"], string>>();
  for (const make of makers) {
    const contender = make(proxy.endpoint, tableName);
    await contender.getOrCreate("counted-first");
    const count = async () => {
      proxy.take();
      await contender.getOrCreate("counted");
      const { calls, readUnits, writeUnits } = proxy.take();
      return `${calls} / ${decimals(writeUnits, 1)} / ${decimals(readUnits, 1)}`;
    };
    counts.set(contender.name, { new: await count(), existing: await count() });
  }
  proxy.close();
  return counts;
}

/** The same get-or-create of the same user, through every library that is used for it. */
export const getOrCreate: Table = {
  title: "Get-or-create of a user, against what people would use instead",
  async measure(quick) {
    const engine = await startEngine({});
    await createTable(engine.endpoint, tableName);
    const counts = await countCalls(engine.endpoint);
    const contenders = makers.map((make) => make(engine.endpoint, tableName));
    const parts: string[] = [];
    const goals: string[] = [];
    for (const kind of ["new", "existing"] as const)
      for (const width of [1, 32]) {
        const measured = await compare(contenders, { kind, width }, quick);
        const cpuOf = (name: string) => {
          const { cpuSeconds = Number.NaN, latencies = [] } = measured.get(name) ?? {};
          return (cpuSeconds / latencies.length) * 1_000;
        };
        const p50Of = (name: string) => percentile(measured.get(name)?.latencies ?? [], 0.5);
        const rows = contenders.map(({ name }) => {
          const { latencies = [], seconds = 1 } = measured.get(name) ?? {};
          return [
            name,
            decimals(p50Of(name)),
            decimals(percentile(latencies, 0.99)),
            Math.round(latencies.length / seconds),
            decimals(cpuOf(name)),
            counts.get(name)?.[kind] ?? "",
          ];
        });
        parts.push(
          `### ${kind === "new" ? "A new user" : "An existing user"}, ${width} at a time`,
          table(["through", "p50 ms", "p99 ms", "op/s", "CPU ms/op", "calls / WRU / RRU"], rows),
        );
        const [floor = "", ours = ""] = contenders.map(({ name }) => name);
        const cpu = cpuOf(ours) / cpuOf(floor);
        const latency = p50Of(ours) / p50Of(floor);
        goals.push(
          goal(
            `${kind}, ${width} at a time: ${decimals(cpu)} × the floor's CPU and ${decimals(latency)} × its p50 (at most 1.10)`,
            cpu <= 1.1 && latency <= 1.1,
          ),
        );
      }
    await engine.stop();
    return [
      "Every contender keys the user by its externalId, so that each can create with one condition; those that can be told what stands in the way of a create need one call, the others read first. Reads are strongly consistent, as who was told \"created\" must find it. A create that finds somebody consumes a write unit ($0.625 a million), a read that finds them a read unit ($0.125): where nearly every user exists already, reading first is the cheaper way, and it is what Sunroom's login does. What of the distance to the floor is the price of a richer item (a kind, and a version by which a repeated write knows itself) the row with Sunroom's item shows; the rest is deriving the id and reading the user back, of which table 4 says what each takes alone.",
      ...parts,
      goals.join("\n"),
    ].join("\n\n");
  },
};
