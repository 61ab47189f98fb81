import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "./startError.ts";

const fileOf = (dataDirectory: string) => join(dataDirectory, "running.json");

/** Notes that this process uses the data directory, and answers a function that deletes the note. */
export function noteRunning(dataDirectory: string, url: string): () => void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(dataDirectory), JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  return () => rmSync(fileOf(dataDirectory), { force: true });
}

/**
 * Makes sure that no other server uses the data directory. The note of one that was killed does not count: its process
 * is gone, or its number now belongs to a process that does not answer at that URL.
 * @throws StartError if one does
 */
export async function refuseSecondServer(dataDirectory: string): Promise<void> {
  const note = readNote(dataDirectory);
  if (!note || !isAlive(note.pid)) return;
  try {
    await fetch(note.url, { signal: AbortSignal.timeout(2_000) });
  } catch {
    return;
  }
  throw new StartError(`Sunroom is running already at ${note.url} (process ${note.pid}); stop it first.`);
}

/** Finds the URL of the server that uses the data directory; `undefined` if none runs there. */
export function findRunningServer(dataDirectory: string): string | undefined {
  const note = readNote(dataDirectory);
  return note && isAlive(note.pid) ? note.url : undefined;
}

function readNote(dataDirectory: string): { pid: number; url: string } | undefined {
  try {
    const { pid, url }: Record<string, unknown> = JSON.parse(readFileSync(fileOf(dataDirectory), "utf8"));
    return typeof pid === "number" && typeof url === "string" ? { pid, url } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
