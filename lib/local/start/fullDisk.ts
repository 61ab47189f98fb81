import { statfsSync } from "node:fs";

/** The space that the engine needs to write anything: its log of writes grows by pages. */
const enough = 256 * 1024;

/**
 * Says that the disk of a directory is full; `undefined` while it is not. The engine tells a full disk from no other of
 * its own faults.
 */
export function sentenceOfFullDisk(directory: string): string | undefined {
  if (freeBytes(directory) >= enough) return undefined;
  return `The disk of ${directory} is full: until there is space, nothing can be stored and calls that write are answered with 500.`;
}

function freeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
