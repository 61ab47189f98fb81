import * as v from "valibot";

/** What an issue expects that is about no mistake of the caller. */
const offered = "an offered feature";

/**
 * Refuses a value that asks for what the vendor's platform offers and this one does not; `validate` answers 501 by it.
 *
 * @param feature what is asked for, as a caller is told of it
 * @param asks whether a value asks for it; any does unless said otherwise
 */
export const notOffered = <T>(feature: string, asks: (value: T) => boolean = () => true): v.RawCheckAction<T> =>
  v.rawCheck<T>(({ dataset, addIssue }) => {
    if (dataset.typed && asks(dataset.value)) addIssue({ message: feature, expected: offered });
  });

/** A field of the vendor's API that has no effect here: it may be absent, or empty, which asks for nothing. */
export const unservedField = (feature: string) =>
  v.nullish(v.pipe(v.unknown(), notOffered(feature, isFilled), v.metadata({ description: "Not offered yet" })));

const isFilled = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);

/** Whether a value was refused because what it asks for is not offered. */
export const isNotOffered = (issue: v.BaseIssue<unknown>): boolean => issue.expected === offered;
