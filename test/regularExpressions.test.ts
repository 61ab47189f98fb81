import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { checkSync } from "recheck";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Not what builds bundles out of our own dependencies, and meets no caller's text. */
const files = ["lib", "functions", "sdk/src"].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith(".ts") && !file.startsWith("lib/infra/")),
);

interface Expression {
  readonly pattern: string;
  readonly flags: string;
}

/** The regular expressions written in a syntax tree; one that is put together at run time has no text to look at. */
function* expressionsIn(node: unknown): Generator<Expression | "made at run time"> {
  if (typeof node !== "object" || node === null) return;
  const { type, regex, callee } = node as { type?: string; regex?: Expression; callee?: { name?: string } };
  if (type === "Literal" && regex) yield regex;
  if ((type === "NewExpression" || type === "CallExpression") && callee?.name === "RegExp") yield "made at run time";
  for (const part of Object.values(node)) yield* expressionsIn(part);
}

const expressions = new Map<string, Expression>();
const made: string[] = [];
for (const file of files) {
  const { code } = transformSync(readFileSync(root + file, "utf8"), { loader: "ts" });
  for (const found of expressionsIn(parseAst(code)))
    if (found === "made at run time") made.push(file);
    else expressions.set(`/${found.pattern}/${found.flags}`, found);
}

test("no regular expression is put together at run time, so that each can be checked", () => {
  expect(made).toEqual([]);
});

test("each regular expression takes steps as its text grows, wherever in it a match may begin", () => {
  expect(expressions.size).toBeGreaterThan(80);
  const statusOf = ({ pattern, flags }: Expression): string => {
    const { status } = checkSync(pattern, flags, { checker: "automaton" });
    // One that looks around or back is tried out instead.
    return status === "unknown" ? checkSync(pattern, flags, { checker: "fuzz" }).status : status;
  };
  const suspicious = [...expressions].filter(([, expression]) => statusOf(expression) !== "safe");
  expect(suspicious.map(([text]) => text)).toEqual([]);
});
