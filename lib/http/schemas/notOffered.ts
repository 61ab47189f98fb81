import * as v from "valibot";

/** The `expected` of an issue that is no mistake of the caller. */
const offered = "an offered feature";

/**
 * Refuses a value that requests a feature which the vendor's platform offers and this one does not; `validate` then
 * answers 501.
 * @param feature the feature, as the caller reads it
 * @param asks tells whether a value requests it; by default any does
 */
export const notOffered = <T>(feature: string, asks: (value: T) => boolean = () => true): v.RawCheckAction<T> =>
  v.rawCheck<T>(({ dataset, addIssue }) => {
    if (dataset.typed && asks(dataset.value)) addIssue({ message: feature, expected: offered });
  });

/** Makes a field of the vendor's API that has no effect here: it may be absent, or empty. */
export const unservedField = (feature: string) =>
  v.nullish(v.pipe(v.unknown(), notOffered(feature, isFilled), v.metadata({ description: "Not offered yet" })));

/** Makes a field optional: `null` and what is empty count as an absent one. */
export function emptyAsAbsent<S extends v.GenericSchema>(schema: S): v.NullishSchema<S, undefined> {
  const optional = v.nullish(schema);
  return {
    ...optional,
    "~run": (dataset, config) =>
      optional["~run"](isFilled(dataset.value) ? dataset : { ...dataset, value: undefined }, config),
  };
}

const isFilled = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);

/** Tells whether a value was refused because its feature is not offered. */
export const isNotOffered = (issue: v.BaseIssue<unknown>): boolean => issue.expected === offered;
