import fc from "fast-check";
import type * as v from "valibot";

/** As much of a valibot schema as tells what it takes. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
  readonly wrapped?: Shape;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

/** Strings that have broken something somewhere. */
export const oddStrings = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\r\nSet-Cookie: a=b",
  "__proto__",
  "constructor",
  "toString",
  "../../../../etc/passwd",
  "..",
  "%00",
  "%2e%2e%2f",
  "{{7*7}}",
  "' OR 1=1 --",
  "$ne",
  "#",
  "a#b",
  "\ud800",
  "a\udc00b",
  "👩‍👩‍👧‍👦".repeat(40),
  "\u202e\ufeff\u2028",
  "é".repeat(1023),
  "x".repeat(1025),
  "x".repeat(2100),
  "😀".repeat(2049),
  "x".repeat(90_000),
  "0".repeat(24),
  "f".repeat(24),
  "user",
  "null",
  "-1",
  "1e400",
  "https://example.com/a?b=c#d",
  "javascript:alert(1)",
  "ada@example.com",
  "2026-02-30T00:00:00Z",
  "9999-12-31T23:59:59.999-14:00",
  "0000-01-01T00:00:00+14:00",
  "2026-01-01T00:00:00Z",
] as const;

const oddNumbers = [0, -0, -1, 1, 0.1, 1e21, -1e21, 1e308, -1e308, 5e-324, 2 ** 53, 8.64e12, 8.64e15, 253402300800];

const nested = (depth: number, list: boolean): unknown => {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = list ? [value] : { a: value };
  return value;
};

/** Any value that JSON can say, with a taste for the odd. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...oddStrings),
  fc.constantFrom<unknown>(...oddNumbers),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { "": "" }, nested(200, true), nested(200, false)),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":{"polluted":true}}'),
    JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
    Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, index])),
    Array.from({ length: 500 }, () => ({})),
  ),
  fc.dictionary(
    fc.constantFrom<string>(...oddStrings.slice(0, 24)),
    fc.constantFrom<unknown>(...oddStrings, ...oddNumbers),
    {
      maxKeys: 4,
    },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom<string>(...oddStrings) },
  { weight: 1, arbitrary: fc.constantFrom("https://example.com/a.png", "ada@example.com", "2026-01-01T00:00:00.000Z") },
);

/** Values that a schema takes, most of the time: its checks are met by chance alone. */
function fitting(schema: v.GenericSchema | Shape): fc.Arbitrary<unknown> {
  // Valibot's types know each kind of schema; here only what all have in common is looked at.
  const shape = schema as Shape;
  switch (shape.type) {
    case "object":
    case "loose_object":
      return objectOf(shape.entries ?? {});
    case "array":
      return shape.item ? fc.array(fitting(shape.item), { maxLength: 3 }) : fc.constant([]);
    case "optional":
      return optionally(shape.wrapped, undefined);
    case "nullish":
      return optionally(shape.wrapped, null);
    case "picklist":
      return fc.constantFrom(...(shape.options ?? []));
    case "literal":
      return fc.constant(shape.literal);
    case "union":
    case "variant":
      return fc.oneof(...((shape.options ?? []) as Shape[]).map(fitting));
    case "intersect":
      return fc
        .tuple(...((shape.options ?? []) as Shape[]).map(fitting))
        .map((parts) => Object.assign({}, ...(parts as object[])));
    case "string":
      return textOf(shape);
    case "number":
      return fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...oddNumbers));
    case "boolean":
      return fc.boolean();
    case "custom":
    case "record":
      return fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean(), fc.constantFrom(...oddNumbers)), {
        maxKeys: 4,
      });
    default:
      return oddValue;
  }
}

const optionally = (wrapped: Shape | undefined, nil: null | undefined): fc.Arbitrary<unknown> =>
  wrapped ? fc.option(fitting(wrapped), { nil }) : fc.constant(nil);

function textOf({ pipe = [] }: Shape): fc.Arbitrary<string> {
  const forms = new Set(pipe.map((action) => action.type));
  if (forms.has("url")) return fc.webUrl();
  if (forms.has("email")) return fc.constantFrom("ada@example.com", "a.b+c@example.co.uk");
  return text;
}

const objectOf = (entries: Readonly<Record<string, Shape>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, fitting(entry)])));

/** What fits a schema, and the same with something in it that does not. */
export function bodyOf(schema: v.GenericSchema): fc.Arbitrary<unknown> {
  const body = fitting(schema);
  return fc.oneof(
    { weight: 3, arbitrary: body },
    { weight: 3, arbitrary: fc.tuple(body, fc.nat(), oddValue).map(([value, at, odd]) => withOdd(value, at, odd)) },
    { weight: 1, arbitrary: oddValue },
  );
}

/** The value with one of its parts replaced, or one added. */
export function withOdd(value: unknown, at: number, odd: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return odd;
  const names = Object.keys(value);
  const name = names[at % (names.length + 1)] ?? "added";
  const part: unknown = Reflect.get(value, name);
  const inside = typeof part === "object" && part !== null && at % 3 > 0;
  return { ...value, [name]: inside ? withOdd(part, Math.floor(at / 7), odd) : odd };
}
