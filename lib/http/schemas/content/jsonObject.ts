import * as v from "valibot";

/** Objects and lists within one another: more than any message of a channel has. */
const depthLimit = 32;

/** An object that is handed to a channel as it is. */
export const jsonObject = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value) && isStorable(value, 0),
    `should be object, of at most ${depthLimit} levels and well-formed Unicode`,
  ),
  v.metadata({ type: "object", additionalProperties: true }),
);

/** Tells whether JSON comes back from storage as it was given. */
function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  // JSON can write numbers that JavaScript cannot hold: 1e400 is read as infinite, and would be stored as null.
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth >= depthLimit) return false;
  return Object.entries(value).every(([name, entry]) => name.isWellFormed() && isStorable(entry, depth + 1));
}
