import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall, type NativeAttributeValue } from "@aws-sdk/util-dynamodb";

/** The name of an attribute, or, made by `at`, of one inside a map. */
export type Path = string;

/** Makes the path of an attribute inside maps; each name may hold any character. */
export const at = (...names: readonly string[]): Path => JSON.stringify(names);

/** A condition on the stored item for a write to be done. Source: the DynamoDB guide, "Condition expressions". */
export type Condition =
  | { readonly exists: Path }
  | { readonly missing: Path }
  | { readonly path: Path; readonly operator: Operator; readonly value: NativeAttributeValue }
  | { readonly sizeOf: Path; readonly operator: Operator; readonly value: number }
  | { readonly set: Path; readonly lacks: string }
  | { readonly every: readonly Condition[] }
  | { readonly any: readonly Condition[] };

type Operator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export const exists = (path: Path): Condition => ({ exists: path });
export const missing = (path: Path): Condition => ({ missing: path });
export const equals = (path: Path, value: NativeAttributeValue): Condition => ({ path, operator: "=", value });
export const compare = (path: Path, operator: Operator, value: NativeAttributeValue): Condition => ({
  path,
  operator,
  value,
});
export const sizeIs = (path: Path, operator: Operator, value: number): Condition => ({ sizeOf: path, operator, value });
/** Requires that a set of texts, which may be absent, does not have this member. */
export const lacks = (set: Path, member: string): Condition => ({ set, lacks: member });
/** Requires every condition; leaves out those that are `undefined`. */
export const and = (...conditions: readonly (Condition | undefined)[]): Condition => ({
  every: conditions.filter((condition) => condition !== undefined),
});
export const or = (...conditions: readonly Condition[]): Condition => ({ any: conditions });

/** There is no item at the key. */
export const absent = missing("pk");
/** There is an item at the key. */
export const present = exists("pk");

/** An addition to the number at a path. */
export interface Increment {
  readonly increment: number;
}
export const increment = (by: number): Increment => ({ increment: by });

/** The changes of an update. Source: the DynamoDB guide, "Update expressions". */
export interface Changes {
  /** The attributes' new values by path; `undefined` removes the attribute, an `increment` adds to its number. */
  readonly set?: Readonly<Record<Path, NativeAttributeValue | Increment | undefined>>;
  /** Adds members to sets. */
  readonly add?: Readonly<Record<Path, ReadonlySet<string>>>;
  /** Removes members from sets. */
  readonly remove?: Readonly<Record<Path, ReadonlySet<string>>>;
}

/** The parts of a request that hold expressions. */
export interface Expressions {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/**
 * Writes a condition and the changes of an update as DynamoDB's expressions. Every name and value gets a placeholder, so
 * that no reserved word and no character of an id is read as syntax.
 */
export function writeExpressions(condition: Condition | undefined, changes?: Changes): Expressions {
  const names = new Map<string, string>();
  const values: Record<string, NativeAttributeValue> = {};
  let valueCount = 0;
  const nameOf = (name: string): string => {
    const existing = names.get(name);
    if (existing !== undefined) return existing;
    const placeholder = `#n${names.size}`;
    names.set(name, placeholder);
    return placeholder;
  };
  const pathOf = (path: Path): string =>
    path.startsWith("[") ? (JSON.parse(path) as string[]).map(nameOf).join(".") : nameOf(path);
  const placeholderOf = (value: NativeAttributeValue): string => {
    const placeholder = `:v${valueCount++}`;
    values[placeholder] = value;
    return placeholder;
  };
  const writeCondition = (part: Condition): string => {
    if ("exists" in part) return `attribute_exists(${pathOf(part.exists)})`;
    if ("missing" in part) return `attribute_not_exists(${pathOf(part.missing)})`;
    if ("sizeOf" in part) return `size(${pathOf(part.sizeOf)}) ${part.operator} ${placeholderOf(part.value)}`;
    if ("lacks" in part) return `NOT contains(${pathOf(part.set)}, ${placeholderOf(part.lacks)})`;
    if ("every" in part) return part.every.map(writeCondition).join(" AND ");
    if ("any" in part) return `(${part.any.map(writeCondition).join(" OR ")})`;
    return `${pathOf(part.path)} ${part.operator} ${placeholderOf(part.value)}`;
  };
  const update = changes && writeChanges(changes, pathOf, placeholderOf);
  const text = condition && writeCondition(condition);
  return {
    ...(text ? { ConditionExpression: text } : {}),
    ...(update === undefined ? {} : { UpdateExpression: update }),
    ...(names.size === 0
      ? {}
      : {
          ExpressionAttributeNames: Object.fromEntries(
            [...names].map(([name, placeholder]) => [placeholder, name] as const),
          ),
        }),
    ...(valueCount === 0 ? {} : { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
  };
}

function writeChanges(
  { set = {}, add = {}, remove = {} }: Changes,
  pathOf: (path: Path) => string,
  placeholderOf: (value: NativeAttributeValue) => string,
): string {
  const clause = (keyword: string, entries: readonly string[]) =>
    entries.length === 0 ? [] : [`${keyword} ${entries.join(", ")}`];
  const written = Object.entries(set).filter(([, value]) => value !== undefined);
  const removed = Object.entries(set).filter(([, value]) => value === undefined);
  return [
    ...clause(
      "SET",
      written.map(([path, value]) =>
        isIncrement(value)
          ? `${pathOf(path)} = ${pathOf(path)} + ${placeholderOf(value.increment)}`
          : `${pathOf(path)} = ${placeholderOf(value)}`,
      ),
    ),
    ...clause(
      "REMOVE",
      removed.map(([path]) => pathOf(path)),
    ),
    ...clause(
      "ADD",
      Object.entries(add).map(([path, members]) => `${pathOf(path)} ${placeholderOf(members)}`),
    ),
    ...clause(
      "DELETE",
      Object.entries(remove).map(([path, members]) => `${pathOf(path)} ${placeholderOf(members)}`),
    ),
  ].join(" ");
}

const isIncrement = (value: NativeAttributeValue | Increment): value is Increment =>
  typeof value === "object" && value !== null && typeof value.increment === "number";
