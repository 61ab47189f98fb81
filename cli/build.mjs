// Builds the package `sunroom`, before `npm pack` and `npm publish`: plain JavaScript, since Node runs no TypeScript
// within node_modules, with all that it depends on inside, so that `npx sunroom` fetches nothing else. The chunks stand
// two folders deep, as the files of `lib` do, so that both find what is beside them in the same way. A parameter names
// another folder than `cli/dist`.
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
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

await buildTesting(dist);

const program = new URL("bin/sunroom.js", dist);
await writeFile(program, `#!/usr/bin/env node\n${await readFile(program, "utf8")}`);

const local = new URL("lib/local/", dist);
await cp(new URL("lib/local/page", root), new URL("page", local), { recursive: true });
await copyFile(new URL("lib/local/sunroom.db", root), new URL("sunroom.db", local));
for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"])
  await copyFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)), new URL(`page/${name}`, local));
await mkdir(new URL("sdk", dist));
for (const [name, text] of await bundle()) await writeFile(new URL(`sdk/${name}`, dist), text);
