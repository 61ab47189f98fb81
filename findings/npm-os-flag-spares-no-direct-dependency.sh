#!/usr/bin/env bash
# npm 11.6.2: `--os` and `--cpu` choose the platform's package among optional dependencies, but a package that is named on
# the command line is compared with the system that npm runs on all the same, and refused as EBADPLATFORM; `--force` alone
# installs it. Guessed: the flags, which "override the OS of native modules to install", count for both.
#
# Output seen, 2026-11-29:
#   named, with the flags: EBADPLATFORM
#   named, with --force:   installed
#   optional, with flags:  installed
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund npm@11.6.2
npm="$directory/node_modules/.bin/npm"
# A program for a system that this is not, whichever it is.
package=@esbuild/aix-ppc64@0.28.2
flags=(--os=aix --cpu=ppc64)

common=(install --loglevel=error --no-audit --no-fund --ignore-scripts)

# Installs in a folder of its own, and says what came of it.
look() {
  local title=$1 manifest=$2 folder
  shift 2
  folder=$(mktemp -d "$directory/XXXXXX")
  echo "$manifest" >"$folder/package.json"
  local said
  said=$(cd "$folder" && "$npm" "${common[@]}" "$@" 2>&1) || true
  if [ -d "$folder/node_modules/@esbuild/aix-ppc64" ]; then echo "$title installed"; else echo "$title $(grep -o -m1 EBADPLATFORM <<<"$said")"; fi
}
{
  look "named, with the flags:" '{}' "$package" "${flags[@]}"
  look "named, with --force:  " '{}' "$package" --force
  look "optional, with flags: " '{"optionalDependencies":{"@esbuild/aix-ppc64":"0.28.2"}}' "${flags[@]}"
} | tee seen
diff seen - <<'EXPECTED'
named, with the flags: EBADPLATFORM
named, with --force:   installed
optional, with flags:  installed
EXPECTED
