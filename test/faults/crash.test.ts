import pLimit from "p-limit";
import { describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { type OperationName, routes, type TableAction, workers } from "../../lib/api/routes.ts";
import type { Reply } from "../support/caller.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { FaultKind } from "../support/startProxy.ts";
import { eventScenarios } from "./eventScenarios.ts";
import { type Attempt, scenarios as requests } from "./scenarios.ts";
import { sendingScenarios } from "./sendingScenarios.ts";

process.env[variable.anonymousBurst] = "1000000";
const { proxy, server } = await startProxiedServer();

const scenarios = { ...requests, ...eventScenarios, ...sendingScenarios };

interface Fault {
  readonly kind: FaultKind;
  /** For how many calls on end; for all that follow without it. */
  readonly times?: number;
}

/** What comes to the same for the table: the call did nothing, and its caller knows no more than that it failed. */
const undone: readonly Fault[] = [{ kind: "refuse" }, { kind: "throttle" }, { kind: "fail" }];
/** The call did what it was to do, and its caller does not know: once, or each time it is repeated. */
const unheard: readonly Fault[] = [{ kind: "reset after", times: 1 }, { kind: "reset after" }];

/**
 * How many cases may be under way. They wait for time-outs and back-offs most of the while, so many go beside one another;
 * but an engine that all of them ask at once answers some of them later than the store waits.
 */
const underWay = pLimit(40);

const fourWays: readonly OperationName[] = ["createUser", "channelWebhook", "sdkCreateConversation", "sdkLogin"];

/**
 * Which faults a call is tried with. All at every call where a user is born; elsewhere those that come to the same take
 * turns, and so do all among the many operations that finish the same merge.
 */
function faultsOf({ operation, name }: Row, after: number): readonly Fault[] {
  const turn = (faults: readonly Fault[]) => faults.slice((operation.length + after) % faults.length).slice(0, 1);
  if (name === "after a merge") return turn([...undone, ...unheard]);
  if (!fourWays.includes(operation) || name.startsWith("a guest")) return [...turn(undone), ...unheard];
  return [...undone, ...unheard, { kind: "silence", times: 1 }, { kind: "silence after", times: 1 }];
}

const writing = new Set<TableAction>(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]);
const written = Object.entries(scenarios).flatMap(([operation, cases]) =>
  Object.entries(cases).map(([name, scenario]) => ({ operation: operation as OperationName, name, scenario })),
);

type Row = (typeof written)[number];

/** Which case an app was made for, to name it where something is wrong with the app's items. */
const caseOf = new Map<string, string>();

/** Counts the calls to the table that are about a stage, and fails those from one on. */
function failing(stage: Stage, attempt: Attempt, fault?: Fault & { after: number }) {
  const marks = [...stage.marks, ...(attempt.marks ?? [])];
  let calls = 0;
  const lift = proxy.faultBy(({ body }) => {
    if (!marks.some((mark) => body.includes(mark))) return undefined;
    const index = calls++ - (fault?.after ?? 0);
    return fault && index >= 0 && index < (fault.times ?? Number.POSITIVE_INFINITY) ? fault.kind : undefined;
  });
  return { lift, calls: () => calls };
}

/** Makes a call that failed again, as its client would. */
async function repeated(attempt: Attempt, first: Reply): Promise<Reply> {
  let answer = first;
  for (let again = 0; answer.status >= 500 && again < 3; again++) answer = await attempt.call();
  return answer;
}

/** Makes a call, lets it fail, and makes it again as its client would. */
async function interrupted({ operation, name, scenario }: Row, fault: Fault & { after: number }): Promise<void> {
  const stage = await newStage(server);
  caseOf.set(stage.app.id, `${operation}, ${name}: ${fault.kind} ${fault.times ?? ""} after ${fault.after} calls`);
  const attempt = await scenario(stage, proxy);
  const { lift } = failing(stage, attempt, fault);
  const first = await attempt.call();
  lift();
  const answer = await repeated(attempt, first);
  const where = caseOf.get(stage.app.id);
  expect(attempt.told, `${where}: told ${answer.status} ${answer.text}`).toContain(answer.status);
  try {
    await attempt.settled?.(answer);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

describe("an operation that is interrupted at any of its calls to the table and called again", () => {
  test("has a scenario if it may write", () => {
    const operations = Object.entries({ ...routes, ...workers }).filter(([, { table }]) =>
      table.some((action) => writing.has(action)),
    );
    expect(operations.map(([name]) => name).filter((name) => !Object.hasOwn(scenarios, name))).toEqual([]);
  });

  test.concurrent.each(written)(
    "$operation, $name, is done once",
    async (row) => {
      const stage = await newStage(server);
      const attempt = await row.scenario(stage, proxy);
      const count = failing(stage, attempt);
      const undisturbed = await repeated(attempt, await attempt.call());
      count.lift();
      expect(attempt.told).toContain(undisturbed.status);
      await attempt.settled?.(undisturbed);
      const points = Array.from({ length: count.calls() }, (_, after) => after);
      await Promise.all(
        points.flatMap((after) => faultsOf(row, after).map((fault) => underWay(interrupted, row, { ...fault, after }))),
      );
    },
    300_000,
  );

  test("leaves nothing that breaks an invariant", async () => {
    const broken = await brokenInvariants(server.tableName);
    expect(broken.map((sentence) => sentence.replace(/^app (\w+)/, (app, id) => caseOf.get(id) ?? app))).toEqual([]);
  });
});
