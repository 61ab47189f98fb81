import * as v from "valibot";
import type { IntegrationField } from "../domain/integration.ts";
import { object, text } from "./schemas.ts";

/** An id that some callers give as a number is kept as its digits. */
const digits = v.pipe(
  v.number(),
  v.safeInteger("should be a safe integer"),
  v.minValue(0, "should be >= 0"),
  v.transform(String),
);

const values = {
  string: (field: IntegrationField): v.GenericSchema =>
    field.numeric
      ? v.union([text(1, field.maxLength ?? 1024), digits], "should be string or integer")
      : field.pattern === undefined
        ? text(1, field.maxLength ?? 1024)
        : v.pipe(
            text(1, field.maxLength ?? 1024),
            v.regex(field.pattern, `should match pattern "${field.pattern.source}"`),
          ),
  boolean: (): v.GenericSchema => v.boolean(),
  strings: (): v.GenericSchema =>
    v.pipe(v.array(text(1, 2048)), v.maxLength(100, "should NOT have more than 100 items")),
  object: (): v.GenericSchema => v.record(v.string(), v.unknown()),
  objects: (): v.GenericSchema =>
    v.pipe(v.array(v.record(v.string(), v.unknown())), v.maxLength(10, "should NOT have more than 10 items")),
};

/** The body schema of an integration of this kind; in a change nothing is required and `null` clears. */
export function integrationSchema(
  fields: Readonly<Record<string, IntegrationField>>,
  purpose: "create" | "change",
): v.GenericSchema<unknown, Readonly<Record<string, unknown>>> {
  const entries = Object.entries(fields).map(([name, field]) => {
    const value = values[field.type ?? "string"](field);
    return [name, purpose === "create" && field.required ? value : v.nullish(value)] as const;
  });
  return object({ displayName: v.nullish(text(0, 100)), ...Object.fromEntries(entries) });
}
