import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Number of files that this process has written, so that those of one millisecond have an order too. */
let written = 0;

/** What is called, by the folder, when this process has written a file into it. */
const listeners = new Map<string, () => void>();

/** Calls a function each time that this process has written a file into a folder, which has one such at most. */
export function whenSpooled(folder: string, listener: () => void): void {
  listeners.set(resolve(folder), listener);
}

/**
 * Writes a file that appears whole or not at all, so that no reader finds half of one. It is on the disk when this
 * resolves. Names sort by their time, then by the order of the calls.
 * @param time milliseconds since 1970
 */
export async function spool(folder: string, body: string, time = Date.now()): Promise<void> {
  const order = String(written++).padStart(9, "0");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = join(folder, `${time}-${order}-${randomUUID()}`);
  await writeFile(`${name}.part`, body, { flush: true, mode: 0o600 });
  await rename(`${name}.part`, `${name}.json`);
  listeners.get(resolve(folder))?.();
}
