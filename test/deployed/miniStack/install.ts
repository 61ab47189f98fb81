import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The Python that MiniStack needs: 3.10 or later, with what makes virtual environments. */
const isEnough = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/**
 * Installs MiniStack, which stands in for AWS, in a virtual environment of the project's own, once for each version of
 * `requirements.txt`. Answers its Python, or why there is none.
 */
export function installMiniStack(): { readonly python: string } | { readonly missing: string } {
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const environment = join(root, ".local", `ministack-${version}`);
  const python = join(environment, "bin", "python");
  if (existsSync(join(environment, "bin", "ministack"))) return { python };
  if (spawnSync("python3", ["-c", isEnough]).status !== 0) return { missing: "no Python 3.10 or later with venv" };
  const pip = join(environment, "bin", "pip");
  const steps = [
    ["python3", "-m", "venv", environment],
    [pip, "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements],
  ] as const;
  for (const [command, ...parameters] of steps) {
    const { status, stderr } = spawnSync(command, parameters, { encoding: "utf8" });
    if (status === 0) continue;
    rmSync(environment, { recursive: true, force: true });
    return { missing: `no MiniStack: ${stderr?.trim().split("\n").at(-1) ?? `${command} cannot be run`}` };
  }
  return { python };
}
