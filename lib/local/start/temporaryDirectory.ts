import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Linux keeps files in memory. */
const inMemory = "/dev/shm";
/** The bytes that have to be free there: a container may have as few as 64 MB. */
const enough = 2 ** 30;

/**
 * Makes a folder for data that goes with this process: in memory where the system has a place for that, since the engine
 * waits for a disk at each write, else, or where `TMPDIR` names one, in the folder of temporary files.
 */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(process.env.TMPDIR || !isRoomInMemory() ? tmpdir() : inMemory, "sunroom-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function isRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= enough;
  } catch {
    return false;
  }
}
