import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { type Route, routes } from "../routes.ts";
import { slimSdk } from "./slimSdk.ts";

/** The most a bundle may weigh, in bytes: an imported byte costs time at every cold start. `docs/operations.md` says of what they consist. */
export const bundleBudget = 230_000;

/** The form of a Lambda's bundle, in which the benchmark bundles what it compares ours with. */
export const lambdaFormat = {
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  mainFields: ["module", "main"],
  minify: true,
} satisfies BuildOptions;

/** A Lambda asks the table of routes for nothing but who may call; the rest is for the stack and the documents. */
const leanRoutes: Plugin = {
  name: "lean-routes",
  setup(build) {
    const scopes = Object.entries<Route>(routes).map(([operation, route]) => [operation, { scopes: route.scopes }]);
    build.onLoad({ filter: /[\\/]lib[\\/]routes\.ts$/ }, () => ({
      contents: `export const routes = ${JSON.stringify(Object.fromEntries(scopes))};`,
    }));
  },
};

/** The stack gives no Lambda a key for secrets, since AWS encrypts the table: so none carries what would seal them. */
const secretsInClear: Plugin = {
  name: "secrets-in-clear",
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]store[\\/]sealedSecrets\.ts$/ }, ({ path }) => ({
      contents: 'import { clear } from "./secretBox.ts"; export const sealedSecrets = () => clear;',
      resolveDir: dirname(path),
    }));
  },
};

/** A module that is data alone is bundled as what it evaluates to, without what that was read from. */
const evaluatedData: Plugin = {
  name: "evaluated-data",
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]channelSettings\.ts$/ }, async ({ path }) => {
      const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
      const statements = Object.entries(module).map(([name, value]) => `export const ${name} = ${literal(value)};`);
      return { contents: statements.join("\n") };
    });
  },
};

/** What an `import()` of ours loads is left to a file beside the bundle, which no start of a Lambda reads. */
const leftForLater = (sources: Map<string, string>): Plugin => ({
  name: "left-for-later",
  setup(build) {
    build.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = `./${basename(path, ".ts")}.cjs`;
      sources.set(file, join(resolveDir, path));
      return { path: file, external: true };
    });
  },
});

/** A Lambda's entry: its handler, and what opens its connections before the first request. */
const lambdaEntry: Plugin = {
  name: "lambda-entry",
  setup(build) {
    build.onResolve({ filter: /^lambda:/ }, ({ path }) => ({ path: path.replace("lambda:", ""), namespace: "lambda" }));
    build.onLoad({ filter: /./, namespace: "lambda" }, ({ path }) => ({
      resolveDir: root,
      contents: [
        `export { handler } from "./functions/${path}.ts";`,
        'export { openConnections } from "./lib/db/dynamodb/openConnections.ts";',
      ].join("\n"),
    }));
  },
};

/**
 * What Lambda loads before a `.cjs` of the same name: it alone can wait, for the connection, while it is loaded. So the
 * handshake is part of the start, which has all of a processor, and the first request finds the connection open.
 *
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (`UserFunction.js`)
 */
const openedEntry = [
  'import lambda from "./index.cjs";',
  "await lambda.openConnections();",
  "export const { handler } = lambda;",
].join("\n");

function literal(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  return `{${Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${literal(part)}`)}}`;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles `functions/<operation>.ts` of each operation to `<directory>/<operation>/index.cjs`, all in one esbuild call,
 * and beside it what some requests alone load and, where it has a table, the entry that opens its connection first; answers the size of each `index.cjs` in bytes. Throws where a
 * function does not compile.
 *
 * Measured (import and first DynamoDB call in a fresh process, median of 31, x64, Node 24): CommonJS 63 ms, ES module
 * 86 ms, CommonJS with its `import()` of `node:http` left as it is 84 ms (that loads undici), with
 * `--enable-source-maps` 13 ms more (the map is parsed at load). Hence CommonJS, `require` for each `import()`, and source
 * maps that are made here but not deployed (`functionCode` leaves them out).
 */
export async function bundleFunctions(operations: readonly string[], directory: string): Promise<Map<string, number>> {
  const sources = new Map<string, string>();
  const bundle = (entryPoints: { in: string; out: string }[]) =>
    build({
      entryPoints,
      absWorkingDir: root,
      outdir: directory,
      ...lambdaFormat,
      supported: { "dynamic-import": false },
      sourcemap: "external",
      sourcesContent: false,
      legalComments: "none",
      metafile: true,
      logLevel: "silent",
      plugins: [lambdaEntry, slimSdk, leanRoutes, secretsInClear, evaluatedData, leftForLater(sources)],
    });
  const { metafile } = await bundle(
    operations.map((operation) => ({ in: `lambda:${operation}`, out: `${operation}/index` })),
  );
  const sizes = new Map<string, number>();
  const later: { in: string; out: string }[] = [];
  for (const { entryPoint, bytes, imports, inputs } of Object.values(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const operation = entryPoint.replace("lambda:", "");
    sizes.set(operation, bytes);
    if ("lib/db/dynamodb/leanClient.ts" in inputs)
      await writeFile(join(directory, operation, "index.mjs"), openedEntry);
    for (const { path } of imports) {
      const source = sources.get(path);
      if (source !== undefined) later.push({ in: source, out: `${operation}/${basename(path, ".cjs")}` });
    }
  }
  if (later.length > 0) await bundle(later);
  return sizes;
}
