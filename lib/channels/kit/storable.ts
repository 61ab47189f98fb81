import { textOf } from "../../model/values/providerValue.ts";

const limits = { depth: 12, entries: 256, text: 8192, key: 256, bytes: 32_768 } as const;

/**
 * Copies a provider's value so that it can be stored: of bounded depth, width and size, with well-formed strings,
 * without the key `__proto__`, and with numbers that DynamoDB cannot hold as strings. A part that is too deep becomes
 * null, one that is too wide or long is cut; `undefined` if the copy still takes more than 32 KB of JSON.
 */
export function storable(value: unknown): unknown {
  return fitting(value, limits);
}

/**
 * Copies like `storable`, but shortens further instead of dropping: a value without another place is kept as far as it
 * fits. Null if even its outline is too large.
 */
export function shortened(value: unknown): unknown {
  for (const narrower of [limits, { ...limits, text: 1024, entries: 64 }, { ...limits, text: 128, entries: 16 }]) {
    const copy = fitting(value, narrower);
    if (copy !== undefined) return copy;
  }
  return fitting(value, { ...limits, depth: 3, text: 64, entries: 8 }) ?? null;
}

type Limits = { readonly [Name in keyof typeof limits]: number };

function fitting(value: unknown, within: Limits): unknown {
  const copy = bounded(value, within.depth, within);
  return Buffer.byteLength(JSON.stringify(copy), "utf8") <= within.bytes ? copy : undefined;
}

function bounded(value: unknown, depth: number, within: Limits): unknown {
  if (typeof value === "string") return textOf(value, within.text);
  if (typeof value === "boolean") return value;
  // DynamoDB's client refuses integers beyond 2^53 and DynamoDB itself refuses magnitudes beyond 10^±125.
  if (typeof value === "number") return isModest(value) ? value : String(value);
  if (typeof value !== "object" || value === null || depth === 0) return null;
  if (Array.isArray(value)) return value.slice(0, within.entries).map((item) => bounded(item, depth - 1, within));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__proto__" && key !== "")
      .slice(0, within.entries)
      .map(([key, item]) => [textOf(key, within.key), bounded(item, depth - 1, within)]),
  );
}

function isModest(number: number): boolean {
  const magnitude = Math.abs(number);
  return magnitude <= Number.MAX_SAFE_INTEGER && (magnitude >= 1e-100 || number === 0);
}
