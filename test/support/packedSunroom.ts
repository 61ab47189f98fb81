import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { engineVersion, packageOf } from "../../lib/local/engineBinary.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The folder of the package `sunroom`. */
export const packageFolder = join(root, "cli");

/** Builds the package in a folder of its own, beside other tests, and answers its tarball. */
export async function packSunroom(directory: string): Promise<string> {
  const folder = join(directory, "package");
  mkdirSync(folder);
  for (const file of ["package.json", "README.md"]) copyFileSync(join(packageFolder, file), join(folder, file));
  await run(process.execPath, [join(packageFolder, "build.mjs"), join(folder, "dist")]);
  return tarballOf(folder, directory, ["--ignore-scripts"]);
}

/** Packs a package into a directory, and answers the tarball. */
export async function tarballOf(folder: string, directory: string, options: readonly string[] = []): Promise<string> {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory, ...options], { cwd: folder });
  return join(directory, JSON.parse(stdout.slice(stdout.indexOf("[")))[0].filename);
}

/** What a machine needs to reach registries. */
const ofMachine = /^(?:HOME|JAVA_HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_.*|(?:https?|no)_proxy)$/i;

/**
 * The environment of a new user, without what this repository and the runner of its tests add: no dependency of ours is
 * found, and the engine is installed already.
 */
export function newUser(directory: string, node = process.execPath): Readonly<Record<string, string>> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return {
    ...Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value = ""]) => (ofMachine.test(name) ? [[name, value]] : [])),
    ),
    PATH: [dirname(node), ...path].join(delimiter),
    SUNROOM_CACHE: installedEngine(join(directory, "cache")),
  };
}

/** Puts the engine of this repository where the package looks for the one that it installed. */
function installedEngine(cache: string): string {
  const name = packageOf(process);
  if (name === undefined) return cache;
  const place = join(cache, `engine-${engineVersion}-${process.platform}-${process.arch}`, "node_modules", name);
  if (!existsSync(place)) cpSync(dirname(require.resolve(`${name}/package.json`)), place, { recursive: true });
  return cache;
}

/** Makes a project from one of the examples in `docs/examples`, in which the tarball is installed. */
export async function newProject(name: string, directory: string, tarball: string): Promise<string> {
  const project = join(directory, name);
  cpSync(join(root, "docs", "examples", name), project, { recursive: true });
  const file = join(project, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.devDependencies.sunroom = `file:${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  await npmInstall(project, newUser(directory));
  return project;
}

/** Installs packages, from npm's own cache as far as it has them. */
export async function npmInstall(
  project: string,
  env: Readonly<Record<string, string>>,
  ...packages: string[]
): Promise<void> {
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  await run("npm", ["install", ...options, ...packages], { cwd: project, env });
}

/** Adds up the bytes of all files below a folder. */
export const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
