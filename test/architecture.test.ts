import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, matchesGlob, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Route, routes, workers } from "../lib/api/routes.ts";
import { isChannelType } from "../lib/model/channel.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Each folder knows those before it. */
const order = [
  "lib/model",
  "lib/db",
  "lib/conversations",
  "lib/users",
  "lib/channels",
  "lib/apps",
  "lib/events",
  "lib/runtime.ts",
  "functions",
];

/** What a folder knows besides: folders, files, or files by a pattern in which `*` stands for one name. */
const besides: Readonly<Record<string, readonly string[]>> = {
  "lib/db": ["lib/aws"],
  "lib/channels": ["lib/aws/targetGuard.ts"],
  "lib/events": ["lib/aws/targetGuard.ts", "lib/aws/targetRange.ts", "lib/http/answers/rest.ts"],
  "lib/runtime.ts": ["lib/api", "lib/aws", "lib/http"],
  functions: ["lib/api", "lib/http", "docs/openapi.json"],
  "lib/api": ["lib/model/channel.ts", "lib/model/channelCall.ts"],
  "lib/auth": ["lib/model"],
  "lib/aws": ["lib/model"],
  "lib/http": ["lib/api", "lib/auth", "lib/model"],
  "lib/infra": ["lib/api"],
  "lib/openapi": ["lib/api", "lib/apps/integrationTypes.ts", "lib/model"],
  "lib/inspection": ["lib/db", "lib/events", "lib/http/answers/rest.ts", "lib/model"],
  "lib/local": [
    ...[
      "lib/api",
      "lib/channels/*/sample.ts",
      "lib/channels/contract.ts",
      "lib/channels/kit/providerAnswer.ts",
      "lib/model",
    ],
    ...["httpConnections", "jsonRequest", "signRequest", "spool"].map((file) => `lib/aws/${file}.ts`),
    // By the name of the operation alone.
    "functions/[*].ts",
  ],
  "lib/testing": ["lib/api/environment.ts", "lib/model/channel.ts"],
  "lib/testControl": ["lib/apps", "lib/db", "lib/events", "lib/model", "lib/users"],
  "lib/cli": ["cli/package.json", "lib/local/accountKey.ts", "lib/local/runningServer.ts", "lib/model"],
  "lib/restore": ["lib/api", "lib/apps", "lib/cli/failures.ts", "lib/db", "lib/model", "lib/users"],
  bin: [
    ...["lib/api", "lib/cli", "lib/infra", "lib/local", "lib/model", "lib/restore", "sdk"],
    ...["lib/channels/inbound/outcomeOfDelivery.ts", "lib/events/eventsOf.ts", "lib/runtime.ts"],
    ...["lib/apps/channelIntegrations.ts", "lib/channels/loadSender.ts"],
    ...["lib/channels/outbound/sentInConversation.ts", "lib/db/readItems.ts", "lib/inspection", "lib/testControl"],
  ],
  "sdk/src": [],
};

/** The doors to each dependency; what is not listed has none. `test` may import anything. */
const doors: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk": ["lib/db"],
  "@middy": ["lib/http"],
  "@smithy": ["lib/db/dynamodb", "lib/aws/httpConnections.ts"],
  "aws-cdk-lib": ["lib/infra", "bin"],
  "aws-lambda": ["bin", "lib/http", "lib/local", "functions"],
  "cdk-nag": ["lib/infra", "bin"],
  constructs: ["lib/infra", "bin"],
  esbuild: ["lib/infra"],
  jose: ["lib/auth"],
  marked: ["lib/http/markdown.ts"],
  "postal-mime": ["lib/channels/mailgun"],
  valibot: ["lib/http", "lib/openapi", "functions"],
  "@valibot": ["lib/openapi"],
};

/** The number of files that a folder holds; `functions` has one for each operation, and the SDK is a package of its own. */
const folderLimit = 20;
const unlimited = ["functions", "sdk/src"];

const files = ["bin", "functions", "lib", "sdk/src", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file).split(sep).join("/")),
);
const product = files.filter((file) => !file.startsWith("test/"));
const textOf = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));

/** What a file imports, types included; in an import by a computed name, `*` stands for what is computed. */
const importsOf = new Map(
  files.map((file) => {
    const text = textOf.get(file) ?? "";
    const specifiers = [
      ...text.matchAll(/^(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"/gm),
      ...text.matchAll(/^import\s+"([^"]+)"/gm),
      ...text.matchAll(/\bimport\(\s*["`](\.?[^"`]+)["`]/g),
    ].map(([, specifier = ""]) => specifier.replace(/\$\{[^}]*\}/g, "*"));
    return [file, specifiers] as const;
  }),
);
const isRelative = (specifier: string) => specifier.startsWith(".");
const resolve = (file: string, specifier: string) =>
  normalize(join(dirname(file), specifier))
    .split(sep)
    .join("/");

/** Names the folder of a file that the rule is about, or a file directly in `lib`. */
function folderOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "lib" || file.startsWith("sdk/src/") ? `${first}/${second}` : first;
}

