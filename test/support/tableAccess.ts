import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import type { ClientRequest } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { type Route, routes, type TableAction, workers } from "../../lib/api/routes.ts";

/**
 * IAM for the tests: a Lambda may call DynamoDB only as its row in `lib/api/routes.ts` allows. Any other call fails
 * with an error that names it; allowed ones are recorded, and `test/access.test.ts` finds grants without use.
 */

const granted: Readonly<Record<string, Pick<Route, "table">>> = { ...routes, ...workers };
const running = new AsyncLocalStorage<string>();

/** Answers the folder of the records of this run; `vitest.config.ts` makes it. */
const folder = (): string => process.env.TABLE_ACCESS_RECORDS ?? "";

type Lambda = (event: object, context: object) => Promise<unknown>;

/** Restricts the Lambda of an operation to its rights on AWS. */
export function withItsRights(operation: string, lambda: Lambda): Lambda {
  return (event, context) => running.run(operation, () => lambda(event, context));
}

/** Reads the records of this run: the test files that ran, and the actions that each operation used. */
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

/** Records, once, that this test file runs a server, or that an operation used an action. */
export function recordAccess(operation?: string, action?: TableAction): void {
  const line = JSON.stringify({ file: expect.getState().testPath ?? "", operation, action } satisfies Recorded);
  if (written.has(line)) return;
  written.add(line);
  appendFileSync(join(folder(), `${process.pid}.jsonl`), `${line}\n`);
}

/** Lists the actions that a call needs: a transaction those of its parts, any other its own. */
function neededActions(target: string, body: string): TableAction[] {
  // The names are DynamoDB's own; one that is no `TableAction` is never granted.
  if (target !== "TransactWriteItems") return [target as TableAction];
  const { TransactItems }: { TransactItems: readonly Readonly<Record<string, unknown>>[] } = JSON.parse(body);
  const kinds = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", ConditionCheck: "ConditionCheckItem" };
  return TransactItems.flatMap((part) => Object.keys(part)).map(
    (kind) => kinds[kind as keyof typeof kinds] as TableAction,
  );
}

/** Checks a call when it is sent, since its body is known then. */
function watch(request: ClientRequest): void {
  const operation = running.getStore();
  const [service, target = ""] = String(request.getHeader("x-amz-target")).split(".");
  if (operation === undefined || service !== "DynamoDB_20120810") return;
  const send = request.end.bind(request);
  request.end = ((body: string | Uint8Array, ...rest: never[]) => {
    for (const action of neededActions(target, Buffer.from(body).toString())) {
      if (!granted[operation]?.table.includes(action))
        return request.destroy(new Error(`${operation} calls ${action}, which lib/api/routes.ts does not grant it.`));
      recordAccess(operation, action);
    }
    return send(body, ...rest);
  }) as typeof request.end;
}

subscribe("http.client.request.created", (message) => watch((message as { request: ClientRequest }).request));
