import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Number of files that this process has written, so that those of one millisecond have an order too. */
let written = 0;

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
}
