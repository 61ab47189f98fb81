/**
 * Readers of values from providers, without any guarantee of their shape. Each is total: a value of another kind is
 * absent, and one that is too large is cut or absent.
 */
export type JsonRecord = Readonly<Record<string, unknown>>;
/** Answers `value` if it is an object, else an empty one. */
export declare function recordOf(value: unknown): JsonRecord;
/** Answers `value` if it is an array, else an empty one. */
export declare function listOf(value: unknown): readonly unknown[];
/** Bytes of UTF-8 that an id may have. */
export declare const idLimit = 1024;
/**
 * Reads an identifier, exactly as sent: a string of 1 to 1024 bytes, or the digits of a safe integer. An id with a lone
 * surrogate is refused, since repaired it could become another person's.
 */
export declare function idOf(value: unknown): string | undefined;
/** Makes a string well formed and cuts it to `limit` UTF-16 units, never through a character. */
export declare function textOf(value: unknown, limit?: number): string | undefined;
/** Reads like `textOf` and trims; a string of only white space is absent. */
export declare function lineOf(value: unknown, limit: number): string | undefined;
/**
 * Tells whether a text shows anything: letters, digits, signs or pictures, and not only spaces, marks of direction,
 * joiners, fillers, selectors, blanks and other characters that show nothing.
 */
export declare const isVisible: (text: string) => boolean;
/** Reads a name like `lineOf`; one without visible characters is absent. */
export declare function nameOf(value: unknown, limit: number): string | undefined;
/** Reads an `http` or `https` URL of at most `limit` characters, exactly as sent. */
export declare function urlOf(value: unknown, limit: number): string | undefined;
/** Reads a language tag as BCP 47 writes them (underscores pass), of at most 64 characters. */
export declare function localeOf(value: unknown): string | undefined;
/** Reads a finite number, also from a string. */
export declare function numberOf(value: unknown): number | undefined;
/**
 * Reads a time in Unix seconds or milliseconds, from a number or its digits. The two are told apart by size: 10^11
 * milliseconds are 1973, 10^11 seconds the year 5138, and providers are seen to mix them.
 */
export declare function timeOf(value: unknown): Date | undefined;
/** Reads a time in the forms of ISO 8601 and RFC 3339; without a zone it is taken as UTC. */
export declare function isoTimeOf(value: unknown): Date | undefined;
/** Removes an object's undefined properties. */
export declare function withoutUndefined<Value extends object>(value: Value): Value;
