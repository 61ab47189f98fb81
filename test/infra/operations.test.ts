import { describe, expect, test } from "vitest";
import { cors } from "../../lib/api/cors.ts";
import { variable } from "../../lib/api/environment.ts";
import { type Route, routes } from "../../lib/api/routes.ts";
import { sdkFileRoutes } from "../../lib/infra/sdkHosting.ts";
import { synthesize } from "./synthesize.ts";

const prod = synthesize();
const dev = synthesize({ stage: "dev" });
const rows: readonly (readonly [string, Route])[] = Object.entries({ ...routes, ...sdkFileRoutes });

const tableArn = { "Fn::GetAtt": [expect.stringMatching(/^Table/), "Arn"] };
const orderIndexArn = { "Fn::Join": ["", [tableArn, "/index/order"]] };
const accountKeyArn = { Ref: expect.stringMatching(/^AccountKeyStored/) };
const queueArns = ["Queue", "DeadLetters"].map((name) => ({
  "Fn::GetAtt": [expect.stringMatching(new RegExp(`^Deliveries${name}`)), "Arn"],
}));
const eventQueueArn = { "Fn::GetAtt": [expect.stringMatching(/^EventsFirst(?!Dead)/), "Arn"] };
const channelQueueArn = { "Fn::GetAtt": [expect.stringMatching(/^TasksQueue/), "Arn"] };

/** The statements of an operation's role, by the service they are about. */
function statements(operation: string, service: string) {
  const [policy] = prod.named(`${operation}Role`).Properties.Policies as [
    { PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] } },
  ];
  return policy.PolicyDocument.Statement.map(({ Action, Resource }) => ({
    actions: [Action].flat(),
    resource: Resource,
  })).filter(({ actions }) => actions.every((action) => action.startsWith(`${service}:`)));
}

const environment = (operation: string) =>
  (prod.named(`${operation}Function`).Properties.Environment as { Variables: Record<string, unknown> }).Variables;

