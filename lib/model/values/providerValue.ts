/**
 * Readers of values from providers, without any guarantee of their shape. Each is total: a value of another kind is
 * absent, and one that is too large is cut or absent.
 */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Answers `value` if it is an object, else an empty one. */
export function recordOf(value: unknown): JsonRecord {
  // A cast because TypeScript does not narrow `object` to an index signature; arrays and null are excluded.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** Answers `value` if it is an array, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Bytes of UTF-8 that an id may have. */
export const idLimit = 1024;

/**
 * Reads an identifier, exactly as sent: a string of 1 to 1024 bytes, or the digits of a safe integer. An id with a lone
 * surrogate is refused, since repaired it could become another person's.
 */
export function idOf(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== "string" || value === "" || value.length > idLimit || !value.isWellFormed()) return undefined;
  return Buffer.byteLength(value, "utf8") <= idLimit ? value : undefined;
}

/** UTF-16 units that are kept of a message's text; only e-mail comes near this. */
const textLimit = 32_768;

/** Makes a string well formed and cuts it to `limit` UTF-16 units, never through a character. */
export function textOf(value: unknown, limit: number = textLimit): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length <= limit) return value.toWellFormed();
  const splitsPair = (value.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return value.slice(0, splitsPair ? limit - 1 : limit).toWellFormed();
}

/** Reads like `textOf` and trims; a string of only white space is absent. */
export function lineOf(value: unknown, limit: number): string | undefined {
  return textOf(typeof value === "string" ? value.trim() : undefined, limit)?.trim() || undefined;
}

/**
 * Tells whether a text shows anything: letters, digits, signs or pictures, and not only spaces, marks of direction,
 * joiners, fillers, selectors, blanks and other characters that show nothing.
 */
export const isVisible = (text: string): boolean => /[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u.test(text.replace(invisible, ""));

// Letters and symbols of Unicode that show nothing although their category promises it: Hangul's fillers and others by
// their property; blanks of Braille, of music and of hieroglyphs, and the placeholder of an object, by name.
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\ufffc]/gu;

/** Reads a name like `lineOf`; one without visible characters is absent. */
export function nameOf(value: unknown, limit: number): string | undefined {
  const line = lineOf(value, limit);
  return line !== undefined && isVisible(line) ? line : undefined;
}

/** Reads an `http` or `https` URL of at most `limit` characters, exactly as sent. */
export function urlOf(value: unknown, limit: number): string | undefined {
  if (typeof value !== "string" || value.length > limit || !value.isWellFormed()) return undefined;
  return /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value) ? value : undefined;
}

/** Reads a language tag as BCP 47 writes them (underscores pass), of at most 64 characters. */
export function localeOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  return /^[a-z]{2,8}([-_][a-z0-9]{1,8})*$/i.test(value) ? value : undefined;
}

/** Reads a finite number, also from a string. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,15}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads a time in Unix seconds or milliseconds, from a number or its digits. The two are told apart by size: 10^11
 * milliseconds are 1973, 10^11 seconds the year 5138, and providers are seen to mix them.
 */
export function timeOf(value: unknown): Date | undefined {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return undefined;
  const milliseconds = Math.floor(number < 1e11 ? number * 1000 : number);
  return milliseconds <= lastMoment ? new Date(milliseconds) : undefined;
}

/** Reads a time in the forms of ISO 8601 and RFC 3339; without a zone it is taken as UTC. */
export function isoTimeOf(value: unknown): Date | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value) || value.length > 40) return undefined;
  const iso = value.replace(" ", "T");
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  return date.getTime() > 0 && date.getTime() <= lastMoment ? date : undefined;
}

/** Removes an object's undefined properties. */
export function withoutUndefined<Value extends object>(value: Value): Value {
  // A cast because `Object.fromEntries` forgets the keys' types; only absent optional properties are left out.
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)) as Value;
}
