import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, startEngine } from "../lib/local/engine.ts";
import { newAccountKey } from "../test/support/caller.ts";
import { decimals, goal, table } from "./markdown.ts";
import { mixedLoad, requestsOf } from "./mixedLoad.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

/** The last build with calls through the plain AWS SDK. */
const commit = "845a121";
const root = fileURLToPath(new URL("..", import.meta.url));
const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" });

/** The required gain in requests over the earlier build, and the permitted gain in memory. */
const factors = { requests: 1.5, memory: 1.05 };

/** A local server of one build, in a process of its own. */
interface Build {
  readonly name: string;
  readonly url: string;
  readonly accountKey: { readonly id: string; readonly secret: string };
  /** The requests answered per second and the CPU of a request in milliseconds, of each turn. */
  readonly turns: { readonly perSecond: number; readonly cpu: number }[];
  readonly process: ChildProcess;
  readonly engine: Engine;
}

/** Checks the earlier build out of the repository's history; `undefined` if the history does not reach back so far. */
function checkOut(directory: string): string | undefined {
  try {
    git("rev-parse", "--verify", `${commit}^{commit}`);
  } catch {
    return undefined;
  }
  const tree = join(directory, "earlier");
  git("worktree", "add", "--detach", tree, commit);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  // What its page shows is not measured, and the files of that are no dependency any more.
  const page = join(tree, "node_modules", "swagger-ui-dist");
  mkdirSync(page, { recursive: true });
  for (const file of ["package.json", "swagger-ui.css", "swagger-ui-bundle.js"])
    writeFileSync(join(page, file), file === "package.json" ? "{}" : "");
  return tree;
}

/** Starts a build's server as a person does, with an engine of its own that keeps its data on disk. */
async function startBuild(name: string, tree: string, directory: string): Promise<Build> {
  const engine = await startEngine({ dataDirectory: join(directory, "engine") });
  const accountKey = newAccountKey();
  const child = spawn(process.execPath, [join(tree, "bin/local.ts")], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      DYNAMODB_ENDPOINT: engine.endpoint,
      ACCOUNT_KEY_ID: accountKey.id,
      ACCOUNT_KEY_SECRET: accountKey.secret,
      ANONYMOUS_BURST: "1000000",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (text) => {
      printed += text;
      const address = /http:\/\/localhost:\d+/.exec(printed)?.[0];
      if (printed.includes("is ready") && address !== undefined) resolve(address);
    });
    child.once("close", () => reject(new Error(`The server of ${name} did not start: ${printed}`)));
  });
  return { name, url, accountKey, turns: [], process: child, engine };
}

/** Reads the CPU of a process in milliseconds, which Linux counts in hundredths of a second. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Reads the memory of a process in MB. */
const memoryOf = ({ pid }: ChildProcess): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_000;

interface Turns {
  readonly seconds: number;
  readonly width: number;
  readonly rounds: number;
}

/** Measures the median turn of each build, and its server's memory at the end. */
async function compare(builds: readonly Build[], { seconds, width, rounds }: Turns) {
  // The first round is not counted.
  for (let round = 0; round <= rounds; round++)
    for (const build of builds) {
      const before = cpuOf(build.process);
      const requests = requestsOf(await mixedLoad(build, { seconds, width }));
      const cpu = (cpuOf(build.process) - before) / requests;
      if (round > 0) build.turns.push({ perSecond: requests / seconds, cpu });
    }
  return builds.map(({ name, turns, process: server }) => ({
    name,
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    cpu: median(turns.map(({ cpu }) => cpu)),
    memory: memoryOf(server),
  }));
}

async function stop({ process: server, engine }: Build): Promise<void> {
  const ended = new Promise((resolve) => server.once("close", resolve));
  server.kill("SIGTERM");
  await ended;
  await engine.stop();
}

/** The local server of this build against that of an earlier one, under the mixed load of table 6, by turns. */
export const earlierBuild: Table = {
  title: `The local server against the build of ${commit}`,
  async measure(quick) {
    const directory = mkdtempSync(join(tmpdir(), "sunroom-builds-"));
    const tree = checkOut(directory);
    if (tree === undefined)
      return `Not measured: the history here does not reach back to ${commit}, whose calls went through the plain AWS SDK.`;
    const turns = quick ? { seconds: 2, width: 16, rounds: 1 } : { seconds: 10, width: 16, rounds: 6 };
    const builds: Build[] = [];
    try {
      builds.push(await startBuild(commit, tree, directory));
      builds.push(await startBuild("this build", root, mkdtempSync(join(directory, "own-"))));
      const rows = await compare(builds, turns);
      const [earlier, ours] = rows as [(typeof rows)[0], (typeof rows)[0]];
      const requests = ours.perSecond / earlier.perSecond;
      const memory = ours.memory / earlier.memory;
      return [
        `The mixed load of table 6, ${turns.width} clients at a time, ${turns.rounds} turns of ${turns.seconds} seconds each. Clients, server and engine share the machine. The earlier build runs from the repository's own history, with the dependencies of this one.`,
        table(
          ["build", "requests a second", "the server's CPU ms a request", "memory at the end, MB"],
          rows.map((row) => [row.name, decimals(row.perSecond, 0), decimals(row.cpu), decimals(row.memory, 0)]),
        ),
        [
          goal(
            `${decimals(requests)} × the earlier build's requests a second (at least ${factors.requests})`,
            requests >= factors.requests,
          ),
          goal(
            `${decimals(memory)} × the earlier build's memory (at most ${factors.memory})`,
            memory <= factors.memory,
          ),
        ].join("\n"),
      ].join("\n\n");
    } finally {
      for (const build of builds) await stop(build);
      git("worktree", "remove", "--force", tree);
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
