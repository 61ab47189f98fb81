import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { routes, workers } from "../lib/routes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Facts that both the stack and the Lambdas know; they import nothing. */
const data = ["lib/basePath.ts", "lib/cors.ts", "lib/environment.ts", "lib/routes.ts", "lib/tableDefinition.ts"];

/** Who may import whom. A joint is any other file directly in `lib`: it joins folders that know nothing of each other. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  data: [],
  "lib/domain": [],
  "lib/db": ["lib/domain"],
  "lib/store": ["lib/domain", "lib/db"],
  "lib/auth": ["lib/domain"],
  "lib/channels": ["lib/domain"],
  "lib/http": ["lib/domain", "lib/auth", "data"],
  joint: ["lib/domain", "lib/store", "lib/auth", "lib/channels", "lib/http", "joint", "data"],
  functions: ["lib/domain", "lib/http", "joint", "data", "docs"],
  "lib/infra": ["data"],
  "lib/openapi": ["lib/domain", "joint", "data"],
  "lib/local": ["lib/domain", "data"],
  "lib/cli": ["lib/local"],
  bin: ["lib/cli", "lib/infra", "lib/local", "joint", "data", "sdk"],
  sdk: [],
};

/** The doors to each dependency; what is not listed has none. `test` may import anything. */
const doors: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk": ["lib/db", "lib/store", "lib/local/createTable.ts"],
  "@middy": ["lib/http"],
  "@smithy": ["lib/db"],
  "aws-cdk-lib": ["lib/infra", "bin"],
  "aws-lambda": ["lib/http", "lib/local", "functions"],
  "cdk-nag": ["lib/infra", "bin"],
  constructs: ["lib/infra", "bin"],
  esbuild: ["lib/infra"],
  jose: ["lib/auth"],
  marked: ["lib/http/markdown.ts"],
  "postal-mime": ["lib/channels/mailgun.ts"],
  valibot: ["lib/http", "lib/openapi", "functions"],
  "@valibot": ["lib/openapi"],
};

const files = ["bin", "functions", "lib", "sdk/src", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file).split(sep).join("/")),
);
const product = files.filter((file) => !file.startsWith("test/"));
const textOf = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));

/** What a file imports, types included: packages as they are named, files by their path from the root. */
const importsOf = new Map(
  files.map((file) => {
    const text = textOf.get(file) ?? "";
    const specifiers = [
      ...text.matchAll(/^(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"/gm),
      ...text.matchAll(/^import\s+"([^"]+)"/gm),
      ...text.matchAll(/\bimport\(\s*"([^"]+)"/g),
    ].map(([, specifier = ""]) => specifier);
    return [file, specifiers] as const;
  }),
);
const isRelative = (specifier: string) => specifier.startsWith(".");
const resolve = (file: string, specifier: string) =>
  normalize(join(dirname(file), specifier))
    .split(sep)
    .join("/");

function placeOf(file: string): string {
  if (data.includes(file)) return "data";
  const [first = "", second = ""] = file.split("/");
  if (first !== "lib") return first;
  return second.endsWith(".ts") ? "joint" : `lib/${second}`;
}

/** Every import of every product file that a rule refuses, as `importer imports imported`. */
const offences = (refused: (file: string, specifier: string) => boolean): string[] =>
  product.flatMap((file) =>
    (importsOf.get(file) ?? [])
      .filter((specifier) => refused(file, specifier))
      .map((specifier) => `${file} imports ${specifier}`),
  );

/** The first import cycle that is met, as the files on it. */
function findCycle(): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const specifier of importsOf.get(file) ?? []) {
      const cycle = isRelative(specifier) ? visit(resolve(file, specifier), [...path, file]) : [];
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of files) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

