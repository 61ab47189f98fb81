import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** A message as it stands in a file of the queue (`lib/aws/orderedQueue.ts`). */
export interface StoredMessage {
  readonly id: string;
  /** The messages of a group are in order. */
  readonly group: string;
  readonly body: string;
}

/** A message that was taken from the queue. */
export interface TakenMessage extends StoredMessage {
  /** The time in milliseconds at which it was sent, or was due. */
  readonly due: number;
  /** Names this message in the folder, also after the process began anew. */
  readonly receipt: string;
  /** Says that the message is done: its file is removed with the last of its messages. */
  readonly done: () => Promise<void>;
}

/** Milliseconds after which a file that is not whole is no longer being written: its process was killed. */
const writing = 60_000;

/** Opens a queue in a folder, for the one process that takes messages from it. */
export function queueFolder(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder))
    if (name.endsWith(".part") && dueOf(name) < Date.now() - writing) rmSync(join(folder, name), { force: true });
  /** The files that are taken, and those of them that are removed: a list that was begun before may still name them. */
  const taken = new Set<string>();
  const removed = new Set<string>();
  let found: string[] = [];

  /** Lists the files that are due and not taken, the last one first. */
  const look = async (now: number): Promise<string[]> => {
    for (const name of removed) taken.delete(name);
    removed.clear();
    const names = await readdir(folder);
    const due = names.filter((name) => name.endsWith(".json") && !taken.has(name) && dueOf(name) <= now);
    return due.sort().reverse();
  };

  const read = async (name: string): Promise<readonly TakenMessage[]> => {
    const file = join(folder, name);
    const stored: StoredMessage[] = JSON.parse(await readFile(file, "utf8"));
    let left = stored.length;
    const done = async () => {
      left--;
      if (left > 0) return;
      await rm(file, { force: true });
      removed.add(name);
    };
    return stored.map(({ id, group, body }, index) => ({
      ...{ id, group, body, due: dueOf(name), done },
      receipt: receiptOf(name, index),
    }));
  };

  return {
    /** Takes the messages of the next file that is due, in the order of their names; `undefined` if there is none. */
    async take(now: number): Promise<readonly TakenMessage[] | undefined> {
      if (found.length === 0) found = await look(now);
      const name = found.pop();
      if (name === undefined) return undefined;
      // One that cannot be read is reported, and stays for a human to look at; it holds up no other.
      taken.add(name);
      return read(name);
    },
  };
}

/** Reads the time from the name of a file (`lib/aws/spool.ts`). */
const dueOf = (name: string): number => Number(name.split("-")[0]);

/** Names a message by its file and its place there; `fileOfReceipt` is the way back. */
const receiptOf = (name: string, index: number): string => `${name.slice(0, -".json".length)}-${index}`;

/** Names the file of a message. */
export const fileOfReceipt = (receipt: string): string => `${receipt.replace(/-\d+$/, "")}.json`;
