import { NestedStack, Validations } from "aws-cdk-lib";
import { type HttpApi, HttpMethod, HttpRoute, HttpRouteKey } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Construct } from "constructs";
import type { Route } from "../api/routes.ts";
import type { Access } from "./access.ts";
import type { FunctionCode } from "./bundling/functionCode.ts";
import type { Deployment } from "./deployment.ts";
import { publicConcurrency } from "./limits.ts";
import { OperationFunction } from "./operationFunction.ts";
import type { Settings } from "./settings.ts";

export interface OperationGroupProps {
  readonly settings: Settings;
  readonly api: HttpApi;
  readonly operations: Readonly<Record<string, Route>>;
  readonly code: FunctionCode;
  readonly accessOf: (route: Route) => readonly Access[];
  readonly environment: Readonly<Record<string, string>>;
  readonly deployment: Deployment | undefined;
}

/**
 * Names the group of a route by its path alone, so that a further operation never moves another: what a business's
 * server calls by the resource in an app (`Users`, `Conversations` …), what a Messaging SDK calls (`Sdk`), channels
 * (`Channel`), and the rest (`Rest`).
 */
export function groupOf(routeKey: string): string {
  const [, path = ""] = routeKey.split(" ");
  if (path.startsWith("/sdk/")) return "Sdk";
  if (path.startsWith("/webhooks/")) return "Channel";
  const [inApp, resource = "apps"] = /^\/v2\/apps(?:\/\{appId\}\/(\w+))?/.exec(path) ?? [];
  return inApp === undefined ? "Rest" : `${resource.charAt(0).toUpperCase()}${resource.slice(1)}`;
}

/**
 * A Lambda and its routes for each of the operations. A nested stack of its own, since an operation takes about ten
 * resources in production and a CloudFormation stack holds five hundred.
 */
export class OperationGroup extends NestedStack {
  constructor(scope: Construct, id: string, props: OperationGroupProps) {
    super(scope, id, { description: `Sunroom (${props.settings.stage}): ${id} operations` });
    for (const [operation, route] of Object.entries(props.operations)) {
      const { live } = new OperationFunction(this, operation, {
        ...props,
        description: route.summary,
        access: props.accessOf(route),
        reservedConcurrency: props.settings.reservedConcurrency ? publicConcurrency(operation, route) : undefined,
      });
      const integration = new HttpLambdaIntegration("Integration", live, {
        // One permission for all of an operation's routes, `<api>/*/*/*`, which `<api>/<stage>/$default` does not
        // match.
        scopePermissionToRoute: route.routeKeys.includes("$default"),
      });
      for (const routeKey of route.routeKeys)
        new HttpRoute(this, `${operation} ${routeKey}`, {
          httpApi: props.api,
          routeKey: httpRouteKey(routeKey),
          integration,
        });
    }
    Validations.of(this).acknowledge({
      id: "AwsSolutions-APIG4",
      reason:
        "An HTTP API's authorizer cannot answer in the documented error form, so every Lambda authenticates in its " +
        "pipeline (lib/http); a test calls every route with the credentials of another app.",
    });
  }
}

/** Converts a route key of `lib/api/routes.ts` (`GET /v2/apps`, `$default`) for the CDK. */
function httpRouteKey(routeKey: string): HttpRouteKey {
  if (routeKey === "$default") return HttpRouteKey.DEFAULT;
  const [method = "", path = ""] = routeKey.split(" ");
  const httpMethod = Object.values(HttpMethod).find((name) => name === method);
  if (httpMethod === undefined) throw new Error(`The route key "${routeKey}" has no HTTP method.`);
  return HttpRouteKey.with(path, httpMethod);
}
