import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { canRun } from "./lib/local/engine.ts";
import { chromium } from "./test/support/chromium.ts";

/** Tests of what reads and writes the table by itself. */
const ofTable = [
  ...[
    "db/*",
    "db/items/*",
    "db/pauses/*",
    "conversations/**/*",
    "users/**/*",
    "channels/inbound/*",
    "channels/links/*",
    "channels/outbound/*",
    "apps/*",
  ],
  ...["events/*", "support/*", "races/*"],
].map((place) => `test/${place}.test.ts`);
/** Tests that talk to a DynamoDB engine run on the embedded one, or on DynamoDB Local where that is the only one … */
const onEngine = [...ofTable, "test/functions/**/*.test.ts", "test/events/**/*.test.ts"];
/**
 * … and where the engine itself decides, on each that this machine has: conditional writes, transactions, races, pages.
 * What asks and is answered is our own code, and the same on any.
 */
const onEveryEngine = [
  ...ofTable,
  ...[
    ...["createUser", "channelWebhookOnce", "deleteUser", "emailIdentities"],
    ...["sdkLogin", "sdkCreateConversation", "joinConversation", "mergedConversation"],
    ...["listConversations", "sdkListMessages"],
  ].map((file) => `test/functions/${file}.test.ts`),
];
/**
 * Those of the local server and the command line, and of costs, are for the embedded engine alone: DynamoDB Local does
 * not count units as AWS bills them; and so are those of faults and attacks, of which there are many.
 */
const onEmbedded = ["local", "cli", "testing", "cost", "faults", "attacks", "upgrade", "restore", "bench"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

/** Where test servers write down what each Lambda asks of the table (`test/support/tableAccess.ts`). */
const accessRecords = mkdtempSync(join(tmpdir(), "sunroom-access-"));
process.env.TABLE_ACCESS_RECORDS = accessRecords;
process.once("exit", () => rmSync(accessRecords, { recursive: true, force: true }));

/** What looks at those records runs after all that writes them. (Vitest runs files of order 0 last where it has one worker.) */
const recording = { groupOrder: 1 };
const lookingAtRecords = { groupOrder: 2 };

/** Generous, for busy machines: nothing here waits for it. */
const testTimeout = 300_000;

const onAnEngine = (name: string, include: string[]): TestProjectConfiguration => ({
  test: {
    name,
    include,
    globalSetup: "test/support/engineSetup.ts",
    setupFiles: "test/support/watchLog.ts",
    testTimeout,
    hookTimeout: testTimeout,
    sequence: recording,
  },
});

/** Tests that need what not every machine has: left out with a line that says so, or a failure where CI runs. */
function optional(name: string, include: string[], available: boolean, missing: string): TestProjectConfiguration[] {
  if (available) return [onAnEngine(name, include)];
  const line = `Skipped: the tests of "${name}", because there is no ${missing}.`;
  if (process.env.CI) throw new Error(line);
  console.warn(line);
  return [];
}

const thisMachine = `${process.platform}-${process.arch}`;

export default defineConfig({
  test: {
    // The report is where `.ci/run` counts from.
    reporters: process.env.CI ? ["default", ["json", { outputFile: "reports/vitest.json" }]] : ["default"],
    // A thread starts sooner than a process, and takes a tenth less of the processors in all.
    pool: "threads",
    // Tests that run beside one another in a file wait for time-outs and retries.
    maxConcurrency: 12,
    // On two cores Vitest would use one; and many tests wait for time-outs, which leaves room for one more.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...onEngine, ...onEmbedded, "test/{browser,deployed,infra}/**", "test/access.test.ts"],
          // Rules without a state: a worker imports them once for all its files.
          isolate: false,
          testTimeout,
          sequence: recording,
        },
      },
      ...optional("embedded", [...onEngine, ...onEmbedded], canRun("embedded"), `embedded engine for ${thisMachine}`),
      ...optional(
        "dynamodbLocal",
        canRun("embedded") ? onEveryEngine : onEngine,
        canRun("dynamodbLocal"),
        "Java 17 or later",
      ),
      ...optional(
        "browser",
        ["test/browser/**/*.test.ts"],
        chromium !== undefined,
        "Chromium (CHROMIUM names its path)",
      ),
      {
        test: {
          name: "infra",
          include: ["test/infra/**/*.test.ts"],
          testTimeout,
          hookTimeout: testTimeout,
          sequence: recording,
        },
      },
      { test: { name: "access", include: ["test/access.test.ts"], sequence: lookingAtRecords } },
    ],
  },
});
