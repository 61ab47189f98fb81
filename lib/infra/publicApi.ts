import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  ApiMapping,
  type CfnStage,
  CorsHttpMethod,
  DomainName,
  EndpointType,
  HttpApi,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { FilterPattern, LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { basePath } from "../api/basePath.ts";
import { cors } from "../api/cors.ts";
import type { Route } from "../api/routes.ts";
import { devThrottle, routeThrottle, stageThrottle, type Throttle } from "./limits.ts";
import { serverErrors } from "./serverErrors.ts";
import type { Domain, Settings } from "./settings.ts";

/**
 * One line per request. `routeKey` instead of the path and no address, user agent or query string, since they may
 * identify a person. `functionRequestId` is the request id in the Lambda's own log.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const accessLogFormat = {
  apiId: "$context.apiId",
  requestId: "$context.requestId",
  functionRequestId: "$context.integration.requestId",
  time: "$context.requestTimeEpoch",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationLatency: "$context.integrationLatency",
  integrationStatus: "$context.integration.integrationStatus",
  integrationError: "$context.integrationErrorMessage",
  error: "$context.error.messageString",
};

/** The public HTTP API, without its routes. */
export class PublicApi extends Construct {
  readonly http: HttpApi;
  /** The base URL, without a trailing slash. */
  readonly url: string;
  /** The regional target of the API's own domain, once it is published. */
  domainTarget: string | undefined;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { domain } = settings;
    this.http = new HttpApi(this, "Http", {
      apiName: `sunroom-${settings.stage}`,
      description: `Sunroom (${settings.stage})`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
      corsPreflight: {
        allowOrigins: [cors.origin],
        allowMethods: cors.methods.map((method) => CorsHttpMethod[method]),
        allowHeaders: [...cors.headers],
        maxAge: Duration.seconds(cors.maxAgeSeconds),
      },
    });
    this.url = domain === undefined ? this.http.apiEndpoint : `https://${domain.name}`;
  }

  /**
   * Publishes the routes, at the root and a second time below `/sc`, where a stage of that name serves the same
   * Lambdas. The routes must exist by then: a stage refuses throttles of unknown routes.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html ("Routing API
   * requests")
   */
  publish(settings: Settings, routes: Readonly<Record<string, Route>>): readonly HttpStage[] {
    const logGroup = new LogGroup(this, "AccessLogs", {
      retention: settings.logRetention,
      removalPolicy: settings.removal,
    });
    if (settings.production) countServerErrors(logGroup);
    const root = this.makeStage("Stage", "$default", logGroup, { settings, routes });
    const below = this.makeStage("BasePathStage", basePath, logGroup, { settings, routes });
    // API Gateway refuses a change of an API while another one is under way.
    below.node.addDependency(root);
    if (settings.domain) this.mapDomain(root, below, settings.domain);
    return [root, below];
  }

  private makeStage(
    id: string,
    stageName: string,
    logGroup: LogGroup,
    { settings, routes }: { settings: Settings; routes: Readonly<Record<string, Route>> },
  ): HttpStage {
    const stage = new HttpStage(this, id, {
      httpApi: this.http,
      stageName,
      autoDeploy: true,
      throttle: settings.production ? stageThrottle : devThrottle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFormat)),
      },
    });
    // The default child of an HttpStage is its CfnStage.
    if (settings.production) (stage.node.defaultChild as CfnStage).routeSettings = routeSettings(routes);
    return stage;
  }

  private mapDomain(root: HttpStage, below: HttpStage, domain: Domain): void {
    const domainName = new DomainName(this, "Domain", {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    const rootMapping = new ApiMapping(this, "Mapping", { api: this.http, domainName, stage: root });
    // Key and stage have one name, so a Lambda sees the same path whichever of the two AWS puts before it.
    const apiMappingKey = basePath;
    const belowMapping = new ApiMapping(this, "BasePathMapping", {
      api: this.http,
      domainName,
      stage: below,
      apiMappingKey,
    });
    belowMapping.node.addDependency(rootMapping);
    this.domainTarget = domainName.regionalDomainName;
    new CfnOutput(Stack.of(this), "DomainTarget", {
      value: domainName.regionalDomainName,
      description: `Point a CNAME or alias record of ${domain.name} here, or at EdgeTarget if there is one`,
    });
  }
}

/** Makes the metric of `serverErrors` from the access logs of every stage. */
function countServerErrors(logGroup: LogGroup): void {
  new MetricFilter(logGroup, "ServerErrors", {
    logGroup,
    filterPattern: FilterPattern.all(
      FilterPattern.stringValue("$.status", "=", "5*"),
      FilterPattern.stringValue("$.status", "!=", "501"),
    ),
    metricNamespace: serverErrors.namespace,
    metricName: serverErrors.name,
    dimensions: { [serverErrors.dimension]: "$.apiId" },
  });
}

function routeSettings(routes: Readonly<Record<string, Route>>): Record<string, object> {
  const settings: Record<string, object> = {};
  for (const [operation, route] of Object.entries(routes)) {
    const throttle: Throttle | undefined = routeThrottle(operation, route);
    for (const routeKey of throttle ? route.routeKeys : [])
      settings[routeKey] = { ThrottlingRateLimit: throttle?.rateLimit, ThrottlingBurstLimit: throttle?.burstLimit };
  }
  return settings;
}
