import { statfsSync } from "node:fs";
import { StartError } from "../startError.ts";

/** The space that the engine needs to write anything: its log of writes grows by pages. */
const enough = 256 * 1024;

/** What a system says of the disk of a folder. */
type DiskOf = (directory: string) => { readonly blocks: number; readonly bavail: number; readonly bsize: number };

/**
 * Says that the disk of a directory is full; `undefined` while it is not. The engine tells a full disk from no other of
 * its own faults.
 */
export function sentenceOfFullDisk(directory: string, diskOf: DiskOf = statfsSync): string | undefined {
  if (!isFull(directory, diskOf)) return undefined;
  return `The disk of ${directory} is full: until there is space, nothing can be stored and calls that write are answered with 500.`;
}

/**
 * Makes sure that the engine can begin, which says no more of a full disk than that its input or output failed.
 * @throws StartError if the disk is full
 */
export function refuseFullDisk(directory: string, diskOf: DiskOf = statfsSync): void {
  if (isFull(directory, diskOf))
    throw new StartError(`The disk of ${directory} is full; make room, or choose a folder elsewhere with --data.`);
}

function isFull(directory: string, diskOf: DiskOf): boolean {
  try {
    const { blocks, bavail, bsize } = diskOf(directory);
    // Some file systems do not say how large they are.
    return blocks > 0 && bavail * bsize < enough;
  } catch {
    return false;
  }
}
