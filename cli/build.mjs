// Builds what is published as `sunroom`, before `npm pack` and `npm publish`: one file of plain JavaScript, since no Node
// runs TypeScript within node_modules, and with no dependency, so that `npx sunroom` fetches nothing else.
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
