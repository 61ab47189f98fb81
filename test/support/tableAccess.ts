import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import type { ClientRequest } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { type Route, routes, type TableAction, workers } from "../../lib/routes.ts";

/**
 * IAM, for the tests: a Lambda may call DynamoDB only as its row in `lib/routes.ts` says. A call beyond that breaks off
 * with an error that names it; every other is written down, and `test/access.test.ts` finds grants that nobody used.
 */

const granted: Readonly<Record<string, Pick<Route, "table">>> = { ...routes, ...workers };
const running = new AsyncLocalStorage<string>();

/** Where the calls of this run are written down; `vitest.config.ts` makes the folder. */
const folder = (): string => process.env.TABLE_ACCESS_RECORDS ?? "";

type Lambda = (event: object, context: object) => Promise<unknown>;

/** The Lambda of an operation with the rights it has on AWS, and no others. */
export function withItsRights(operation: string, lambda: Lambda): Lambda {
  return (event, context) => running.run(operation, () => lambda(event, context));
}

/** What was recorded in this run: the test files that ran, and the actions that each operation was seen to use. */
export function recordedAccess(): {
  files: ReadonlySet<string>;
  actions: ReadonlyMap<string, ReadonlySet<TableAction>>;
} {
  const files = new Set<string>();
  const actions = new Map<string, Set<TableAction>>();
  for (const name of readdirSync(folder()))
    for (const line of readFileSync(join(folder(), name), "utf8").split("\n").filter(Boolean)) {
      const { file, operation, action }: Recorded = JSON.parse(line);
      files.add(file);
      if (operation !== undefined && action !== undefined)
        actions.set(operation, (actions.get(operation) ?? new Set()).add(action));
    }
  return { files, actions };
}

interface Recorded {
  readonly file: string;
  readonly operation?: string;
  readonly action?: TableAction;
}

const written = new Set<string>();

/** Writes a line, once: that this test file runs a server, or that an operation used an action. */
export function recordAccess(operation?: string, action?: TableAction): void {
  const line = JSON.stringify({ file: expect.getState().testPath ?? "", operation, action } satisfies Recorded);
  if (written.has(line)) return;
  written.add(line);
  appendFileSync(join(folder(), `${process.pid}.jsonl`), `${line}\n`);
}

/** The actions that a call needs: a transaction those of its parts, any other its own. */
function neededActions(target: string, body: string): TableAction[] {
  // The names are DynamoDB's own; one that is no `TableAction` is granted to nobody.
  if (target !== "TransactWriteItems") return [target as TableAction];
  const { TransactItems }: { TransactItems: readonly Readonly<Record<string, unknown>>[] } = JSON.parse(body);
  const kinds = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", ConditionCheck: "ConditionCheckItem" };
  return TransactItems.flatMap((part) => Object.keys(part)).map(
    (kind) => kinds[kind as keyof typeof kinds] as TableAction,
  );
}

/** A call's body is known when it is sent, so that is where it is looked at. */
function watch(request: ClientRequest): void {
  const operation = running.getStore();
  const [service, target = ""] = String(request.getHeader("x-amz-target")).split(".");
  if (operation === undefined || service !== "DynamoDB_20120810") return;
  const send = request.end.bind(request);
  request.end = ((body: string | Uint8Array, ...rest: never[]) => {
    for (const action of neededActions(target, Buffer.from(body).toString())) {
      if (!granted[operation]?.table.includes(action))
        return request.destroy(new Error(`${operation} calls ${action}, which lib/routes.ts does not grant it.`));
      recordAccess(operation, action);
    }
    return send(body, ...rest);
  }) as typeof request.end;
}

subscribe("http.client.request.created", (message) => watch((message as { request: ClientRequest }).request));
