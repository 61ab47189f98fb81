import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createTable } from "../../lib/local/createTable.ts";
import { startEngine } from "../../lib/local/engine.ts";
import { decimals, goal, table } from "../markdown.ts";
import { median, percentile } from "../statistics.ts";

const tableName = "bench";

/** A way to keep the data, and the amounts of records at which its writes are measured. */
interface Way {
  readonly name: string;
  readonly onDisk: boolean;
  readonly sizes: readonly number[];
}

/** Measures the milliseconds of writes, one after the other, at growing amounts of records in the table's stream. */
async function timesAtSizes({ onDisk, sizes }: Way, turns: number): Promise<ReadonlyMap<number, readonly number[]>> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-stream-"));
  const engine = await startEngine(onDisk ? { dataDirectory: directory, only: "embedded" } : { only: "embedded" });
  await createTable(engine.endpoint, tableName, { streamed: true });
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  let written = 0;
  const put = async () => {
    const id = String(written++);
    const item = { pk: { S: `user#bench#${id}` }, sk: { S: "user" }, profile: { S: "x".repeat(400) } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
  };
  const measured = new Map<number, readonly number[]>();
  for (const size of sizes) {
    while (written < size - turns) await Promise.all(Array.from({ length: 8 }, put));
    const times: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const started = performance.now();
      await put();
      times.push(performance.now() - started);
    }
    measured.set(size, times);
  }
  client.destroy();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
  return measured;
}

/** Compares the engine's file with the index, as `npm start` has it, with the engine in memory, which cannot have it. */
export async function levelWrites(quick: boolean): Promise<string> {
  const sizes = quick ? [500, 1_000] : [1_000, 5_000, 10_000, 20_000, 50_000];
  const indexed = { name: "with the index of `lib/local/sunroom.db`", onDisk: true, sizes };
  // Without the index 50 000 writes would take most of an hour.
  const plain = { name: "in memory, without it", onDisk: false, sizes: sizes.filter((size) => size <= 10_000) };
  const turns = quick ? 20 : 500;
  const columns = [await timesAtSizes(indexed, turns), await timesAtSizes(plain, turns)];
  const cell = (times: readonly number[] | undefined) =>
    times === undefined ? "–" : `${decimals(median(times))} / ${decimals(percentile(times, 0.99))}`;
  const [first = 0, last = 0] = [sizes.at(0), sizes.at(-1)].map((size = 0) => median(columns[0]?.get(size) ?? []));
  return [
    "One put of 0.5 kB after another, p50 / p99 in ms.",
    table(
      ["records in the stream", indexed.name, plain.name],
      sizes.map((size) => [size.toLocaleString("en"), ...columns.map((column) => cell(column.get(size)))]),
    ),
    goal(
      `writes stay level: from the fewest to the most records p50 changes by the factor ${decimals(last / first)} (at most 1.25)`,
      last / first <= 1.25,
    ),
  ].join("\n\n");
}
