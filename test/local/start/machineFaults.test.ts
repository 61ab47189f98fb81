import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { emptyDataDirectory, refuseLaterData } from "../../../lib/local/start/dataDirectory.ts";
import { refuseFullDisk, sentenceOfFullDisk } from "../../../lib/local/start/fullDisk.ts";
import { reportFault, sayOnce, sentenceOfFault } from "../../../lib/local/start/machineFault.ts";
import { makeOwnDirectory } from "../../../lib/local/start/ownDirectory.ts";
import { itemForm } from "../../../lib/model/itemForm.ts";
import { type LocalProcess, startLocal } from "../../support/startLocal.ts";

let directory: string;
let started: LocalProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
});
afterEach(async () => {
  started?.kill("SIGTERM");
  await started?.exited;
  started = undefined;
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

/** Makes an error as the system does. */
const refusal = (code: string, path?: string) => Object.assign(new Error(code), { code, ...(path && { path }) });

describe("a fault of the machine", () => {
  test.each([
    ["ENOSPC", "the disk is full"],
    ["EROFS", "it is read-only"],
    ["EACCES", "this user may not write there"],
    ["EMFILE", "too many files are open"],
  ])("%s is told in a sentence that names the file", (code, reason) => {
    expect(sentenceOfFault(refusal(code, "/data/form"))).toBe(`/data/form cannot be written: ${reason}.`);
    expect(sentenceOfFault(refusal(code))).toBe(`A file cannot be written: ${reason}.`);
  });

  test("is none of ours, which keep their stack", () => {
    const printed = vi.spyOn(console, "error").mockReturnValue();
    const error = new TypeError("x is not a function");
    expect(sentenceOfFault(error)).toBeUndefined();
    reportFault(error);
    expect(printed.mock.calls).toEqual([[error]]);
  });

  test("is not told over and over", () => {
    const printed = vi.spyOn(console, "error").mockReturnValue();
    for (const now of [0, 1_000, 59_999, 60_000, 61_000]) sayOnce("The disk is full.", now);
    expect(printed.mock.calls).toEqual([["The disk is full."], ["The disk is full."]]);
    reportFault(refusal("ENOSPC", "/data/a"));
    reportFault(refusal("ENOSPC", "/data/a"));
    expect(printed.mock.calls.slice(2)).toEqual([["/data/a cannot be written: the disk is full."]]);
  });
});

describe("a full disk", () => {
  /** A disk of 4 MB with so many free bytes. */
  const diskWith = (bytes: number) => () => ({ blocks: 1_024, bavail: bytes / 4_096, bsize: 4_096 });

  test("is told of by its folder, and keeps the server from starting", () => {
    const full = diskWith(40_960);
    expect(sentenceOfFullDisk("/data", full)).toMatch(/^The disk of \/data is full: [^\n]+\.$/);
    expect(() => refuseFullDisk("/data", full)).toThrow("The disk of /data is full; make room,");
  });

  test.each([
    ["with space", diskWith(1_048_576)],
    ["of unknown size", () => ({ blocks: 0, bavail: 0, bsize: 4_096 })],
  ])("is none %s", (_, diskOf) => {
    expect(sentenceOfFullDisk("/data", diskOf)).toBeUndefined();
    refuseFullDisk("/data", diskOf);
  });

  test("is none where the system has another, or no such folder", () => {
    refuseFullDisk(directory);
    expect(sentenceOfFullDisk(join(directory, "none"))).toBeUndefined();
  });
});

describe("a data folder", () => {
  test("of other files is refused before anything in it is changed, also for --fresh", async () => {
    writeFileSync(join(directory, "thesis.txt"), "x", { mode: 0o644 });
    expect(() => makeOwnDirectory(directory)).toThrow(
      `The folder ${directory} holds other files and no data of Sunroom, such as thesis.txt; choose a new or an empty one.`,
    );
    expect([readdirSync(directory), statSync(join(directory, "thesis.txt")).mode & 0o777]).toEqual([
      ["thesis.txt"],
      0o644,
    ]);
  });

  test("may hold what a repository or a disk puts there, which --fresh leaves", async () => {
    for (const name of [".gitignore", "form"]) writeFileSync(join(directory, name), "");
    mkdirSync(join(directory, "lost+found"));
    makeOwnDirectory(directory);
    emptyDataDirectory(directory);
    expect(
      readdirSync(directory)
        .filter((name) => name !== "lock")
        .sort(),
    ).toEqual([".gitignore", "lost+found"]);
  });

  test("is made with those above it", async () => {
    const folder = join(directory, "a", "b");
    makeOwnDirectory(folder);
    expect(statSync(join(directory, "a")).mode & 0o777).toBe(0o700);
  });

  test.runIf(process.platform === "linux")("below /proc is refused, and not waited for", async () => {
    expect(() => makeOwnDirectory("/proc/sunroom")).toThrow(/^The data cannot be kept in \/proc\/sunroom\. /);
  });

  test("that may not be written is refused with a sentence", async () => {
    chmodSync(directory, 0o500);
    // The administrator may write everywhere but to a system's own folders.
    const folder = process.getuid?.() === 0 ? "/proc/self/sunroom" : join(directory, "data");
    expect(() => makeOwnDirectory(folder)).toThrow(/^The data cannot be kept in \S+\. [^\n]+\.$/);
    chmodSync(directory, 0o700);
  });

  test("notes its form, and is refused if it is of a later one, or of one that there never was", () => {
    const form = join(directory, "form");
    refuseLaterData(directory);
    expect(readFileSync(form, "utf8")).toBe(`${itemForm}\n`);
    writeFileSync(form, `${itemForm + 1}\n`);
    expect(() => refuseLaterData(directory)).toThrow(/^A later version of Sunroom wrote the data in [^\n]+\.$/);
    writeFileSync(form, "1.5 or so");
    expect(() => refuseLaterData(directory)).toThrow(
      /^The data in \S+ is of no version of Sunroom that this one knows \(its file "form" is "1\.5 or so"\); [^\n]+\.$/,
    );
    writeFileSync(form, "");
    refuseLaterData(directory);
  });
});

/** Finds the process of the engine that has its data in the folder, as Linux lists them. */
function engineOf(folder: string): number | undefined {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => {
    try {
      const isEngine = readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("dynoxide");
      return isEngine && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

describe.runIf(process.platform === "linux")("an engine that ends by itself", () => {
  test("ends the server with one sentence, and the data is there at the next start", async () => {
    started = await startLocal(directory);
    const engine = engineOf(directory);
    expect(engine).toBeGreaterThan(0);
    if (engine) process.kill(engine, "SIGKILL");
    expect(await started.exited).toBe(1);
    const last = started.stderr().trimEnd().split("\n").at(-1);
    expect(last).toBe(
      `The database ended by itself (SIGKILL), and so does Sunroom; its data is kept in ${join(directory, ".local")}, so start it again.`,
    );
    expect(readdirSync(join(directory, ".local"))).not.toContain("running.json");
    started = await startLocal(directory);
    expect(started.stdout()).toContain("is ready");
  });
});

describe("a file of the database that is none", () => {
  test("is refused with a sentence", async () => {
    mkdirSync(join(directory, ".local"));
    writeFileSync(join(directory, ".local", "sunroom.db"), "x".repeat(5_000));
    started = await startLocal(directory);
    expect(await started.exited).toBe(1);
    expect(started.stderr()).toMatch(
      /^Sunroom cannot start\. The embedded engine \(dynoxide\) did not start: [^\n]+[^.]\.\n$/,
    );
  });
});
