/** Custom properties: flat, and at most 4 KB as JSON. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;
/** A change of metadata: `null` removes a property. */
export type MetadataChange = Readonly<Record<string, string | number | boolean | null>>;
export declare const metadataLimit = 4096;
/** Counts the bytes to which the 4 KB limit applies: keys and values, as JSON in UTF-8. */
export declare function metadataSize(metadata: MetadataChange): number;
/** Merges a change into metadata; `null` clears. Refuses a result over the limit, in the owner's name. */
export declare function mergeMetadata(current: Metadata, change: MetadataChange, owner: "App" | "User" | "Conversation" | "Message" | "Action" | "Item"): Metadata;
