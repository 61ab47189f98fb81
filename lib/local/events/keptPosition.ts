import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import type { StreamPosition } from "./streamReader.ts";

/** Reads the position in a stream from a file; `undefined` if it is not there, or is of another stream. */
export function readPosition(file: string, streamArn: string): StreamPosition | undefined {
  try {
    const position: StreamPosition = JSON.parse(readFileSync(file, "utf8"));
    return position.streamArn === streamArn ? position : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a position: whenever the process ends, the file holds it or the one before. */
export async function keepPosition(file: string, position: StreamPosition): Promise<void> {
  await writeFile(`${file}.part`, JSON.stringify(position), { mode: 0o600, flush: true });
  await rename(`${file}.part`, file);
}
