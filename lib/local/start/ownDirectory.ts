import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartError } from "../startError.ts";
import { sentenceOfFault } from "./machineFault.ts";

/** The file by which a data directory is locked on systems that lock by a file. */
export const lockFile = "lock";

/** What stands in a data directory of this or an earlier version; an engine adds files of these names' kinds. */
const ours: readonly string[] = [
  ...["form", "account-key.json", "local-key", "running.json", "control.json", "sunroom.db", lockFile],
  ...["shared-local-instance.db", "queue", "dead-letters", "events"],
];
/** What systems and repositories put into a folder, which makes it none of another program's. */
const ofNobody: readonly string[] = ["lost+found", ".gitignore", ".gitkeep", ".DS_Store", "Thumbs.db"];

/** Tells whether a file or folder in a directory is a program's: ours, or another's. */
export const isOfSomeone = (name: string): boolean => !ofNobody.includes(name);

/**
 * Makes a directory and those above it, readable only for its owner, also what is in it.
 * @throws StartError if it holds files of something else, or this user may not write there
 */
export function makeOwnDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    refuseForeign(directory);
    closeToOthers(directory);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : error;
    const why = sentenceOfFault(error) ?? `It cannot be made one's own (${code}).`;
    throw new StartError(`The data cannot be kept in ${directory}. ${why}`);
  }
}

/** Makes a directory and those above it. Node's own way waits forever below /proc, and names another error than the cause. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) {
    // A file in its place is refused here.
    readdirSync(directory);
    return;
  }
  makeDirectory(dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(directory)) throw error;
  }
}

/** Refuses a folder of other files, which would all be closed to other users and, with --fresh, deleted. */
function refuseForeign(directory: string): void {
  const names = readdirSync(directory).filter(isOfSomeone);
  if (names.length === 0 || names.some((name) => ours.includes(name) || name.endsWith("_local.db"))) return;
  throw new StartError(
    `The folder ${directory} holds other files and no data of Sunroom, such as ${names[0]}; choose a new or an empty one.`,
  );
}

function closeToOthers(path: string): void {
  const entry = lstatSync(path);
  if (entry.isDirectory()) {
    chmodSync(path, 0o700);
    for (const name of readdirSync(path)) closeToOthers(join(path, name));
  } else if (entry.isFile()) chmodSync(path, 0o600);
}
