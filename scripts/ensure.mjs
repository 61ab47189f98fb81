// Runs before `npm start` and `npm test`, so that each alone is enough after a clone: installs what package-lock.json
// lists when that is not what is installed, and checks the Node that npm's scripts use. Plain JavaScript, since the
// Node that runs it first may be too old for anything else. Says nothing when there is nothing to do.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");

function give(up) {
  console.error(up);
  process.exit(1);
}

/** The packages of a lockfile by their folder, or `undefined` when there is no such file. */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Whether npm's own record of what it installed agrees with the lockfile; what is optional may be missing. */
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

function install() {
  console.error("Installing dependencies, once …");
  const options = ["ci", "--include=dev", "--include=optional", "--loglevel=error", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath ?? "";
  const [command, ...rest] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ["npm"];
  const { status } = spawnSync(command, [...rest, ...options], { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) give('The dependencies could not be installed; "npm ci" shows why.');
}

/** The version of the Node that npm's scripts use: the one among the dependencies, else the machine's. */
function nodeVersion() {
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  return spawnSync("node", ["-p", "process.versions.node"], { env, encoding: "utf8" }).stdout?.trim();
}

if (!isInstalled()) install();

// The Node among the dependencies is built for glibc; where it does not run, the machine's own takes its place.
const ownNode = join(bin, "node");
if (existsSync(ownNode) && spawnSync(ownNode, ["-v"]).status !== 0) rmSync(ownNode);

const version = nodeVersion() ?? process.versions.node;
const [major, minor] = version.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18))
  give(`Sunroom needs Node 22.18 or later and this is ${version}: install Node 24 (https://nodejs.org) and try again.`);
