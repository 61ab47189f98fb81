import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileCache } from "./compileCache.ts";

/** The local server as a person starts it, in a process of its own. */
export interface LocalProcess {
  readonly pid: number | undefined;
  /** Answers its output so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<number | null>;
}

/** Runs `npm start` in a directory, which gets its `.local/`, until it is ready or has ended. */
export async function startLocal(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
  ...options: string[]
): Promise<LocalProcess> {
  const script = fileURLToPath(new URL("../../bin/local.ts", import.meta.url));
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME };
  const child = spawn(process.execPath, ["--import", compileCache, script, ...options], {
    cwd: directory,
    env: { ...inherited, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = new Promise<void>((resolve) => {
    child.stdout.on("data", (text) => {
      stdout += text;
      if (stdout.includes("is ready")) resolve();
    });
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  await Promise.race([ready, exited]);
  return {
    pid: child.pid,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}

/**
 * Tells whether an engine with its data in the directory runs. Reads the processes as Linux lists them; elsewhere it
 * finds none.
 */
export function engineRuns(directory: string): boolean {
  if (!existsSync("/proc/self")) return false;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory);
      } catch {
        // The process ended after it was listed.
        return false;
      }
    });
}
