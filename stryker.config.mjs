import { argv, env } from "node:process";

const asked = argv.findIndex((argument) => argument === "--mutate" || argument === "-m");
// `vitest.mutation.config.ts`, which the processes of the test runner read, picks the tests by it.
env.MUTATED = asked === -1 ? "" : argv[asked + 1];

/** Mutation testing (`npm run mutation`), see docs/testing.md. */
export default {
  packageManager: "npm",
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  tsconfigFile: "none: Stryker reads it with an API that TypeScript 7 has not",
  mutate: [
    "lib/{apps,auth,conversations,model,users}/**/*.ts",
    "lib/channels/{inbound,kit,links}/*.ts",
    "!lib/channels/inbound/outcomeOfDelivery.ts",
    "lib/db/*.ts",
    "lib/db/items/*.ts",
    "lib/aws/{accountKey,awsCall,deliveryQueue}.ts",
  ],
  ignorePatterns: ["bench", "demo", "dist", "reports", "test/browser", "test/infra", "cdk.out", ".local"],
  ignoreStatic: true,
  coverageAnalysis: "perTest",
  timeoutMS: 5_000,
  reporters: ["clear-text", "json"],
  jsonReporter: { fileName: "reports/mutation.json" },
  thresholds: { high: 90, low: 85, break: 85 },
};
