// Builds the package `sunroom`, before `npm pack` and `npm publish`: plain JavaScript, since Node runs no TypeScript
// within node_modules, with all that it depends on inside, so that `npx sunroom` fetches nothing else. The chunks stand
// two folders deep, as the files of `lib` do, so that both find what is beside them in the same way.
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "../sdk/build.mjs";

const root = new URL("..", import.meta.url);
const dist = new URL("dist/", import.meta.url);
const path = (url) => fileURLToPath(url);

await rm(dist, { recursive: true, force: true });
const functions = (await readdir(new URL("functions", root))).map((file) => `functions/${file}`);
await build({
  absWorkingDir: path(root),
  entryPoints: [
    "bin/sunroom.ts",
    "bin/local.ts",
    "lib/local/server.ts",
    "lib/local/pages.ts",
    "lib/local/engine.ts",
    ...functions,
  ],
  outbase: path(root),
  outdir: path(dist),
  chunkNames: "lib/chunk/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // What was CommonJS asks for Node's own modules in its way.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  external: ["*/sdk/build.mjs"],
  legalComments: "none",
  logLevel: "warning",
});

const program = new URL("bin/sunroom.js", dist);
await writeFile(program, `#!/usr/bin/env node\n${await readFile(program, "utf8")}`);

const local = new URL("lib/local/", dist);
await cp(new URL("lib/local/page", root), new URL("page", local), { recursive: true });
await copyFile(new URL("lib/local/sunroom.db", root), new URL("sunroom.db", local));
// Under the conditions of Node, lit-html resolves to a form for servers.
const lit = import.meta.resolve("lit-html").replace(/(node\/)?lit-html\.js$/, "");
await mkdir(new URL("page/lit-html/directives", local), { recursive: true });
for (const name of ["lit-html.js", "directive.js", "directive-helpers.js", "directives/repeat.js", "LICENSE"])
  await copyFile(fileURLToPath(new URL(name, lit)), new URL(`page/lit-html/${name}`, local));
await mkdir(new URL("sdk", dist));
for (const [name, text] of await bundle()) await writeFile(new URL(`sdk/${name}`, dist), text);
