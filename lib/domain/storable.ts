import { textOf } from "./providerValue.ts";

const limits = { depth: 12, entries: 256, text: 8192, key: 256, bytes: 32_768 } as const;

/**
 * A copy of what a provider sent that can be stored whatever it was: of bounded depth, width and size, with well-formed
 * strings, without the key `__proto__`, and with numbers that DynamoDB cannot hold as strings. What is too deep is null,
 * what is too wide or long is cut; `undefined` when even then it takes more than 32 KB of JSON.
 */
export function storable(value: unknown): unknown {
  const copy = bounded(value, limits.depth);
  return Buffer.byteLength(JSON.stringify(copy), "utf8") <= limits.bytes ? copy : undefined;
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === "string") return textOf(value, limits.text);
  if (typeof value === "boolean") return value;
  // DynamoDB's client refuses integers beyond 2^53 and DynamoDB itself refuses magnitudes beyond 10^±125.
  if (typeof value === "number") return isModest(value) ? value : String(value);
  if (typeof value !== "object" || value === null || depth === 0) return null;
  if (Array.isArray(value)) return value.slice(0, limits.entries).map((item) => bounded(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__proto__" && key !== "")
      .slice(0, limits.entries)
      .map(([key, item]) => [textOf(key, limits.key), bounded(item, depth - 1)]),
  );
}

function isModest(number: number): boolean {
  const magnitude = Math.abs(number);
  return magnitude <= Number.MAX_SAFE_INTEGER && (magnitude >= 1e-100 || number === 0);
}
