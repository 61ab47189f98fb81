import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { routes } from "../../../lib/api/routes.ts";
import { functionCode } from "../../../lib/infra/bundling/functionCode.ts";
import { SunroomStack } from "../../../lib/infra/stack.ts";

/**
 * The CDK app of a later version, which has one operation more and another answer of one Lambda. It uses what the
 * deployment before it bundled.
 */

const bundled = fileURLToPath(new URL("../../../dist/functions", import.meta.url));
const directory = fileURLToPath(new URL("../../../dist/later", import.meta.url));

/** Writes a Lambda that answers a word. */
const answering = (word: string): string =>
  `export const handler = async () => ({ statusCode: 200, body: ${JSON.stringify(word)} });`;

rmSync(directory, { recursive: true, force: true });
cpSync(bundled, directory, { recursive: true });
cpSync(join(bundled, "getOpenApi"), join(directory, "getLater"), { recursive: true });
writeFileSync(join(directory, "getLater", "index.mjs"), answering("added"));
writeFileSync(join(directory, "getOpenApi", "index.mjs"), answering("changed"));

Object.assign(routes, {
  getLater: { routeKeys: ["GET /v2/apps/{appId}/later"], scopes: ["anyone"], table: [], summary: "A later operation" },
});

const app = new App();
new SunroomStack(app, { code: functionCode(directory) });
app.synth();