describe("each Lambda", () => {
  test.each(rows)("%s may use what its row says of the table and nothing else", (operation, { table }) => {
    const granted = statements(operation, "dynamodb");
    if (table.length === 0) {
      expect(granted).toEqual([]);
      expect(environment(operation)).not.toHaveProperty(variable.tableName);
      return;
    }
    expect(granted.flatMap(({ actions }) => actions).toSorted()).toEqual(
      table.map((action) => `dynamodb:${action}`).toSorted(),
    );
    const resources = granted.flatMap(({ resource }) => resource);
    const expected = table.includes("Query") ? [tableArn, orderIndexArn] : [tableArn];
    expect(resources).toEqual(expect.arrayContaining(expected));
    expect(resources.length).toBe(expected.length);
    expect(environment(operation)[variable.tableName]).toEqual({ Ref: expect.stringMatching(/^Table/) });
  });

  test.each(rows)("%s may read the account key only if the account may call it", (operation, { scopes }) => {
    const granted = statements(operation, "secretsmanager");
    const expected = [{ actions: ["secretsmanager:GetSecretValue"], resource: accountKeyArn }];
    expect(granted).toEqual(scopes.includes("account") ? expected : []);
    expect(variable.accountKeyArn in environment(operation)).toBe(scopes.includes("account"));
  });

  test.each(rows)("%s may send to the queues, and knows them, only if its row says so", (operation, row) => {
    const granted = statements(operation, "sqs");
    const sending = (resource: unknown) => ({ actions: ["sqs:SendMessage"], resource });
    expect(granted).toEqual([
      ...(row.queue === "send" ? [sending(expect.arrayContaining(queueArns))] : []),
      ...(row.eventQueue === "send" ? [sending(eventQueueArn)] : []),
      ...(row.channelQueue === "send" ? [sending(channelQueueArn)] : []),
    ]);
    for (const name of [variable.deliveryQueueUrl, variable.deadLetterQueueUrl])
      expect(name in environment(operation)).toBe(row.queue === "send");
    expect(variable.eventQueueUrl in environment(operation)).toBe(row.eventQueue === "send");
    expect(variable.channelQueueUrl in environment(operation)).toBe(row.channelQueue === "send");
    for (const name of [variable.eventRetryQueueUrl, variable.eventDeadLetterQueueUrl, variable.webhookTargets])
      expect(environment(operation)).not.toHaveProperty(name);
  });

  test.each(rows)(
    "%s may read or write files, and knows where they are, only if its row says so",
    (operation, { files }) => {
      const action = files === "read" ? "s3:GetObject" : "s3:PutObject";
      const resource = {
        "Fn::Join": ["", [{ "Fn::GetAtt": [expect.stringMatching(/^FilesBucket/), "Arn"] }, "/*"]],
      };
      expect(statements(operation, "s3")).toEqual(files === undefined ? [] : [{ actions: [action], resource }]);
      expect(variable.attachmentsUrl in environment(operation)).toBe(files !== undefined);
    },
  );

  test.each(rows)(
    "%s may do nothing beyond its table, the account key, its queues, the files, its log and its traces",
    (operation) => {
      const services = ["dynamodb", "secretsmanager", "sqs", "s3", "logs", "xray"];
      const [policy] = prod.named(`${operation}Role`).Properties.Policies as [
        { PolicyDocument: { Statement: unknown[] } },
      ];
      expect(services.flatMap((service) => statements(operation, service)).length).toBe(
        policy.PolicyDocument.Statement.length,
      );
      expect(prod.named(`${operation}Role`).Properties).not.toHaveProperty("ManagedPolicyArns");
      expect(statements(operation, "logs").map(({ resource }) => resource)).toEqual([
        { "Fn::GetAtt": [expect.stringMatching(new RegExp(`^${operation}Logs`)), "Arn"] },
      ]);
    },
  );

  test("has no policy beside its role's own", () => {
    const policies = prod.of("AWS::IAM::Policy").map(({ Properties }) => JSON.stringify(Properties.Roles));
    for (const [operation] of rows) expect(policies.join()).not.toContain(`${operation}Role`);
  });

  test.each(rows)(
    "%s runs on Node.js 24 on arm64 with 15 seconds, its own log group and the public URL",
    (operation) => {
      expect(prod.named(`${operation}Function`).Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout: 15,
        MemorySize: 512,
        Handler: "index.handler",
        LoggingConfig: { LogFormat: "JSON", LogGroup: { Ref: expect.stringMatching(new RegExp(`^${operation}Logs`)) } },
        Environment: { Variables: { [variable.publicUrl]: { "Fn::GetAtt": [expect.any(String), "ApiEndpoint"] } } },
      });
    },
  );

  test("is invoked through the alias live in production, where a new version is let in step by step", () => {
    const { AliasUpdate, ...group } = {
      AliasUpdate: prod.named("createUserFunctionLive").UpdatePolicy,
      ...prod.named("createUserFunctionDeployment").Properties,
    };
    expect(AliasUpdate).toHaveProperty("CodeDeployLambdaAliasUpdate");
    expect(group).toMatchObject({
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AutoRollbackConfiguration: { Enabled: true, Events: expect.arrayContaining(["DEPLOYMENT_STOP_ON_ALARM"]) },
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: expect.anything() }, { Name: expect.anything() }] },
    });
    expect(dev.of("AWS::Lambda::Alias")).toEqual([]);
  });

  test("is traced in production only", () => {
    for (const [operation] of rows) {
      expect(prod.named(`${operation}Function`).Properties.TracingConfig).toEqual({ Mode: "Active" });
      expect(dev.named(`${operation}Function`).Properties.TracingConfig).not.toEqual({ Mode: "Active" });
    }
  });

  test("reserves no instances unless asked to, since a new account has too few, and then only where anyone may call it", () => {
    const asked = synthesize({ reservedConcurrency: "true" });
    const cheap = synthesize({ reservedConcurrency: "true", stage: "dev" });
    for (const [operation, { scopes }] of rows) {
      const capped = [asked, prod, dev, cheap].map(
        (stage) => "ReservedConcurrentExecutions" in stage.named(`${operation}Function`).Properties,
      );
      expect(capped, operation).toEqual([scopes.includes("anyone"), false, false, false]);
    }
  });

  test("keeps its log for 90 days, on the dev stage for 7", () => {
    const retention = (stage: typeof prod) =>
      new Set(stage.of("AWS::Logs::LogGroup").map(({ Properties }) => Properties.RetentionInDays));
    expect(retention(prod)).toEqual(new Set([90]));
    expect(retention(dev)).toEqual(new Set([7]));
  });
});

