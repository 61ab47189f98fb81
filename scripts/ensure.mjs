// Runs before `npm start` and `npm test`, so that each alone is enough after a clone: installs the packages of
// package-lock.json if others are installed, and checks the Node that npm's scripts use. Plain JavaScript, since the
// Node that runs it first may be too old for anything else. Prints nothing if there is nothing to do.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");

function give(up) {
  console.error(up);
  process.exit(1);
}

/** Reads the packages of a lockfile by their folder; `undefined` if there is no such file. */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Tells whether npm's own record of the installation agrees with the lockfile; optional packages may be missing. */
function isInstalled() {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!wanted || !installed) return false;
  const same = (one, other) => one.version === other.version && one.integrity === other.integrity;
  return (
    Object.entries(wanted).every(([folder, entry]) =>
      folder === "" ? true : installed[folder] ? same(entry, installed[folder]) : entry.optional || entry.devOptional,
    ) && Object.keys(installed).every((folder) => wanted[folder])
  );
}

/** Installs the packages. Through a link, `npm ci` would first delete those of the directory that it leads to. */
function install() {
  if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink())
    give("node_modules is a link, and what it leads to is not what package-lock.json asks for: install it there.");
  console.error("Installing dependencies, once …");
  const options = ["ci", "--include=dev", "--include=optional", "--loglevel=error", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath ?? "";
  const [command, ...rest] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ["npm"];
  const { status } = spawnSync(command, [...rest, ...options], { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) give('The dependencies could not be installed; "npm ci" shows why.');
}

/** Reads the version of the Node that npm's scripts use: the one among the dependencies, else the machine's. */
function nodeVersion() {
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  return spawnSync("node", ["-p", "process.versions.node"], { env, encoding: "utf8" }).stdout?.trim();
}

if (!isInstalled()) install();

// The Node among the dependencies is built for glibc; if it does not run, the machine's own replaces it.
const ownNode = join(bin, "node");
if (existsSync(ownNode) && spawnSync(ownNode, ["-v"]).status !== 0) rmSync(ownNode);

const version = nodeVersion() ?? process.versions.node;
const [major, minor] = version.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18))
  give(`Sunroom needs Node 22.18 or later and this is ${version}: install Node 24 (https://nodejs.org) and try again.`);
