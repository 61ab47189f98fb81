import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { installMiniStack } from "./test/deployed/miniStack/install.ts";

/**
 * `npm run test:deployed`: deploys the stack into MiniStack, which stands in for AWS on this machine, asks the same of
 * the deployed API as of the local server, and then updates, rolls back and destroys it. docs/testing.md says more.
 */

/** Generous, for busy machines: nothing here waits for it. */
const testTimeout = 300_000;

const found = installMiniStack();
const isDeployed = "python" in found;
if (isDeployed) process.env.MINISTACK_PYTHON = found.python;
else console.warn(`Skipped: the tests of the deployed stack, because there is ${found.missing}.`);

const project = (
  target: "deployed" | "local",
  name: string,
  include: string,
  groupOrder: number,
): TestProjectConfiguration => ({
  test: {
    name,
    include: [include],
    provide: { target },
    testTimeout,
    hookTimeout: testTimeout,
    sequence: { groupOrder },
  },
});

export default defineConfig({
  test: {
    globalSetup: "test/deployed/setUp.ts",
    // Bootstrapping and deploying take half a minute.
    hookTimeout: testTimeout,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "reports/deployed.json" }]] : ["default"],
    pool: "threads",
    maxWorkers: 2,
    projects: [
      project("local", "local", "test/deployed/answers/**/*.test.ts", 1),
      ...(isDeployed
        ? [
            project("deployed", "deployed", "test/deployed/{answers,aws}/**/*.test.ts", 1),
            project("deployed", "lifecycle", "test/deployed/lifecycle/**/*.test.ts", 2),
          ]
        : []),
    ],
  },
});
