import * as v from "valibot";
import { apiError } from "../../model/apiError.ts";
import { isNotOffered } from "./notOffered.ts";

/**
 * Validates a value by a schema and answers the schema's output; unknown fields are dropped.
 * @throws ApiError `not_offered` for a feature that the vendor's platform offers and this one does not; `bad_request`
 * with a title for every mistake, in the words that the platform's clients know
 */
export function validate<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const notOffered = result.issues.find(isNotOffered);
  if (notOffered) throw apiError.notOffered(notOffered.message);
  throw apiError.badRequest(...new Set(result.issues.slice(0, 20).map(title)));
}

/** The words of JSON Schema for the kinds of issue that have one; other schemas bring their message. */
const expectations: Readonly<Record<string, string>> = {
  string: "should be string",
  boolean: "should be boolean",
  number: "should be number",
  integer: "should be integer",
  object: "should be object",
  loose_object: "should be object",
  record: "should be object",
  array: "should be array",
  rfc_email: 'should match format "email"',
  url: 'should match format "uri"',
};

function title(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "";
  if (/^(loose_object|object|variant)$/.test(issue.type) && issue.received === "undefined" && path !== "") {
    const parent = path.split(".").slice(0, -1).join(".");
    return `${parent}${parent && " "}should have required property '${path.split(".").at(-1)}'`;
  }
  const words =
    // A variant that is no object has no type to be selected by.
    expectations[issue.expected === "Object" ? "object" : issue.type] ??
    (issue.type === "picklist" || issue.type === "literal" || issue.type === "variant"
      ? `should be equal to one of the allowed values (${issue.expected?.replace(/^\(|\)$/g, "")})`
      : issue.message);
  return path === "" ? words : `${path} ${words}`;
}
