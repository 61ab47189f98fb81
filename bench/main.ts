import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { callsAndCost } from "./callsAndCost.ts";
import { coldStart } from "./coldStart.ts";
import { earlierBuild } from "./earlierBuild.ts";
import { events } from "./events/events.ts";
import { getOrCreate } from "./getOrCreate.ts";
import { growth } from "./growth.ts";
import { leanDoor } from "./leanDoor.ts";
import { load } from "./load.ts";
import { openLoad } from "./openLoad/openLoad.ts";
import { overhead } from "./overhead.ts";
import { writeReport } from "./report.ts";
import { standIn } from "./standIn/standIn.ts";
import type { Table } from "./table.ts";

/** The tables in their order, by the number that `--table` takes. */
const tables: Readonly<Record<string, Table>> = {
  1: callsAndCost,
  2: getOrCreate,
  3: coldStart,
  4: overhead,
  5: growth,
  6: load,
  7: leanDoor,
  8: earlierBuild,
  9: events,
  10: openLoad,
  11: standIn,
};

/**
 * Measures the tables (`npm run bench`), prints them as Markdown and writes them to `docs/performance.md`. `--table 2`
 * measures only that one (it may be given several times); `--quick` only shows that everything runs, and writes
 * nothing.
 */
async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { table: { type: "string", multiple: true }, quick: { type: "boolean", default: false } },
  });
  const wanted = values.table ?? Object.keys(tables);
  const [only = ""] = wanted;
  if (wanted.length > 1) {
    // Each in a process of its own, so that none is influenced by another.
    for (const number of wanted) {
      const options = ["--table", number, ...(values.quick ? ["--quick"] : [])];
      const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...options], {
        stdio: "inherit",
      });
      if (status !== 0) throw new Error(`Table ${number} could not be measured.`);
    }
    return;
  }
  const table = tables[only];
  if (!table) throw new Error(`There is no table ${only}, only ${Object.keys(tables).join(", ")}.`);
  const text = await table.measure(values.quick);
  console.log(`## ${only} · ${table.title}\n\n${text}\n`);
  if (!values.quick) writeReport(only, table.title, text);
}

run().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
