// Builds the package `sunroom`, before `npm pack` and `npm publish`: plain JavaScript, since Node runs no TypeScript
// within node_modules, with all that it depends on inside, so that `npx sunroom` fetches nothing else. Each program is one
// file, in which what it imports later stands unread until then: to find and read 150 files takes longer than to start.
// A parameter names another folder than `cli/dist`.
import { copyFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundle } from "../sdk/build.mjs";
import { buildTesting } from "./buildTesting.mjs";

const root = new URL("..", import.meta.url);
const [, , folder = fileURLToPath(new URL("dist", import.meta.url))] = process.argv;
const dist = pathToFileURL(`${resolve(folder)}/`);
const path = (url) => fileURLToPath(url);

await rm(dist, { recursive: true, force: true });
/** The local server is a program of its own, which the command line begins only when it is asked to. */
const apart = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/local\.ts$/ }, () => ({ path: "./local.js", external: true }));
  },
};
/**
 * Takes HTTP from Node as CommonJS does: an ES module's import of it also loads Node's own `fetch` with all that it
 * needs, for as long as a tenth of the start.
 */
const required = {
  name: "required",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?https?$/ }, ({ path, namespace }) =>
      namespace === "required" ? { path, external: true } : { path, namespace: "required" },
    );
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
await build({
  absWorkingDir: path(root),
  entryPoints: { sunroom: "bin/sunroom.ts", localServer: "bin/local.ts" },
  outdir: path(new URL("bin", dist)),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minify: true,
  // What was CommonJS asks for Node's own modules in its way.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  external: ["*/sdk/build.mjs"],
  plugins: [apart, required],
  legalComments: "none",
  logLevel: "warning",
});

await buildTesting(dist);

const program = new URL("bin/sunroom.js", dist);
await writeFile(program, `#!/usr/bin/env node\n${await readFile(program, "utf8")}`);
// Node keeps what it compiled of a program, where the machine lets it: then the next start takes two thirds of the time.
await writeFile(
  new URL("bin/local.js", dist),
  'import module from "node:module";\nmodule.enableCompileCache?.();\nawait import("./localServer.js");\n',
);

// Where the programs look for them: `lib/local` names them by its own folder.
const local = new URL("local/", dist);
await cp(new URL("lib/local/page", root), new URL("page", local), { recursive: true });
await copyFile(new URL("lib/local/sunroom.db", root), new URL("sunroom.db", local));
// Under the conditions of Node, lit-html resolves to a form for servers.
const lit = import.meta.resolve("lit-html").replace(/(node\/)?lit-html\.js$/, "");
await mkdir(new URL("page/lit-html/directives", local), { recursive: true });
for (const name of ["lit-html.js", "directive.js", "directive-helpers.js", "directives/repeat.js", "LICENSE"])
  await copyFile(fileURLToPath(new URL(name, lit)), new URL(`page/lit-html/${name}`, local));
await mkdir(new URL("sdk", dist));
for (const [name, text] of await bundle()) await writeFile(new URL(`sdk/${name}`, dist), text);
