import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describeApi } from "../lib/openapi/describeApi.ts";

/** Writes docs/openapi.json from the schemas that validate. `npm run openapi`. */

const root = new URL("..", import.meta.url);
// Functions read the environment when they are imported; nothing here calls them.
Object.assign(process.env, {
  TABLE_NAME: "none",
  DYNAMODB_ENDPOINT: "http://localhost:1",
  ACCOUNT_KEY_ID: "none",
  ACCOUNT_KEY_SECRET: "none",
});

const names = readdirSync(new URL("functions", root)).filter(
  (file) => file.endsWith(".ts") && file !== "getOpenApi.ts",
);
const bodies = Object.fromEntries(
  await Promise.all(
    names.map(
      async (file) =>
        [file.replace(/\.ts$/, ""), (await import(new URL(`functions/${file}`, root).href)).body] as const,
    ),
  ),
);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
writeFileSync(new URL("docs/openapi.json", root), `${JSON.stringify(describeApi(bodies, version), null, 1)}\n`);
