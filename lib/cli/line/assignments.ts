import { UsageError } from "../failures.ts";

/**
 * Reads `name=value` with a string, and `name:=value` with JSON, e.g. `seats:=3`.
 *
 * @throws UsageError for anything else
 */
export function readAssignments(assignments: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [, name = "", sign, value = ""] = /^([^=:]+)(:?=)([\s\S]*)$/.exec(assignment) ?? [];
      if (sign === undefined) throw new UsageError(`"${assignment}" is not of the form name=value or name:=json.`);
      return [name, sign === "=" ? value : readJson(name, value)];
    }),
  );
}

function readJson(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new UsageError(`The value of ${name} is not JSON; a string is written ${name}=value.`);
  }
}
