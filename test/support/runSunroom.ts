import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { compileCache } from "./compileCache.ts";

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sunroom` as a person does, in a process of its own, with no environment but what is given. */
export function runSunroom(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  directory = tmpdir(),
): Promise<Run> {
  const script = fileURLToPath(new URL("../../bin/sunroom.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", compileCache, script, ...parameters], { cwd: directory, env: environment });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
