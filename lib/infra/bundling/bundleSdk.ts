import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A placeholder in the SDK's files for the server's URL, which is known when CloudFormation has made the API. */
export const serverPlaceholder = "https://server.invalid/sdk";

/**
 * Bundles the Lambda that serves the web SDK to `<directory>/sdkFiles/index.mjs`, with the SDK's files in it.
 * @param files the files' texts by name, with `serverPlaceholder` for the server's URL
 */
export async function bundleSdk(files: ReadonlyMap<string, string>, directory: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(import.meta.resolve("./serveSdk.ts"))],
    outfile: join(directory, "sdkFiles", "index.mjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    define: {
      SDK_FILES: JSON.stringify(Object.fromEntries(files)),
      SDK_SERVER: JSON.stringify(serverPlaceholder),
    },
    logLevel: "silent",
  });
}
