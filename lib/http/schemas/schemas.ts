import * as v from "valibot";
import type { MetadataChange } from "../../model/metadata.ts";
import { notOffered } from "./notOffered.ts";
import { isWebAddress } from "./webAddress.ts";

/** Schemas that several operations share, with the limits of the vendor's API description. */

/** Makes an object schema; unknown entries are dropped. An array is refused, which valibot's own would accept. */
export function object<const E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined> {
  const schema = v.object(entries);
  return {
    ...schema,
    // A list is replaced by a text, so that it is refused in valibot's own words.
    "~run": (dataset, config) =>
      schema["~run"](Array.isArray(dataset.value) ? { ...dataset, value: "list" } : dataset, config),
  };
}

/** Makes a string schema with limits in characters (code points, as JSON Schema counts), all of them well-formed. */
export const text = (min: 0 | 1, max: number) =>
  v.pipe(
    v.string(),
    v.check((value) => value.isWellFormed(), "should be well-formed Unicode"),
    v.check((value) => value.length >= min, `should NOT be shorter than ${min} characters`),
    v.check((value) => value.length <= max || [...value].length <= max, `should NOT be longer than ${max} characters`),
    v.metadata({ minLength: min, maxLength: max }),
  );

export const displayName = text(1, 100);

const email = v.pipe(text(1, 128), v.rfcEmail());

/** Makes a schema of a URL that people open or see, with a rule of the permitted ones. */
export const address = (max: number, isAllowed: (address: string) => boolean) =>
  v.pipe(text(1, max), v.check(isAllowed, 'should match format "uri"'), v.metadata({ format: "uri" }));
export const uri = address(2048, isWebAddress);

/** Tells whether a time has a year of four digits, as the form of all times here has. */
export const isWritable = (time: Date): boolean => time.getTime() >= firstMoment && time.getTime() <= lastMoment;
const firstMoment = Date.parse("0000-01-01T00:00:00.000Z");
const lastMoment = Date.parse("9999-12-31T23:59:59.999Z");

/** Tells whether a text is a time on an existing day: `Date` would take February 30 for March 2. */
function isTimestamp(text: string): boolean {
  const form = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;
  const [, year, month, day] = form.exec(text) ?? [];
  if (year === undefined || !isWritable(new Date(text))) return false;
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** A time of the form `YYYY-MM-DDThh:mm:ss.SSSZ`; an offset or fewer digits are read and written in that form. */
export const timestamp = v.pipe(
  v.string(),
  v.check(isTimestamp, 'should match format "date-time"'),
  v.transform((value) => new Date(value).toISOString()),
  v.metadata({ format: "date-time" }),
);

export const profile = object({
  givenName: v.nullish(text(1, 128)),
  surname: v.nullish(text(1, 128)),
  email: v.nullish(email),
  avatarUrl: v.nullish(uri),
  locale: v.nullish(text(1, 64)),
});

const isMetadata = (value: unknown): value is MetadataChange =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([name, entry]) =>
      name.isWellFormed() &&
      (entry === null ||
        typeof entry === "boolean" ||
        // JSON can write numbers that JavaScript cannot hold: 1e400 is read as infinite, and would be stored as null.
        (typeof entry === "number" && Number.isFinite(entry)) ||
        (typeof entry === "string" && entry.isWellFormed())),
  );

/**
 * Flat custom properties; `null` removes one. Their size is limited elsewhere, since the limit applies to the result of
 * a change.
 */
export const metadata = v.pipe(
  v.custom<MetadataChange>(isMetadata, "should be a flat object of strings, numbers and booleans"),
  v.metadata({ type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } }),
);

/** Seconds in a hundred years. The vendor states no limit, but a number must be stored and added to a time. */
const longestRetention = 100 * 365 * 24 * 60 * 60;

export const appSettings = object({
  conversationRetentionSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0, "should be >= 0"),
      v.maxValue(longestRetention, `should be <= ${longestRetention}`),
    ),
  ),
  maskCreditCardNumbers: v.optional(v.boolean()),
  useAnimalNames: v.optional(v.boolean()),
  echoPostback: v.optional(v.boolean()),
  ignoreAutoConversationStart: v.optional(v.boolean()),
  multiConvoEnabled: v.optional(v.boolean()),
  appLocalizationEnabled: v.optional(v.boolean()),
  endSessionEnabled: v.optional(v.pipe(v.boolean(), notOffered<boolean>("ending sessions", Boolean))),
  disableConversationReopen: v.optional(v.pipe(v.boolean(), notOffered<boolean>("ending conversations", Boolean))),
});