/** Names the channel that a file belongs to. */
function channelOf(file: string): string | undefined {
  const [, folder = ""] = /^lib\/channels\/([^/]+)\//.exec(file) ?? [];
  return folder === "*" || isChannelType(folder) ? folder : undefined;
}

/** Whether a file is one of these places, or in one of them. */
const isAt = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file.startsWith(`${place}/`) || matchesGlob(file, place));

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
        const folder = folderOf(file);
        const before = order.slice(0, Math.max(0, order.indexOf(folder)));
        return !isAt(resolve(file, specifier), [folder, ...before, ...(besides[folder] ?? [])]);
      }),
    ).toEqual([]);
  });

  test("one function never imports another, one channel never another", () => {
    expect(
      offences((file, specifier) => {
        if (!isRelative(specifier)) return false;
        const imported = resolve(file, specifier);
        if (folderOf(file) === "functions") return folderOf(imported) === "functions";
        const [own, other] = [channelOf(file), channelOf(imported)];
        return own !== undefined && other !== undefined && own !== other;
      }),
    ).toEqual([]);
  });

  test("what a channel receives and what it sends never import each other", () => {
    const parts = ["receive.ts", "send.ts"];
    expect(
      offences(
        (file, specifier) =>
          channelOf(file) !== undefined && parts.includes(basename(file)) && parts.includes(basename(specifier)),
      ),
    ).toEqual([]);
  });

  test("the runtime is given to every folder, which knows its type alone", () => {
    const importing = product.filter((file) => importsOf.get(file)?.some((name) => name.endsWith("/runtime.ts")));
    const values = importing.filter((file) => /^import (?!type )[^;]*\/runtime\.ts"/m.test(textOf.get(file) ?? ""));
    expect(values.filter((file) => !["functions", "bin"].includes(folderOf(file)))).toEqual([]);
    expect(textOf.get("lib/db/runtime.ts")).not.toMatch(/^export (?!interface |type )/m);
  });

  test("the command line talks HTTP: it knows the model, and of the local server no more than where it runs, and its key", () => {
    expect(
      offences((file, specifier) => {
        if (folderOf(file) !== "lib/cli") return false;
        if (!isRelative(specifier)) return !specifier.startsWith("node:");
        return !isAt(resolve(file, specifier), ["lib/cli", ...(besides["lib/cli"] ?? [])]);
      }),
    ).toEqual([]);
  });

  test("every dependency has its one door", () => {
    expect(
      offences((file, specifier) => {
        if (isRelative(specifier) || specifier.startsWith("node:")) return false;
        const [name] = Object.entries(doors).filter(([dependency]) => `${specifier}/`.startsWith(`${dependency}/`));
        return name === undefined || !isAt(file, name[1]);
      }),
    ).toEqual([]);
  });

  test("no imports go in a circle", () => {
    expect(findCycle()).toEqual([]);
  });

  test("no import climbs three levels", () => {
    expect(offences((_, specifier) => specifier.startsWith("../../../"))).toEqual([]);
  });

  test("nothing but a package's entry hands on what another file exports", () => {
    const handsOn = product.filter((file) => /^export\b[^;"'`=]*?\bfrom\s+"/m.test(textOf.get(file) ?? ""));
    expect(handsOn.sort()).toEqual(["lib/testing/startSunroom.ts", "sdk/src/index.ts"]);
  });
});

describe("the tree", () => {
  test("no file or folder has a name that says nothing", () => {
    const empty = /^(utils?|commons?|helpers?|misc|shared|lib|services?|index)$/i;
    const names = (file: string) => [...dirname(file).split("/").slice(1), basename(file, ".ts")];
    expect(files.filter((file) => names(file).some((name) => empty.test(name)))).toEqual(["sdk/src/index.ts"]);
  });

  test("no folder holds more than twenty files", () => {
    const counts = Map.groupBy(product.map(dirname), (folder) => folder);
    const full = [...counts].filter(([folder, { length }]) => length > folderLimit && !unlimited.includes(folder));
    expect(full.map(([folder, { length }]) => `${folder}: ${length}`)).toEqual([]);
  });

  test("every file of lib is in a folder, but the runtime", () => {
    expect(product.filter((file) => dirname(file) === "lib")).toEqual(["lib/runtime.ts"]);
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

  test("stands in the table of docs/api.md with its routes and callers, and nothing else does: `npm run docs` was not forgotten", () => {
    const table = readFileSync(join(root, "docs/api.md"), "utf8");
    const rows = [...table.matchAll(/^\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)].map(([, ...cells]) =>
      cells.map((cell) => cell.trim()),
    );
    const documented = rows
      .filter(([, route = ""]) => /`(\$default|[A-Z]+ \/\S*)`/.test(route))
      .map(([operation = "", route = "", callers = "", summary = ""]) => [
        operation,
        { routeKeys: [...route.matchAll(/`([^`]+)`/g)].map(([, key]) => key), scopes: callers.split(", "), summary },
      ]);
    const expected = Object.entries<Route>(routes).map(([operation, { routeKeys, scopes, summary }]) => [
      operation,
      { routeKeys, scopes, summary },
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });
});
