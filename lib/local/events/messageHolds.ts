import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileOfReceipt } from "./queueFolder.ts";

const ending = ".held";

/**
 * Opens the notes of the messages in a folder that the Lambda holds (`lib/aws/channelQueue.ts`): each says until when its
 * message, and with it the group, is not handed out, also after the process began anew.
 */
export function messageHolds(folder: string) {
  const noted = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(ending)) continue;
    const receipt = name.slice(0, -ending.length);
    if (existsSync(join(folder, fileOfReceipt(receipt))))
      noted.set(receipt, Number(readFileSync(join(folder, name), "utf8")));
    else rmSync(join(folder, name), { force: true });
  }
  return {
    /** Tells until when a message that is taken from the folder is held, in milliseconds since 1970. */
    known: (receipt: string): number => noted.get(receipt) ?? 0,
    /** Looks until when a message is held that the Lambda was given. */
    async look(receipt: string): Promise<number> {
      const text = await readFile(join(folder, `${receipt}${ending}`), "utf8").catch(() => undefined);
      if (text === undefined) return 0;
      noted.set(receipt, Number(text));
      return Number(text);
    },
    /** Removes what was noted of a message that is done. */
    async forget(receipt: string): Promise<void> {
      if (noted.delete(receipt)) await rm(join(folder, `${receipt}${ending}`), { force: true });
    },
  };
}