describe("the import rule", () => {
  test("is held against every import there is", () => {
    const unread = files.filter((file) => {
      const statements = textOf.get(file)?.match(/^import\b(?!\()/gm) ?? [];
      return (importsOf.get(file) ?? []).length < statements.length;
    });
    expect(unread).toEqual([]);
  });

  test("a folder imports only those it may know", () => {
    expect(
      offences((file, specifier) => {
        if (!isRelative(specifier)) return false;
        const from = placeOf(file);
        const to = placeOf(resolve(file, specifier));
        return from !== to && !mayImport[from]?.includes(to);
      }),
    ).toEqual([]);
  });

  test("one function never imports another, one channel never another", () => {
    expect(
      offences((file, specifier) => {
        const place = placeOf(file);
        if (!isRelative(specifier)) return false;
        return ["functions", "lib/channels"].includes(place) && placeOf(resolve(file, specifier)) === place;
      }),
    ).toEqual([]);
  });

  test("the command line talks HTTP: it knows no more of the local server than where it runs, and its key", () => {
    const known = ["lib/local/accountKey.ts", "lib/local/runningServer.ts"];
    expect(
      offences((file, specifier) => {
        if (placeOf(file) !== "lib/cli") return false;
        if (!isRelative(specifier)) return !specifier.startsWith("node:");
        const imported = resolve(file, specifier);
        return placeOf(imported) !== "lib/cli" && !known.includes(imported);
      }),
    ).toEqual([]);
  });

  test("every dependency has its one door", () => {
    expect(
      offences((file, specifier) => {
        if (isRelative(specifier) || specifier.startsWith("node:")) return false;
        const [name] = Object.entries(doors).filter(([dependency]) => `${specifier}/`.startsWith(`${dependency}/`));
        return !name?.[1].some((door) => file === door || file.startsWith(`${door}/`));
      }),
    ).toEqual([]);
  });

  test("no imports go in a circle", () => {
    expect(findCycle()).toEqual([]);
  });

  test("no import climbs three levels", () => {
    expect(files.filter((file) => importsOf.get(file)?.some((specifier) => specifier.startsWith("../../../")))).toEqual(
      [],
    );
  });

  test("nothing but the SDK's entry hands on what another file exports", () => {
    const handsOn = product.filter((file) => /^export\b[^;"'`=]*?\bfrom\s+"/m.test(textOf.get(file) ?? ""));
    expect(handsOn.filter((file) => file !== "sdk/src/index.ts")).toEqual([]);
  });

  test("no file or folder has a name that says nothing", () => {
    const empty = /^(utils?|commons?|helpers?|misc|shared|lib|services?|index)$/i;
    const names = (file: string) => [...dirname(file).split("/").slice(1), basename(file, ".ts")];
    expect(files.filter((file) => names(file).some((name) => empty.test(name)))).toEqual(["sdk/src/index.ts"]);
  });
});

describe("every operation", () => {
  const operations = [...Object.keys(routes), ...Object.keys(workers)].sort();

  test("has a function of its name, and every function is an operation", () => {
    const functions = files.filter((file) => file.startsWith("functions/")).map((file) => basename(file, ".ts"));
    expect(functions.sort()).toEqual(operations);
  });

  test("is named in a test", () => {
    const tests = files.filter((file) => file.startsWith("test/")).map((file) => textOf.get(file) ?? "");
    expect(operations.filter((name) => !tests.some((text) => new RegExp(`\\b${name}\\b`).test(text)))).toEqual([]);
  });

  test("stands in the README's table with its routes, and nothing else does", () => {
    const readme = existsSync(join(root, "README.md")) ? readFileSync(join(root, "README.md"), "utf8") : "";
    const rows = [...readme.matchAll(/^\|([^|]+)\|([^|]+)\|/gm)]
      .map(([, operation = "", route = ""]) => [operation.replaceAll("`", "").trim(), route] as const)
      .filter(([, route]) => /`(\$default|[A-Z]+ \/\S*)`/.test(route));
    const documented = rows.map(([operation, route]) => [
      operation,
      [...route.matchAll(/`([^`]+)`/g)].map(([, routeKey]) => routeKey),
    ]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(routes).map(([operation, { routeKeys }]) => [operation, [...routeKeys]])),
    );
  });
});
