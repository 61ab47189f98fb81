import { apiError } from "./apiError.ts";

/** Custom properties: flat, and at most 4 KB as JSON. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** A change of metadata: `null` removes a property. */
export type MetadataChange = Readonly<Record<string, string | number | boolean | null>>;

export const metadataLimit = 4096;

/** Counts the bytes to which the 4 KB limit applies: keys and values, as JSON in UTF-8. */
export function metadataSize(metadata: MetadataChange): number {
  return Buffer.byteLength(JSON.stringify(metadata), "utf8");
}

/** Merges a change into metadata; `null` clears. Refuses a result over the limit, in the owner's name. */
export function mergeMetadata(
  current: Metadata,
  change: MetadataChange,
  owner: "App" | "User" | "Conversation" | "Message" | "Action" | "Item",
): Metadata {
  const merged = Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== null,
    ),
  );
  if (metadataSize(merged) > metadataLimit)
    throw apiError.badRequest(`${owner} metadata is limited to ${metadataLimit} bytes in size.`);
  return merged;
}
