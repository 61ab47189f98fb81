import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, expect, test } from "vitest";
import { startTestServer } from "../support/startTestServer.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "cli");
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

const server = await startTestServer();
const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory], { cwd: folder });
const tarball = join(directory, JSON.parse(stdout.slice(stdout.indexOf("[")))[0].filename);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("npx runs the packed command with the machine's own Node and nothing but the package", async () => {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const { stdout } = await run(
    "npx",
    ["--offline", "--yes", "--package", tarball, "--", "sunroom", "app", "create", "From npx", "--json"],
    {
      cwd: directory,
      env: {
        // Where a machine has no other Node, the one that runs the tests.
        PATH: [...path, dirname(process.execPath)].join(delimiter),
        HOME: directory,
        npm_config_cache: join(directory, "cache"),
        SUNROOM_URL: server.url,
        SUNROOM_KEY_ID: server.accountKey.id,
        SUNROOM_KEY_SECRET: server.accountKey.secret,
      },
    },
  );
  expect(JSON.parse(stdout)).toMatchObject({ displayName: "From npx" });
}, 60_000);

test("the package has the project's version, and no dependency", () => {
  const { version, dependencies } = readJson(join(folder, "package.json"));
  expect(version).toBe(readJson(join(root, "package.json")).version);
  expect(dependencies).toBeUndefined();
});

test("publint has nothing to say about the package", async () => {
  const { messages } = await publint({ pkgDir: folder, strict: true });
  expect(messages).toEqual([]);
}, 60_000);
