// Builds the package `sunroom`, before `npm pack` and `npm publish`: one file of plain JavaScript, since Node runs no
// TypeScript within node_modules, and without dependencies, so that `npx sunroom` fetches nothing else.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [path("../bin/sunroom.ts")],
  outfile: path("dist/sunroom.js"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  banner: { js: "#!/usr/bin/env node" },
  legalComments: "none",
  logLevel: "warning",
});