describe("the routes", () => {
  test("are exactly those of lib/api/routes.ts and of the SDK's files, each leading to its operation's Lambda", () => {
    const expected = rows.flatMap(([operation, { routeKeys }]) => routeKeys.map((key) => [key, operation]));
    const deployed = prod.of("AWS::ApiGatewayV2::Route").map(({ Properties: { RouteKey, Target } }) => {
      const integration = /"(\w+Integration)[0-9A-F]{8}"/.exec(JSON.stringify(Target))?.[1] ?? "";
      const uri = JSON.stringify(prod.named(integration).Properties.IntegrationUri);
      return [RouteKey, /"(\w+?)(Function|FunctionLive)[0-9A-F]{8}"/.exec(uri)?.[1]];
    });
    expect(deployed.toSorted()).toEqual(expected.toSorted());
  });

  test("let the gateway call their Lambda, and only this API's gateway", () => {
    const all = prod.of("AWS::Lambda::Permission").map(({ Properties }) => Properties);
    const [ofSchedule, ...others] = all.filter(({ Principal }) => Principal === "events.amazonaws.com");
    expect(JSON.stringify(ofSchedule?.FunctionName)).toContain("eraseDeletedAppsFunctionLive");
    expect(others).toEqual([]);
    const permissions = all.filter((permission) => permission !== ofSchedule);
    const called = new Set(permissions.map(({ FunctionName }) => JSON.stringify(FunctionName)));
    expect(called.size).toBe(rows.length);
    for (const { Principal, SourceArn } of permissions) {
      expect(Principal).toBe("apigateway.amazonaws.com");
      expect(JSON.stringify(SourceArn)).toMatch(/:execute-api:.*"Ref":"ApiHttp\w+"/);
    }
  });

  test("include the default one, whose calls a permission for paths would not cover", () => {
    const [permission] = prod
      .of("AWS::Lambda::Permission")
      .filter(({ Properties }) => JSON.stringify(Properties.FunctionName).includes("unknownRoute"));
    expect(JSON.stringify(permission?.Properties.SourceArn)).toMatch(/"\/\*\/\*"/);
  });

  test("exist before the stages that throttle them", () => {
    const groups = prod.of("AWS::CloudFormation::Stack").length;
    for (const stage of prod.of("AWS::ApiGatewayV2::Stage"))
      expect(stage.DependsOn?.filter((id) => /NestedStack/.test(id)).length).toBe(groups);
  });
});

describe("the gateway", () => {
  test("answers browsers as lib/api/cors.ts says, from every origin", () => {
    expect(prod.of("AWS::ApiGatewayV2::Api")[0]?.Properties.CorsConfiguration).toEqual({
      AllowOrigins: ["*"],
      AllowMethods: cors.methods,
      AllowHeaders: cors.headers,
      MaxAge: cors.maxAgeSeconds,
    });
  });

  test("serves every route at the root and once more below /sc, from the same Lambdas, with the same throttles and log", () => {
    for (const stages of [prod, dev].map((one) => one.of("AWS::ApiGatewayV2::Stage"))) {
      expect(stages.map(({ Properties }) => Properties.StageName)).toEqual(["$default", "sc"]);
      const [root, below] = stages.map(({ Properties: { StageName: _, ...same } }) => same);
      expect(below).toEqual(root);
      expect(below).toMatchObject({ AutoDeploy: true });
    }
    const ofGateway = prod
      .of("AWS::Lambda::Permission")
      .filter(({ Properties }) => Properties.Principal === "apigateway.amazonaws.com");
    expect(ofGateway).not.toEqual([]);
    for (const { Properties } of ofGateway) expect(JSON.stringify(Properties.SourceArn)).toMatch(/"\/\*\/\*[^"]*"/);
  });

  test("throttles the stage, and in production each public route on its own", () => {
    const stage = (of: typeof prod) => of.of("AWS::ApiGatewayV2::Stage")[0]?.Properties;
    expect(stage(prod)?.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
    expect(stage(dev)?.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
    const open = rows.filter(([, { scopes }]) => scopes.includes("anyone")).flatMap(([, { routeKeys }]) => routeKeys);
    expect(Object.keys(stage(prod)?.RouteSettings ?? {}).toSorted()).toEqual(open.toSorted());
    expect(stage(dev)).not.toHaveProperty("RouteSettings");
  });

  test("logs a JSON line a request that holds no path, query string, address or user agent", () => {
    const [stage] = prod.of("AWS::ApiGatewayV2::Stage");
    const { Format } = (stage?.Properties.AccessLogSettings ?? {}) as { Format: string };
    expect(Object.keys(JSON.parse(Format))).toEqual(
      expect.arrayContaining(["requestId", "functionRequestId", "routeKey", "status"]),
    );
    expect(Format).not.toMatch(/path|queryString|sourceIp|userAgent|context\.identity/i);
  });
});
