import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** The program of `cdk.json`, as the CDK's command line starts it. */
const app = fileURLToPath(new URL("../../bin/app.mjs", import.meta.url));
const start = (parameters: readonly string[], context: object) =>
  spawnSync(process.execPath, [...parameters, app], {
    encoding: "utf8",
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });

test("a deployment says in one line which setting is wrong", () => {
  const { status, stderr } = start([], { stage: "Prod!" });
  const line = 'The setting stage has to be 1 to 20 lower-case letters, digits or dashes, and is "Prod!".\n';
  expect([status, stderr]).toEqual([1, line]);
});

test("a deployment says in one line that Node is too old", () => {
  const old = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.11.1"}})';
  const { status, stderr } = start(["--import", old], { stage: "dev" });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^Sunroom is deployed by Node 22\.18 or later[^\n]+\n$/)]);
});
