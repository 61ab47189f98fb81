import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runSunroom as run } from "../../lib/cli/runSunroom.ts";
import { compileCache } from "./compileCache.ts";

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `sunroom` with only the given environment: in this process if the environment names its server or none is
 * needed, and in a process of its own if it looks for one in a directory.
 */
export async function runSunroom(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  directory?: string,
): Promise<Run> {
  if (directory !== undefined) return ownProcess(parameters, environment, directory);
  const output = { stdout: "", stderr: "" };
  const code = await run(parameters, environment, {
    async write(text) {
      output.stdout += text;
    },
    complain(text) {
      output.stderr += text;
    },
  });
  return { code, ...output };
}

function ownProcess(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
): Promise<Run> {
  const script = fileURLToPath(new URL("../../bin/sunroom.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", compileCache, script, ...parameters], {
      cwd: directory,
      env: environment,
    });
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
