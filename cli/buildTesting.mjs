// Builds the module `sunroom/testing` into the package: each form of a module in one file, and its types. CommonJS is for
// Jest, which takes no ES modules without a flag.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = "lib/testing";
const root = new URL("..", import.meta.url);
const compiler = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

/**
 * Writes the module into the folder of the built package.
 * @param {URL} dist
 */
export async function buildTesting(dist) {
  const to = new URL(`${folder}/`, dist);
  const bundle = (file, options) =>
    build({
      absWorkingDir: fileURLToPath(root),
      entryPoints: [`${folder}/startSunroom.ts`],
      outfile: fileURLToPath(new URL(file, to)),
      bundle: true,
      platform: "node",
      target: "node20",
      logLevel: "warning",
      ...options,
    });
  await bundle("startSunroom.js", { format: "esm" });
  await bundle("startSunroom.cjs", {
    format: "cjs",
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  // The compiler leaves the sources' extensions in declarations.
  for (const [name, text] of await declarations())
    for (const kind of ["js", "cjs"])
      await writeFile(
        new URL(`${name}.d.${kind === "js" ? "ts" : "cts"}`, to),
        text.replaceAll(/"(\.\/\w+)\.ts"/g, `"$1.${kind}"`),
      );
}

/** Makes the declarations of what the package shows, by the names of their files. */
async function declarations() {
  const emitted = await mkdtemp(join(tmpdir(), "sunroom-testing-"));
  try {
    const parameters = ["-p", fileURLToPath(new URL(folder, root)), "--outDir", emitted];
    execFileSync(process.execPath, [compiler, ...parameters], { stdio: "inherit" });
    const texts = ["startSunroom", "sunroom"].map(async (name) => [
      name,
      await readFile(join(emitted, folder, `${name}.d.ts`), "utf8"),
    ]);
    return await Promise.all(texts);
  } finally {
    await rm(emitted, { recursive: true });
  }
}
