import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { StartError } from "./startError.ts";

/** The version of the embedded engine: that of package.json's optional dependency. */
export const engineVersion = "1.2.1";

/** A system, as Node names it. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

/** The systems for which the engine's maker publishes a program, each as a package of npm of its own. */
const published: readonly string[] = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

/** Names the package of a system's program; `undefined` if there is none. */
export const packageOf = ({ platform, arch }: Platform): string | undefined =>
  published.includes(`${platform}-${arch}`) ? `@dynoxide/${platform}-${arch}` : undefined;

const require = createRequire(import.meta.url);

/** Finds the program in an installed package, under the name that it has on the system. */
const programIn = (folder: string): string | undefined =>
  ["dynoxide", "dynoxide.exe"].map((name) => join(folder, name)).find((file) => existsSync(file));

/** Finds the program of this system: among the dependencies, else where `installEngine` put it. */
export function findEngineProgram(system: Platform = process): string | undefined {
  const name = packageOf(system);
  if (name === undefined) return undefined;
  let folder: string | undefined;
  try {
    folder = dirname(require.resolve(`${name}/package.json`));
  } catch {
    folder = join(installedAt(system), "node_modules", name);
  }
  return programIn(folder);
}

/** The folder in which the engine of a system is installed, apart from any project: each version has its own. */
const installedAt = ({ platform, arch }: Platform): string =>
  join(cacheFolder(), `engine-${engineVersion}-${platform}-${arch}`);

/** The user's folder for what can be fetched again, by the system's own custom; `SUNROOM_CACHE` names another. */
function cacheFolder(): string {
  const { SUNROOM_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (SUNROOM_CACHE) return SUNROOM_CACHE;
  if (process.platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "sunroom");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "sunroom");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "sunroom");
}

/**
 * Installs the engine of a system by npm, which every Node brings along: from the registry and through the proxy that the
 * machine is set up for, checked against the digest that the registry names. Done at once by several processes, one of
 * them wins. A package is locked for one system alone, so the version is pinned here.
 * @throws StartError if the maker publishes none for this system, or npm fails
 */
export async function installEngine(system: Platform = process): Promise<void> {
  const name = packageOf(system);
  if (name === undefined || findEngineProgram(system) !== undefined) return;
  const place = installedAt(system);
  try {
    mkdirSync(dirname(place), { recursive: true });
  } catch (error) {
    throw new StartError(
      `The database cannot be kept in ${dirname(place)} (${codeOf(error)}); SUNROOM_CACHE names another folder.`,
    );
  }
  const partial = mkdtempSync(`${place}-`);
  try {
    // For another system than this one npm refuses without `--force`, whatever `--os` and `--cpu` say.
    const isOther = system.platform !== process.platform || system.arch !== process.arch;
    const output = await npm([
      ...["install", "--prefix", partial, "--no-save", "--no-package-lock", "--ignore-scripts"],
      ...["--no-audit", "--no-fund", "--loglevel=error", ...patience, ...(isOther ? ["--force"] : [])],
      `${name}@${engineVersion}`,
    ]);
    if (programIn(join(partial, "node_modules", name)) === undefined)
      throw new StartError(
        `npm could not install the database, ${name}@${engineVersion}: ${output || "it holds no program"}.`,
      );
    try {
      renameSync(partial, place);
    } catch (error) {
      // Another process was quicker.
      if (findEngineProgram(system) === undefined) throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "error");

/** npm itself would wait for more than a minute, in silence, before it says that the registry cannot be reached. */
const patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"] as const;

/** Runs npm without a shell, by the file that starts it, and answers the end of what it printed. */
function npm(parameters: readonly string[]): Promise<string> {
  const [command, ...first] = npmCommand();
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, [...first, ...parameters], { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        output = `${output}${text}`.slice(-500);
      });
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(output.replace(/\s+/g, " ").trim()));
  });
}

/** Finds npm: the one that runs this program, else the one beside Node, else the one that the machine knows. */
function npmCommand(): readonly [string, ...string[]] {
  const running = process.env.npm_execpath ?? "";
  if (/npm-cli\.c?js$/.test(running)) return [process.execPath, running];
  const beside = [
    join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((file) => existsSync(file));
  return beside === undefined ? ["npm"] : [process.execPath, beside];
}
