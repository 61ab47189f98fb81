/**
 * Readers of values that a provider sent, whose shape nothing guarantees. Each is total: what is not of the wanted kind
 * is absent, and what is too large is cut or absent.
 */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object that `value` is, or an empty one. */
export function recordOf(value: unknown): JsonRecord {
  // A cast because TypeScript does not narrow `object` to an index signature; arrays and null are excluded.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The array that `value` is, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The most bytes of UTF-8 that an id may have. */
export const idLimit = 1024;

/**
 * An identifier, exactly as sent: a string of 1 to 1024 bytes, or the digits of a safe integer. An id with a lone
 * surrogate is none: repaired, it could become somebody else's.
 */
export function idOf(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== "string" || value === "" || value.length > idLimit || !value.isWellFormed()) return undefined;
  return Buffer.byteLength(value, "utf8") <= idLimit ? value : undefined;
}

/** The longest text of a message that is kept, in UTF-16 units; only e-mail comes near it. */
const textLimit = 32_768;

/** A string made well formed and cut to `limit` UTF-16 units, never through a character. */
export function textOf(value: unknown, limit: number = textLimit): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length <= limit) return value.toWellFormed();
  const splitsPair = (value.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return value.slice(0, splitsPair ? limit - 1 : limit).toWellFormed();
}

/** Like `textOf`, trimmed; a string of nothing but white space is absent. */
export function lineOf(value: unknown, limit: number): string | undefined {
  return textOf(typeof value === "string" ? value.trim() : undefined, limit)?.trim() || undefined;
}

/**
 * Whether a text shows anything: letters, digits, signs or pictures, and not only spaces, marks of direction, joiners,
 * fillers, selectors, blanks and other characters that show nothing.
 */
export const isVisible = (text: string): boolean => /[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u.test(text.replace(invisible, ""));

// Letters and symbols of Unicode that show nothing though their category says otherwise: Hangul's fillers and others by
// their property; blanks of Braille, of music and of hieroglyphs, and the place of an object, by name.
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\ufffc]/gu;

/** A name as `lineOf` reads it; one that shows nothing is absent. */
export function nameOf(value: unknown, limit: number): string | undefined {
  const line = lineOf(value, limit);
  return line !== undefined && isVisible(line) ? line : undefined;
}

/** An `http` or `https` URL of at most `limit` characters, exactly as sent. */
export function urlOf(value: unknown, limit: number): string | undefined {
  if (typeof value !== "string" || value.length > limit || !value.isWellFormed()) return undefined;
  return /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value) ? value : undefined;
}

/** A language tag as BCP 47 writes them (underscores pass), at most 64 characters. */
export function localeOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  return /^[a-z]{2,8}([-_][a-z0-9]{1,8})*$/i.test(value) ? value : undefined;
}

/** A finite number, also when it came as a string. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,15}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A time given as Unix seconds or milliseconds, as a number or its digits. The two are told apart by size: 10^11
 * milliseconds are 1973, 10^11 seconds the year 5138, and providers are seen to mix them.
 */
export function timeOf(value: unknown): Date | undefined {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return undefined;
  const milliseconds = Math.floor(number < 1e11 ? number * 1000 : number);
  return milliseconds <= lastMoment ? new Date(milliseconds) : undefined;
}

/** A time in the forms of ISO 8601 and RFC 3339; without a zone it is taken as UTC. */
export function isoTimeOf(value: unknown): Date | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value) || value.length > 40) return undefined;
  const iso = value.replace(" ", "T");
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  return date.getTime() > 0 && date.getTime() <= lastMoment ? date : undefined;
}

/** The object without its undefined properties. */
export function withoutUndefined<Value extends object>(value: Value): Value {
  // A cast because `Object.fromEntries` forgets the keys' types; only absent optional properties are left out.
  return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)) as Value;
}
