import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Sunroom, startSunroom } from "../../lib/testing/startSunroom.ts";
import { newUser, npmInstall, packSunroom, sizeOf } from "../../test/support/packedSunroom.ts";
import { decimals, goal, table } from "../markdown.ts";
import { median, percentile } from "../statistics.ts";
import type { Table } from "../table.ts";

/** The stand-in as it is installed, out of a tarball. */
interface Installed {
  readonly tarball: string;
  readonly project: string;
  readonly program: (name: string) => string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The stand-in from the packed package: how soon it is ready, how fast a test begins anew, what it takes on the disk. */
export const standIn: Table = {
  title: "A stand-in for tests, from the packed package",
  async measure(quick) {
    const directory = mkdtempSync(join(tmpdir(), "sunroom-bench-"));
    try {
      const installed = await install(directory);
      return await measured(installed, directory, quick ? 1 : 20);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function install(directory: string): Promise<Installed> {
  const [tarball, project] = [await packSunroom(directory), join(directory, "project")];
  const environment = newUser(directory);
  mkdirSync(project);
  await npmInstall(project, environment, tarball);
  const dist = join(project, "node_modules", "sunroom", "dist");
  return { tarball, project, environment, program: (name) => join(dist, name) };
}

async function measured(installed: Installed, directory: string, turns: number): Promise<string> {
  const { tarball, project, environment, program } = installed;
  // The environment of this process is that of the stand-ins that it starts.
  Object.assign(process.env, { SUNROOM_CACHE: environment.SUNROOM_CACHE });
  // The import's type is that of the source which was built.
  const module = await import(pathToFileURL(program("lib/testing/startSunroom.js")).href);
  const start: typeof startSunroom = module.startSunroom;
  const cold = await repeated(turns, () => started(installed, ["--memory"], { NODE_DISABLE_COMPILE_CACHE: "1" }));
  await started(installed, ["--memory"]);
  const ready = await repeated(turns, () => started(installed, ["--memory"]));
  const folder = await repeated(turns, (turn) => started(installed, ["--data", join(directory, `data-${turn}`)]));
  const own = await inTests(start, turns);
  const times: readonly (readonly [string, readonly number[]])[] = [
    ["`sunroom start --memory` to its ready line, the first time", cold],
    ["`sunroom start --memory` to its ready line, from then on", ready],
    ["`sunroom start --data` in a new folder, to its ready line", folder],
    ["`startSunroom()`", own.ready],
    ["`startSunroom()` and the first `createApp()`", own.firstApp],
    ["`createApp()`", own.app],
    ["`reset()` after a test that used the API", own.reset],
    ["`reset()` at once after a reset", own.resetAgain],
    ["`deliver()` of a text", own.deliver],
    ["`events()` after it", own.events],
    ["`stop()`", own.stop],
  ];
  const installedSize = sizeOf(project) / 1e6;
  const rows = times.map(([name, values]) => [
    name,
    decimals(median(values), 0),
    decimals(percentile(values, 0.95), 0),
  ]);
  return [
    table(["milliseconds", "median", "95th percentile"], rows),
    `Installed it takes ${decimals(installedSize, 1)} MB without the engine, the tarball ${decimals(statSync(tarball).size / 1e6, 1)} MB. ${turns} times each.`,
    [
      goal("`sunroom start` is ready within 1000 ms after its installation", median(cold) <= 1_000),
      goal("`startSunroom()` is ready within 150 ms where the engine is there", median(own.ready) <= 150),
      goal("`reset()` takes at most 20 ms", median(own.reset) <= 20),
      goal("it takes at most 60 MB without the engine", installedSize <= 60),
    ].join("\n"),
  ].join("\n\n");
}

async function repeated(turns: number, measure: (turn: number) => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) times.push(await measure(turn));
  return times;
}

/** Starts the program as `npx sunroom start` does, stops it, and answers the milliseconds to its ready line. */
async function started(
  { program, project, environment }: Installed,
  options: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program("bin/sunroom.js"), "start", "--port", "0", "--json", ...options], {
    ...{ cwd: project, env: { ...environment, ...settings } },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const milliseconds = performance.now() - begun;
  child.kill("SIGTERM");
  await exited;
  return milliseconds;
}

const steps = ["ready", "firstApp", "app", "deliver", "events", "reset", "resetAgain", "stop"] as const;

/** Does what a test suite does, with a stand-in for each turn, and answers the milliseconds of each step. */
async function inTests(start: typeof startSunroom, turns: number) {
  const times: Record<(typeof steps)[number], number[]> = {
    ...{ ready: [], firstApp: [], app: [], deliver: [], events: [], reset: [], resetAgain: [], stop: [] },
  };
  const timed = async <Result>(step: (typeof steps)[number], work: () => Promise<Result>): Promise<Result> => {
    const begun = performance.now();
    const result = await work();
    times[step].push(performance.now() - begun);
    return result;
  };
  for (let turn = 0; turn < turns; turn++) {
    const begun = performance.now();
    const sunroom: Sunroom = await timed("ready", () => start());
    await sunroom.createApp();
    times.firstApp.push(performance.now() - begun);
    for (let test = 0; test < 5; test++) {
      const { id } = await timed("app", () => sunroom.createApp());
      await timed("deliver", () => sunroom.deliver("telegram", "15550100", "Hi", { appId: id }));
      await timed("events", () => sunroom.events());
      await timed("reset", () => sunroom.reset());
    }
    await timed("resetAgain", () => sunroom.reset());
    await timed("stop", () => sunroom.stop());
  }
  return times;
}
