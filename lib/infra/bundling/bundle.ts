import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { type Route, routes } from "../../api/routes.ts";
import { slimSdk } from "./slimSdk.ts";

/**
 * Bytes of a bundle at most: an imported byte costs time at every cold start. `docs/operations.md` lists their parts.
 */
export const bundleBudget = 230_000;

/** The file that Lambda loads for an operation. */
export interface Bundle {
  readonly bytes: number;
  /** The bytes that each source file takes in it, by its path in the repo. */
  readonly parts: ReadonlyMap<string, number>;
}

/** The form of a Lambda's bundle, which the benchmark also uses for the libraries it compares. */
export const lambdaFormat = {
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  mainFields: ["module", "main"],
  minify: true,
} satisfies BuildOptions;

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Makes the filter of one source file. Throws if it is not there: a file that moves would be bundled as it is. */
function fileFilter(path: string): RegExp {
  if (!existsSync(join(root, path))) throw new Error(`There is no ${path} to replace in bundles.`);
  return new RegExp(`[\\\\/]${path.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]")}$`);
}

/**
 * Reduces the table of routes to the scopes, which are all that a Lambda reads; the rest is for the stack and the
 * documents.
 */
const leanRoutes: Plugin = {
  name: "lean-routes",
  setup(build) {
    const scopes = Object.entries<Route>(routes).map(([operation, route]) => [operation, { scopes: route.scopes }]);
    build.onLoad({ filter: fileFilter("lib/api/routes.ts") }, () => ({
      contents: `export const routes = ${JSON.stringify(Object.fromEntries(scopes))};`,
    }));
  },
};

/** Leaves out the encryption of secrets: the stack gives no Lambda a key for them, since AWS encrypts the table. */
const secretsInClear: Plugin = {
  name: "secrets-in-clear",
  setup(build) {
    build.onLoad({ filter: fileFilter("lib/db/sealedSecrets.ts") }, ({ path }) => ({
      contents: 'import { clear } from "./secretBox.ts"; export const sealedSecrets = () => clear;',
      resolveDir: dirname(path),
    }));
  },
};

/** Bundles a module of pure data as its values, without the modules from which they are read. */
const evaluatedData: Plugin = {
  name: "evaluated-data",
  setup(build) {
    build.onLoad({ filter: fileFilter("lib/channels/channelSettings.ts") }, async ({ path }) => {
      const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
      const statements = Object.entries(module).map(([name, value]) => `export const ${name} = ${literal(value)};`);
      return { contents: statements.join("\n") };
    });
  },
};

/** Moves the module of an `import()` of ours to a file beside the bundle, which no start of a Lambda reads. */
const separateImports = (sources: Map<string, string>): Plugin => ({
  name: "left-for-later",
  setup(build) {
    build.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const source = join(resolveDir, path);
      // `lib/channels/line/receive.ts` as `channels-line-receive.cjs`: files of one name lie in several folders.
      const file = `./${relative(join(root, "lib"), source).replace(/\.ts$/, "").split(sep).join("-")}.cjs`;
      sources.set(file, source);
      return { path: file, external: true };
    });
  },
});

/** Makes a Lambda's entry: its handler, and the function that opens its connections before the first request. */
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
 * Writes the module that Lambda loads before a `.cjs` of the same name, and that runtimes find which know no `.cjs`.
 * Only a module can wait while it is loaded, here for the connection, if the Lambda uses the table. So the handshake is
 * part of the start, which has a whole processor, and the first request finds the connection open.
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client (`UserFunction.js`)
 */
const entryModule = (usesTable: boolean): string =>
  [
    'import lambda from "./index.cjs";',
    ...(usesTable ? ["await lambda.openConnections();"] : []),
    "export const { handler } = lambda;",
  ].join("\n");

function literal(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  return `{${Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${literal(part)}`)}}`;
}

/**
 * Bundles `functions/<operation>.ts` of each operation to `<directory>/<operation>/index.cjs`, all in one esbuild call.
 * Beside it go the modules that only some requests load, and the entry `index.mjs`, which opens the connection to
 * the table first. Answers each `index.cjs` by its operation. Throws if a function does not compile.
 * Measured (import and first DynamoDB call in a fresh process, median of 31, x64, Node 24): CommonJS 63 ms, ES module
 * 86 ms, CommonJS with its `import()` of `node:http` left as it is 84 ms (that loads undici), with
 * `--enable-source-maps` 13 ms more (the map is parsed at load). Hence CommonJS, `require` for each `import()`, and
 * source maps that are made here but not deployed (`functionCode` leaves them out).
 */
export async function bundleFunctions(
  operations: readonly string[],
  directory: string,
): Promise<ReadonlyMap<string, Bundle>> {
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
      plugins: [lambdaEntry, slimSdk, leanRoutes, secretsInClear, evaluatedData, separateImports(sources)],
    });
  const { metafile } = await bundle(
    operations.map((operation) => ({ in: `lambda:${operation}`, out: `${operation}/index` })),
  );
  const bundles = new Map<string, Bundle>();
  const separate: { in: string; out: string }[] = [];
  for (const { entryPoint, bytes, imports, inputs } of Object.values(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const operation = entryPoint.replace("lambda:", "");
    const parts = Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
    bundles.set(operation, { bytes, parts: new Map(parts) });
    const usesTable = "lib/db/dynamodb/leanClient.ts" in inputs;
    await writeFile(join(directory, operation, "index.mjs"), entryModule(usesTable));
    for (const { path } of imports) {
      const source = sources.get(path);
      if (source !== undefined) separate.push({ in: source, out: `${operation}/${basename(path, ".cjs")}` });
    }
  }
  if (separate.length > 0) await bundle(separate);
  return bundles;
}
