import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { startEngine } from "../../lib/local/engine.ts";

/** SQLite, which Node has since version 22.13. */
const sqlite = (() => {
  try {
    const load: typeof import("node:sqlite") = createRequire(import.meta.url)("node:sqlite");
    return load;
  } catch {
    return undefined;
  }
})();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const file = () => join(directory, "sunroom.db");

/** Starts the embedded engine on the directory, has it do something, and stops it. */
async function withEngine(act: (endpoint: string) => Promise<void>): Promise<void> {
  const engine = await startEngine({ only: "embedded", dataDirectory: directory });
  await act(engine.endpoint);
  await engine.stop();
}
const item = { pk: "a", sk: "b" };

/** Reads rows of the engine's file, as texts. */
function rows(path: string, query: string): string[] {
  if (!sqlite) return [];
  const database = new sqlite.DatabaseSync(path, { readOnly: true });
  const found = database.prepare(query).all();
  database.close();
  return found.map((row) => Object.values(row).join(" ").replace(/\s+/g, " "));
}
const tableAsMade = "SELECT sql FROM sqlite_schema WHERE name = '_stream_records'";

describe("the file with which the embedded engine begins", () => {
  test("is copied into a new data directory, for its owner alone, and later left as it is", async () => {
    await withEngine(async (endpoint) => {
      await createTable(endpoint, "kept", { streamed: true });
      await putItem(openDb("kept", endpoint), item);
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file()}.part`)).toBe(false);
    await withEngine(async (endpoint) => expect(await getItem(openDb("kept", endpoint), item)).toEqual(item));
  });

  test.runIf(sqlite)("has the engine's own table, so that the engine takes it for its own", async () => {
    copyFileSync(new URL("../../lib/local/sunroom.db", import.meta.url), file());
    const ours = rows(file(), tableAsMade);
    rmSync(file());
    // A file without content is a new database, which the engine fills by itself.
    const { DatabaseSync } = sqlite ?? {};
    if (DatabaseSync) new DatabaseSync(file()).close();
    await withEngine(async (endpoint) => void (await createTable(endpoint, "own", { streamed: true })));
    expect(ours).toEqual(rows(file(), tableAsMade));
  });

  test.runIf(sqlite)(
    "has an index by which the engine finds a table's greatest number, also after a restart",
    async () => {
      for (const sk of ["1", "2"])
        await withEngine(async (endpoint) => {
          await createTable(endpoint, "indexed", { streamed: true });
          await putItem(openDb("indexed", endpoint), { pk: "a", sk });
        });
      // The engine's question before each write to a table with a stream.
      const question =
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'indexed'";
      expect(rows(file(), question)).toEqual(["3"]);
      expect(rows(file(), `EXPLAIN QUERY PLAN ${question}`).join()).toMatch(
        /SEARCH _stream_records USING COVERING INDEX _stream_records_by_number \(table_name=\?\)/,
      );
    },
  );
});
