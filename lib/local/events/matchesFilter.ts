/** A filter of an event source mapping, as far as ours use its language: texts, and texts that begin so. */
export interface FilterPattern {
  readonly [field: string]: FilterPattern | readonly (string | { readonly prefix: string })[];
}

/**
 * Tells whether a record passes a filter: every field that the filter names has one of the values that it allows.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function matchesFilter(record: unknown, pattern: FilterPattern): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const value = Object(record)[field];
    if (!isList(expected)) return matchesFilter(value, expected);
    return expected.some((one) =>
      typeof one === "string" ? value === one : typeof value === "string" && value.startsWith(one.prefix),
    );
  });
}

/** `Array.isArray` does not tell a read-only array from other objects. */
const isList = (expected: FilterPattern[string]): expected is Extract<FilterPattern[string], readonly unknown[]> =>
  Array.isArray(expected);
