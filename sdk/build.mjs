// Builds the SDK: `node sdk/build.mjs [--config-base-url=https://…]` writes sdk/dist; the local server and the stack call `bundle` and need no file.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const BUNDLES = [
  { source: "script.ts", file: "smooch.js", format: "iife" },
  { source: "index.ts", file: "index.js", format: "esm" },
];
const DECLARATIONS = ["index", "script", "types", "SmoochError"];

/**
 * Builds the minified bundles by file name: `smooch.js`, the script that makes the global `Smooch`, and `index.js`, the
 * module. Without `configBaseUrl` they look for the server at their own address.
 * @param {{ configBaseUrl?: string }} [options]
 * @returns {Promise<Map<string, string>>}
 */
export async function bundle({ configBaseUrl = "" } = {}) {
  const files = new Map();
  for (const { source, file, format } of BUNDLES) {
    const { outputFiles } = await build({
      entryPoints: [join(here, "src", source)],
      define: { CONFIG_BASE_URL: JSON.stringify(configBaseUrl) },
      format,
      bundle: true,
      minify: true,
      write: false,
      target: "es2020",
      legalComments: "none",
    });
    for (const output of outputFiles) files.set(file, output.text);
  }
  return files;
}

/** Builds the type declarations of the public surface by file name. */
function declarations() {
  const emitted = mkdtempSync(join(tmpdir(), "sunroom-sdk-"));
  try {
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
    execFileSync(process.execPath, [compiler, "-p", here, "--outDir", emitted], { stdio: "inherit" });
    // The compiler leaves the sources' extensions in declarations.
    const declaration = (name) =>
      readFileSync(join(emitted, `${name}.d.ts`), "utf8").replaceAll(/"(\.\/\w+)\.ts"/g, '"$1.js"');
    return new Map(DECLARATIONS.map((name) => [`${name}.d.ts`, declaration(name)]));
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const configBaseUrl = process.argv.find((argument) => argument.startsWith("--config-base-url="))?.split("=")[1];
  rmSync(dist, { recursive: true, force: true });
  await mkdir(dist);
  for (const [file, text] of [...(await bundle({ configBaseUrl })), ...declarations()]) {
    await writeFile(join(dist, file), text);
  }
}
