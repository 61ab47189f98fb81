import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Route, routes, type TableAction, workers } from "../lib/api/routes.ts";
import { recordedAccess } from "./support/tableAccess.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const { files, actions } = recordedAccess();

/** The test files that start a server of ours, on an engine: where calls are recorded. */
const recording = readdirSync(join(root, "functions"))
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => join(root, "functions", file))
  .filter((file) => /\bstart(Test|Proxied)Server\(/.test(readFileSync(file, "utf8")));
const complete = recording.every((file) => files.has(file));

type Row = Pick<Route, "table"> & Partial<Pick<Route, "scopes">>;
const rows = Object.entries<Row>({ ...routes, ...workers });

/**
 * Who calls with an API key is read with the app, together or, where one is remembered, alone: the pipeline's reads,
 * of which a test whose server remembers both makes none.
 */
const ofAuthentication: readonly TableAction[] = ["BatchGetItem", "GetItem"];
const authenticates = ({ scopes = [] }: Row) => scopes.some((scope) => scope !== "user" && scope !== "anyone");

/**
 * Operations by their list of grants. A list of its own is what one operation does; a list that several share is what
 * any of them may have to do, such as finishing a merge that was interrupted.
 */
const byList = Map.groupBy(rows, ([, row]) => row.table);

/** Runs last, over what the whole run recorded; without all of it, nobody can say which grant is unused. */
describe.runIf(complete)("the table actions that lib/api/routes.ts grants", () => {
  test.each([...byList].map(([list, sharers]) => [sharers.map(([operation]) => operation).join(", "), list, sharers]))(
    "to %s are those seen to be used",
    (_, list, sharers) => {
      const used = new Set(sharers.flatMap(([operation]) => [...(actions.get(operation) ?? [])]));
      if (sharers.some(([, row]) => authenticates(row)))
        for (const action of ofAuthentication) if (list.includes(action)) used.add(action);
      expect([...used].sort()).toEqual([...list].sort());
    },
  );
});
