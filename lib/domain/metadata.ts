import { refuse } from "./refusal.ts";

/** Custom properties: flat, and no larger than 4 KB as JSON. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** A change of metadata: `null` removes a property. */
export type MetadataChange = Readonly<Record<string, string | number | boolean | null>>;

export const metadataLimit = 4096;

/** The bytes that the 4 KB limit counts: keys and values, as JSON in UTF-8. */
export function metadataSize(metadata: MetadataChange): number {
  return Buffer.byteLength(JSON.stringify(metadata), "utf8");
}

/** Merges a change into metadata; `null` clears. Refuses a result over the limit, naming what it belongs to. */
export function mergeMetadata(
  current: Metadata,
  change: MetadataChange,
  owner: "App" | "User" | "Conversation" | "Message" | "Action",
): Metadata {
  const merged = Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== null,
    ),
  );
  if (metadataSize(merged) > metadataLimit)
    throw refuse.badRequest(`${owner} metadata is limited to ${metadataLimit} bytes in size.`);
  return merged;
}
