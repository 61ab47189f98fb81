import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { routes, workers } from "../lib/api/routes.ts";
import { bundleFunctions } from "../lib/infra/bundling/bundle.ts";
import { bundleSdk, serverPlaceholder } from "../lib/infra/bundling/bundleSdk.ts";
import { functionCode } from "../lib/infra/bundling/functionCode.ts";
import { addChecks } from "../lib/infra/checks.ts";
import { addStacksBeside } from "../lib/infra/operating/stacksBeside.ts";
import { SunroomStack } from "../lib/infra/stack.ts";
import { bundle as sdkFiles } from "../sdk/build.mjs";

const directory = fileURLToPath(new URL("../dist/functions", import.meta.url));
await bundleFunctions([...Object.keys(routes), ...Object.keys(workers)], directory);
await bundleSdk(await sdkFiles({ configBaseUrl: serverPlaceholder }), directory);

const app = new App();
new SunroomStack(app, { code: functionCode(directory) });
addStacksBeside(app);
addChecks(app);
app.synth();
