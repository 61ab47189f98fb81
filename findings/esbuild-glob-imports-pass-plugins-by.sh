#!/usr/bin/env bash
# esbuild 0.28.2 (Node.js 20 or later): the files of an `import()` whose path is a template (`./${type}/receive.ts`) are
# found and bundled without onResolve of any plugin being called for them, while onLoad is. A plugin that leaves imports to
# files of their own (external, for a Lambda's cold start) so takes those of plain strings out and leaves these in, without
# a word. Guessed: each file found is resolved with the kind "dynamic-import", as for a plain string.
#
# Output seen, 2026-11-29:
#   plain string: resolved ./a/receive.ts; loaded main.ts; bundled 0 of 1
#   template:     resolved nothing; loaded main.ts, receive.ts; bundled 1 of 1
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund esbuild@0.28.2
mkdir -p plain/a template/a
echo 'export const receive = "the channel";' | tee plain/a/receive.ts > template/a/receive.ts
echo 'export const load = () => import("./a/receive.ts");' > plain/main.ts
echo 'export const load = (type: string) => import(`./${type}/receive.ts`);' > template/main.ts

cat > look.mjs <<'SCRIPT'
import { basename } from "node:path";
import { build } from "esbuild";

const seen = [];
for (const [name, folder] of [["plain string:", "plain"], ["template:    ", "template"]]) {
  const [resolved, loaded] = [[], []];
  const watch = {
    name: "watch",
    setup(build) {
      build.onResolve({ filter: /./ }, ({ kind, path }) => {
        if (kind !== "dynamic-import") return undefined;
        resolved.push(path);
        return { path, external: true };
      });
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => void loaded.push(basename(path)));
    },
  };
  const options = { bundle: true, write: false, format: "cjs", platform: "node", plugins: [watch] };
  const { outputFiles } = await build({ ...options, entryPoints: [`./${folder}/main.ts`] });
  const bundled = outputFiles[0].text.includes("the channel") ? 1 : 0;
  const line = `resolved ${resolved.join() || "nothing"}; loaded ${loaded.sort().join(", ")}; bundled ${bundled} of 1`;
  console.log(`${name} ${line}`);
  seen.push(line);
}
const expected = [
  "resolved ./a/receive.ts; loaded main.ts; bundled 0 of 1",
  "resolved nothing; loaded main.ts, receive.ts; bundled 1 of 1",
];
process.exit(String(seen) === String(expected) ? 0 : 1);
SCRIPT
node look.mjs
