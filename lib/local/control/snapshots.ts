import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { BadInput } from "../localAction.ts";
import type { ClockAndIds } from "./clockAndIds.ts";
import type { RawItem } from "./tableCopy.ts";

/** What a snapshot holds besides the files of attachments. */
export interface Snapshot {
  readonly items: readonly RawItem[];
  readonly clockAndIds: ClockAndIds;
}

/** Keeps snapshots in a folder of the data directory: one goes with the data that it is of. */
export function snapshotFolder(dataDirectory: string, attachments: string) {
  const root = join(dataDirectory, "snapshots");
  const folderOf = (name: string) => join(root, name);
  return {
    /** Writes a snapshot over one of the same name. */
    write(name: string, snapshot: Snapshot): void {
      requireName(name);
      const part = folderOf(`.${name}`);
      rmSync(part, { recursive: true, force: true });
      mkdirSync(part, { recursive: true, mode: 0o700 });
      // In the form of Node's own: bytes are no JSON.
      writeFileSync(join(part, "snapshot"), serialize(snapshot), { mode: 0o600 });
      if (existsSync(attachments)) cpSync(attachments, join(part, "attachments"), { recursive: true });
      rmSync(folderOf(name), { recursive: true, force: true });
      renameSync(part, folderOf(name));
    },
    /** Reads a snapshot. @throws BadInput if there is none of this name */
    read(name: string): Snapshot {
      requireName(name);
      const file = join(folderOf(name), "snapshot");
      if (!existsSync(file)) throw new BadInput(`There is no snapshot ${name}${listed(this.names())}.`);
      return deserialize(readFileSync(file));
    },
    /** Puts the files of a snapshot where the attachments are kept, where there are none. */
    putFiles(name: string): void {
      const files = join(folderOf(name), "attachments");
      if (existsSync(files)) cpSync(files, attachments, { recursive: true });
    },
    names: (): readonly string[] =>
      existsSync(root)
        ? readdirSync(root)
            .filter((name) => !name.startsWith("."))
            .sort()
        : [],
  };
}

const listed = (names: readonly string[]): string => (names.length > 0 ? `, only ${names.join(", ")}` : "");

function requireName(name: string): void {
  if (!/^[a-zA-Z0-9][\w.-]{0,63}$/.test(name))
    throw new BadInput("The name of a snapshot has to be 1 to 64 letters, digits, dots and dashes.");
}
