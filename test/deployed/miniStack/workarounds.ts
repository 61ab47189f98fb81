import { readFileSync } from "node:fs";
import { variable } from "../../../lib/api/environment.ts";
import { type Cloud, type Outputs, request } from "./cloud.ts";

/** What was done outside the stack for a resource that MiniStack made only in part. */
export interface Workaround {
  readonly resource: string;
  readonly done: string;
}

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>
  >;
}

/**
 * Does outside the stack what MiniStack 1.5.33 leaves out; docs/testing.md lists it. Each is done from the template, so
 * that what is tested is still what the stack says.
 */
export async function workAround(cloud: Cloud, outputs: Outputs, template: string): Promise<readonly Workaround[]> {
  const { Resources }: Template = JSON.parse(readFileSync(template, "utf8"));
  const done: Workaround[] = [];
  for (const [resource, { Type, Properties }] of Object.entries(Resources)) {
    if (Type !== "AWS::ApiGatewayV2::Api") continue;
    // It keeps the names of CloudFormation, which its gateway does not read.
    const cors = Object.entries(Properties.CorsConfiguration ?? {}).map(([name, value]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      value,
    ]);
    const [apiId] = new URL(outputs.ApiUrl).hostname.split(".");
    await request(cloud, "apigateway", `PATCH /v2/apis/${apiId}`, { corsConfiguration: Object.fromEntries(cors) });
    done.push({ resource: resource.replace(/[0-9A-F]{8}$/, ""), done: "CorsConfiguration set by UpdateApi" });
  }
  return done;
}

/**
 * Lets the Lambda that delivers the dev stage's events call this machine, where the tests' receivers are: the stack sets
 * nothing that allows it.
 */
export async function allowLoopback(cloud: Cloud): Promise<Workaround> {
  const list: { readonly Functions: readonly { readonly FunctionName: string }[] } = JSON.parse(
    await request(cloud, "lambda", "GET /2015-03-31/functions/?MaxItems=1000"),
  );
  const found = list.Functions.find(({ FunctionName }) => FunctionName.startsWith("Sunroom-dev-deliverEvents"));
  const path = `/2015-03-31/functions/${found?.FunctionName}/configuration`;
  const { Environment }: { readonly Environment: { readonly Variables: object } } = JSON.parse(
    await request(cloud, "lambda", `GET ${path}`),
  );
  const Variables = { ...Environment.Variables, [variable.webhookTargets]: "loopback" };
  await request(cloud, "lambda", `PUT ${path}`, { Environment: { Variables } });
  return { resource: "deliverEvents", done: `${variable.webhookTargets} set by UpdateFunctionConfiguration` };
}
