import fc from "fast-check";

/** Values that are wrong wherever they are put. */
export const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    "",
    0,
    -1,
    1e300,
    1e-300,
    2 ** 60,
    "\ud800",
    "x".repeat(2000),
    "💩".repeat(300),
  ),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"id":"1"},"constructor":1,"toString":2,"":3}')),
);

/** Copies `value` with one part replaced, which is found by walking down `path`. */
export function replaced(value: unknown, path: readonly number[], other: unknown): unknown {
  const [step, ...rest] = path;
  if (typeof value !== "object" || value === null || step === undefined) return other;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return other;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, other) : item));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replaced(item, rest, other) : item]),
  );
}
