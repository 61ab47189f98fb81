import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { beforeAll, expect, test } from "vitest";
import { bundle } from "../../sdk/build.mjs";
import { VERSION } from "../../sdk/src/version.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const sdk = join(root, "sdk");
const run = promisify(execFile);

beforeAll(() => run(process.execPath, [join(sdk, "build.mjs")]), 60_000);

test("the script is at most 8 kB, minified and gzipped", async () => {
  const script = (await bundle()).get("smooch.js") ?? "";
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(8000);
});

test("the script makes one global, Smooch, and needs no browser to be parsed", async () => {
  const script = (await bundle({ configBaseUrl: "https://chat.example/sdk" })).get("smooch.js") ?? "";
  const window: { Smooch?: object } = {};
  new Function("window", "document", script)(window, { currentScript: null });
  expect(Object.keys(window)).toEqual(["Smooch"]);
  expect(script).toContain("https://chat.example/sdk");
});

test("the module can be imported where there is no window", async () => {
  const { default: Smooch } = await import(join(sdk, "dist", "index.js"));
  expect(Smooch).toHaveProperty("init");
});

test("the version the SDK sends is the version of the package", async () => {
  const { version, dependencies } = JSON.parse(await readFile(join(sdk, "package.json"), "utf8"));
  expect(VERSION).toBe(version);
  expect(dependencies).toBeUndefined();
});

test("publint has nothing to say about the package", async () => {
  const { messages } = await publint({ pkgDir: sdk, strict: true });
  expect(messages).toEqual([]);
}, 60_000);

test("the types are found by every way of importing a module", async () => {
  const attw = join(root, "node_modules", ".bin", "attw");
  await run(process.execPath, [attw, "--pack", sdk, "--profile", "esm-only", "--no-color"]);
}, 60_000);

test("the README is at most 60 lines", async () => {
  const readme = await readFile(join(sdk, "README.md"), "utf8");
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
});
