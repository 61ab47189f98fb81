import { readdirSync, readFileSync } from "node:fs";
import type { Credentials as Key } from "../support/caller.ts";
import type { MadeNames } from "./makeItems.ts";
import type { StoredItem } from "./storedItem.ts";

/** The items of a build's table, and what a test needs to know of them. */
export interface StoredFile {
  /** The build: a version, with the commit if it was none of a release. */
  readonly build: string;
  /** The time of the build's clock when the items were written, all within a few minutes. */
  readonly writtenAt: string;
  readonly accountKey: Key;
  readonly names: MadeNames;
  readonly items: readonly StoredItem[];
  /** What waited in the queues, as their messages' texts: events of channels, and deliveries to webhooks (in lists). */
  readonly queued: { readonly channelEvents: readonly string[]; readonly deliveries: readonly string[] };
}

const folder = new URL(".", import.meta.url);

export const placeOfFile = (build: string): URL => new URL(`items-${build}.json`, folder);

/** Reads the files of all builds, the oldest first. */
export const storedFiles: readonly StoredFile[] = readdirSync(folder)
  .filter((name) => /^items-.*\.json$/.test(name))
  .map((name): StoredFile => JSON.parse(readFileSync(new URL(name, folder), "utf8")))
  .sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
