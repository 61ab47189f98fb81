import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test, vi } from "vitest";
import { attachmentFilter, eventFilter } from "../../lib/api/eventFilter.ts";
import { type Route, routes, workers } from "../../lib/api/routes.ts";
import { logToStdout } from "../../lib/http/log.ts";
import { addChecks } from "../../lib/infra/checks.ts";
import { sunroomApp, synthesize } from "./synthesize.ts";

const everything = {
  domainName: "api.example.com",
  certificateArn: "arn:aws:acm:eu-west-1:111111111111:certificate/1",
  sdkDomainName: "sdk.example.com",
  sdkCertificateArn: "arn:aws:acm:us-east-1:111111111111:certificate/2",
  alarmEmail: "ops@example.com",
};

const prod = synthesize();
const dev = synthesize({ stage: "dev" });
const own = synthesize(everything);

describe("the stack", () => {
  test.each<Readonly<Record<string, string>>>([{ stage: "dev" }, everything])(
    "passes CloudFormation's rules and cdk-nag with context %o",
    (context) => {
      const { app } = sunroomApp(context);
      addChecks(app);
      expect(() => app.synth()).not.toThrow();
    },
  );

  test("is checked in its nested stacks too", () => {
    const { app, stack } = sunroomApp({ stage: "dev" });
    addChecks(app);
    const [first] = stack.node.findAll().filter((construct) => construct instanceof CfnFunction);
    first?.addPropertyOverride("MemorySize", 1);
    expect(() => app.synth()).toThrow("less than the minimum of 128");
  });

  test("says where the API and the account key are", () => {
    expect(prod.outputs.ApiUrl?.Value).toEqual({ "Fn::GetAtt": [expect.any(String), "ApiEndpoint"] });
    expect(prod.outputs.AccountKeyArn?.Value).toEqual({ Ref: expect.stringMatching(/^AccountKeyStored/) });
    expect(JSON.stringify(prod.outputs.AccountKeyCommand?.Value)).toContain("aws secretsmanager get-secret-value");
  });

  test("tags what can be tagged with application and stage", () => {
    expect(dev.named("createUserFunction").Properties.Tags).toEqual([
      { Key: "application", Value: "sunroom" },
      { Key: "stage", Value: "dev" },
    ]);
  });

  test.each([
    [{ stage: "Prod!" }, 'The setting stage has to be 1 to 20 lower-case letters, digits or dashes, and is "Prod!".'],
    [{ domainName: "api.example.com" }, "The settings domainName and certificateArn go together"],
    [{ ...everything, certificateArn: "mine" }, "The setting certificateArn has to be the ARN"],
    [{ ...everything, sdkCertificateArn: everything.certificateArn }, "in us-east-1, which CloudFront asks for"],
    [{ ...everything, domainName: "https://api.example.com" }, "The setting domainName has to be a domain name"],
    [{ reservedConcurrency: "100" }, "The setting reservedConcurrency has to be true or false"],
    [{ alarmEmail: "ops" }, "The setting alarmEmail has to be an address"],
    [
      { sdkCertificateArn: everything.sdkCertificateArn },
      "The settings sdkDomainName and sdkCertificateArn go together",
    ],
  ])("refuses the context %o in one sentence that names the setting", (context, sentence) => {
    expect(() => sunroomApp(context)).toThrow(sentence);
  });

  test("takes a custom domain from the context, with TLS 1.2 and nothing beside it", () => {
    expect(own.of("AWS::ApiGatewayV2::DomainName")[0]?.Properties).toMatchObject({
      DomainName: "api.example.com",
      DomainNameConfigurations: [{ SecurityPolicy: "TLS_1_2" }],
    });
    expect(own.of("AWS::ApiGatewayV2::Api")[0]?.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(own.outputs.ApiUrl?.Value).toBe("https://api.example.com");
    expect(own.named("createUserFunction").Properties).toMatchObject({
      Environment: { Variables: { PUBLIC_URL: "https://api.example.com" } },
    });
  });

  test("maps it to the root and once more below /sc, by a key that names the stage", () => {
    const mappings = own.of("AWS::ApiGatewayV2::ApiMapping");
    expect(mappings.map(({ Properties: { ApiMappingKey, Stage } }) => [ApiMappingKey, Stage])).toEqual([
      [undefined, "$default"],
      ["sc", "sc"],
    ]);
    expect(JSON.stringify(mappings.map(({ DependsOn }) => DependsOn))).toMatch(
      /^\[\["ApiStage\w+"\],\["ApiBasePathStage\w+","ApiMapping\w+"\]\]$/,
    );
  });
});

describe("no role in production", () => {
  test("holds a wildcard in an action, or in a resource but for X-Ray, the records that are put aside and the files of attachments", () => {
    for (const { Properties } of prod.of("AWS::IAM::Role")) {
      const policies = (Properties.Policies ?? []) as {
        PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
      }[];
      for (const { Action, Resource } of policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
        expect(JSON.stringify(Action)).not.toContain("*");
        // What Lambda puts aside has a name of its own choosing, below this prefix.
        if (/^s3:(?:Put|Get|Delete)Object$/.test([Action].flat().join()))
          expect(JSON.stringify(Resource)).toMatch(
            /"(?:EventsUnpublished\w+","Arn"\]\},"\/aws\/lambda|FilesBucket\w+","Arn"\]\},")\/\*"/,
          );
        else if (![Action].flat().every((action) => action.startsWith("xray:")))
          expect(JSON.stringify(Resource)).not.toContain("*");
      }
    }
  });
});

describe("the table", () => {
  const table = (stage: typeof prod) => stage.named("Table").Properties;

  test("is the one of lib/api/tableDefinition.ts: on demand, with its index, time to live, stream and point-in-time recovery", () => {
    expect(table(prod)).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      LocalSecondaryIndexes: [{ IndexName: "order", Projection: { ProjectionType: "ALL" } }],
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
      Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  test("is protected and kept in production, and goes with the stack on the dev stage", () => {
    expect(table(prod).Replicas).toMatchObject([{ DeletionProtectionEnabled: true }]);
    expect(prod.named("Table").DeletionPolicy).toBe("RetainExceptOnCreate");
    expect(table(dev).Replicas).not.toMatchObject([{ DeletionProtectionEnabled: true }]);
    expect(dev.named("Table").DeletionPolicy).toBe("Delete");
  });

  test("is encrypted with a key of its own in production, which works through DynamoDB alone", () => {
    expect(table(prod)).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: "KMS" },
      Replicas: [
        { SSESpecification: { KMSMasterKeyId: { "Fn::GetAtt": [expect.stringMatching(/^TableKey/), "Arn"] } } },
      ],
    });
    expect(prod.named("TableKey").Properties).toMatchObject({
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: [
          {},
          {
            Condition: {
              StringEquals: { "kms:ViaService": expect.anything(), "kms:CallerAccount": expect.anything() },
            },
          },
        ],
      },
    });
    expect(dev.of("AWS::KMS::Key")).toEqual([]);
  });
});

describe("the account key", () => {
  test("has an id that begins with act_ and a generated secret of 48 letters and digits", () => {
    const { GenerateSecretString } = prod.named("AccountKeyStored").Properties;
    expect(GenerateSecretString).toMatchObject({
      GenerateStringKey: "secret",
      PasswordLength: 48,
      ExcludePunctuation: true,
    });
    expect(JSON.stringify(GenerateSecretString)).toContain(String.raw`{\"id\":\"act_`);
  });
});

describe("the queue of deliveries", () => {
  test("is encrypted, speaks TLS alone, keeps events for 14 days and has dead letters", () => {
    expect(prod.named("DeliveriesQueue").Properties).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      RedrivePolicy: {
        deadLetterTargetArn: { "Fn::GetAtt": [expect.stringMatching(/^DeliveriesDeadLetters/), "Arn"] },
      },
    });
    expect(prod.of("AWS::SQS::QueuePolicy").length).toBe(prod.of("AWS::SQS::Queue").length);
  });

  test("invokes the worker, which answers for each event and has six times its timeout", () => {
    const source = prod.named("DeliveriesSource");
    expect(source?.Properties).toMatchObject({
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
    expect(JSON.stringify(source?.Properties.FunctionName)).toMatch(/"replayDeliveryFunctionLive\w+".*":live"/);
    const timeout = Number(prod.named("replayDeliveryFunction").Properties.Timeout);
    expect(prod.named("DeliveriesQueue").Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  test("lets the worker take events and gives it the table, but no way to send", () => {
    const policies = JSON.stringify(prod.named("replayDeliveryRole").Properties.Policies);
    expect(policies).toContain("sqs:ReceiveMessage");
    expect(policies).toContain("dynamodb:PutItem");
    expect(policies).not.toContain("sqs:SendMessage");
    expect(policies).not.toContain("secretsmanager");
  });
});

describe("the way of events to webhooks", () => {
  const queue = (name: string) => prod.named(`Events${name}`).Properties;
  const arnOf = (name: string) => ({
    "Fn::GetAtt": [expect.stringMatching(new RegExp(`^Events${name}[0-9A-F]{8}`)), "Arn"],
  });
  const aliasOf = (operation: string) => new RegExp(`"${operation}FunctionLive\\w+".*":live"`);

  test("begins with the table's stream, which invokes the Lambda that publishes without delay", () => {
    const { FilterCriteria, ...source } = prod.named("EventsStream").Properties;
    expect(source).toMatchObject({
      EventSourceArn: { "Fn::GetAtt": [expect.stringMatching(/^Table/), "StreamArn"] },
      BatchSize: 100,
      StartingPosition: "TRIM_HORIZON",
      MetricsConfig: { Metrics: ["EventCount"] },
    });
    expect(source).not.toHaveProperty("MaximumBatchingWindowInSeconds");
    expect(JSON.stringify(source.FunctionName)).toMatch(aliasOf("publishEvents"));
    const { Filters } = FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([eventFilter]);
  });

  test("tries a record that fails again and apart, as often as it takes, and puts it aside whole after three hours", () => {
    const source = prod.named("EventsStream").Properties;
    expect(source).toMatchObject({
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRecordAgeInSeconds: 3 * 60 * 60,
      DestinationConfig: { OnFailure: { Destination: arnOf("Unpublished") } },
    });
    expect(source).not.toHaveProperty("MaximumRetryAttempts");
    expect(prod.named("EventsUnpublished").Properties).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 7, Status: "Enabled" }] },
    });
  });

  test("goes on by a queue that keeps the order of each group alone, and one for further attempts", () => {
    for (const name of ["First", "FirstDeadLetters"])
      expect(queue(name)).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
      });
    for (const name of ["Later", "DeadLetters"]) expect(queue(name)).not.toHaveProperty("FifoQueue");
    for (const name of ["First", "Later", "FirstDeadLetters", "DeadLetters"])
      expect(queue(name)).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 7 * 24 * 60 * 60 });
    expect(queue("First").RedrivePolicy).toMatchObject({ deadLetterTargetArn: arnOf("FirstDeadLetters") });
    expect(queue("Later").RedrivePolicy).toMatchObject({ deadLetterTargetArn: arnOf("DeadLetters") });
  });

  test("ends with the Lambda that delivers, in a bounded number of instances, where no first attempt waits for another", () => {
    for (const [id, name, batchSize] of [
      ["EventsFirstSource", "First", 1],
      ["EventsLaterSource", "Later", 10],
    ] as const) {
      const source = prod.named(id).Properties;
      expect(source).toMatchObject({
        EventSourceArn: arnOf(name),
        BatchSize: batchSize,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) },
      });
      expect(JSON.stringify(source.FunctionName)).toMatch(aliasOf("deliverEvents"));
      const timeout = Number(prod.named("deliverEventsFunction").Properties.Timeout);
      // Two attempts at the targets of one conversation.
      expect(timeout).toBeGreaterThanOrEqual(2 * 20);
      expect(queue(name).VisibilityTimeout).toBeGreaterThan(timeout);
    }
  });

  test("lets each of its Lambdas do its part and no more", () => {
    const granted = grantsOf("publishEvents");
    expect(granted.get("sqs:SendMessage")).toContainEqual(arnOf("First"));
    expect([...granted.keys()].filter((action) => /^sqs:(?!SendMessage)|secretsmanager/.test(action))).toEqual([]);
    expect(granted.get("dynamodb:GetRecords")).toEqual([
      { "Fn::GetAtt": [expect.stringMatching(/^Table/), "StreamArn"] },
    ]);
    expect(variablesOf("publishEvents")).toEqual(["CHANNEL_QUEUE_URL", "EVENT_QUEUE_URL", "PUBLIC_URL", "TABLE_NAME"]);
    const delivering = grantsOf("deliverEvents");
    expect(delivering.get("sqs:ReceiveMessage")).toEqual([arnOf("First"), arnOf("Later")]);
    expect(delivering.get("sqs:SendMessage")).toEqual([arnOf("DeadLetters"), arnOf("Later")]);
    expect(JSON.stringify([...delivering.keys()])).not.toMatch(/GetRecords|s3:|secretsmanager/);
    expect(variablesOf("deliverEvents")).toEqual([
      "EVENT_DEAD_LETTER_QUEUE_URL",
      "EVENT_RETRY_QUEUE_URL",
      "PUBLIC_URL",
      "TABLE_NAME",
    ]);
    const reading = prod.of("AWS::IAM::Role").filter((role) => JSON.stringify(role).includes("dynamodb:GetRecords"));
    expect(new Set(reading)).toEqual(new Set([prod.named("publishEventsRole"), prod.named("eraseAttachmentsRole")]));
  });
});

describe("the queue of tasks at channels", () => {
  const arnOf = (name: string) => ({ "Fn::GetAtt": [expect.stringMatching(new RegExp(`^Tasks${name}`)), "Arn"] });

  test("keeps the order of each group alone, encrypted, and gives up a task after a thousand tries", () => {
    for (const name of ["TasksQueue", "TasksDeadLetters"])
      expect(prod.named(name).Properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 24 * 60 * 60,
      });
    expect(prod.named("TasksQueue").Properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: arnOf("DeadLetters"),
      maxReceiveCount: 1_000,
    });
  });

  test("gives the worker one task at a time, which it may put off, in a bounded number of instances", () => {
    const source = prod.named("TasksSource").Properties;
    expect(source).toMatchObject({
      EventSourceArn: arnOf("Queue"),
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 100 },
    });
    expect(JSON.stringify(source.FunctionName)).toMatch(/"callChannelsFunctionLive\w+".*":live"/);
    const timeout = Number(prod.named("callChannelsFunction").Properties.Timeout);
    // Two requests to a provider.
    expect(timeout).toBeGreaterThanOrEqual(2 * 20);
    expect(prod.named("TasksQueue").Properties.VisibilityTimeout).toBeGreaterThan(timeout);
  });

  test("is filled by the Lambda that publishes, and worked on by one that does its part and no more", () => {
    expect(grantsOf("publishEvents").get("sqs:SendMessage")).toContainEqual(arnOf("Queue"));
    const granted = grantsOf("callChannels");
    for (const action of ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"])
      expect(granted.get(action)).toEqual([arnOf("Queue")]);
    expect(granted.get("sqs:SendMessage")).toEqual([arnOf("DeadLetters")]);
    expect(JSON.stringify([...granted.keys()])).not.toMatch(/GetRecords|s3:(?!PutObject)|secretsmanager/);
    expect(variablesOf("callChannels")).toEqual([
      "ATTACHMENTS_URL",
      "CHANNEL_DEAD_LETTER_QUEUE_URL",
      "CHANNEL_QUEUE_URL",
      "PUBLIC_URL",
      "TABLE_NAME",
    ]);
  });
});

describe("the files of attachments", () => {
  const bucket = prod.named("FilesBucket").Properties;
  const arnOfFiles = {
    "Fn::Join": ["", [{ "Fn::GetAtt": [expect.stringMatching(/^FilesBucket/), "Arn"] }, "/*"]],
  };

  test("are in a bucket that is closed to the public, encrypted, and read over TLS alone", () => {
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
      LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }] },
      CorsConfiguration: { CorsRules: [{ AllowedMethods: ["GET", "HEAD", "POST"] }] },
    });
    expect(JSON.stringify(prod.named("FilesBucketPolicy").Properties)).toContain('"aws:SecureTransport":"false"');
  });

  test("are deleted when the stream tells that their attachments are, by a Lambda that may do nothing else", () => {
    const { FilterCriteria, ...source } = prod.named("FilesStream").Properties;
    expect(source).toMatchObject({
      EventSourceArn: { "Fn::GetAtt": [expect.stringMatching(/^Table/), "StreamArn"] },
      StartingPosition: "TRIM_HORIZON",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    const { Filters } = FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([attachmentFilter]);
    const granted = grantsOf("eraseAttachments");
    expect(granted.get("s3:DeleteObject")).toEqual([arnOfFiles]);
    expect(JSON.stringify([...granted.keys()])).not.toMatch(
      /GetItem|PutItem|DeleteItem|s3:GetObject|sqs|secretsmanager/,
    );
    expect(variablesOf("eraseAttachments")).toEqual(["ATTACHMENTS_URL", "PUBLIC_URL", "TABLE_NAME"]);
  });
});

/** The resources that an operation's role allows, by the action. */
function grantsOf(operation: string): Map<string, unknown[]> {
  const [policy] = prod.named(`${operation}Role`).Properties.Policies as [
    { PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] } },
  ];
  return new Map(
    policy.PolicyDocument.Statement.flatMap(({ Action, Resource }) =>
      [Action].flat().map((action): [string, unknown[]] => [action, [Resource].flat()]),
    ),
  );
}

/** The names of the environment variables of an operation's Lambda. */
function variablesOf(operation: string): string[] {
  const { Variables } = prod.named(`${operation}Function`).Properties.Environment as { Variables: object };
  return Object.keys(Variables).sort();
}

describe("what is left of deleted apps", () => {
  test("is deleted every five minutes by a worker that may run as long, and reads the whole table as no other may", () => {
    const [rule, ...others] = prod.of("AWS::Events::Rule");
    expect(others).toEqual([]);
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
      Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(JSON.stringify(rule?.Properties.Targets)).toMatch(/"eraseDeletedAppsFunctionLive\w+"/);
    expect(prod.named("eraseDeletedAppsFunction").Properties.Timeout).toBe(300);
    const scanning = prod.of("AWS::IAM::Role").filter((role) => JSON.stringify(role).includes("dynamodb:Scan"));
    expect(scanning).toEqual([prod.named("eraseDeletedAppsRole")]);
  });
});

describe("the web SDK's hosting", () => {
  const [distribution] = prod.of("AWS::CloudFront::Distribution");

  test("is CloudFront before the API, which caches what the API says and passes on no credentials", () => {
    const apiId = { Ref: expect.stringMatching(/^ApiHttp/) };
    expect(distribution?.Properties.DistributionConfig).toMatchObject({
      Origins: [
        {
          DomainName: {
            "Fn::Join": ["", [apiId, ".execute-api.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }]],
          },
          CustomOriginConfig: { OriginProtocolPolicy: "https-only" },
        },
      ],
    });
    expect(prod.of("AWS::CloudFront::CachePolicy")[0]?.Properties.CachePolicyConfig).toMatchObject({
      MinTTL: 0,
      DefaultTTL: 0,
      ParametersInCacheKeyAndForwardedToOrigin: {
        CookiesConfig: { CookieBehavior: "none" },
        HeadersConfig: { HeaderBehavior: "none" },
        QueryStringsConfig: { QueryStringBehavior: "none" },
      },
    });
    expect(prod.of("Custom::CDKBucketDeployment")).toEqual([]);
  });

  test("answers over HTTPS to every origin, with security headers", () => {
    expect(distribution?.Properties.DistributionConfig).toMatchObject({
      DefaultCacheBehavior: { ViewerProtocolPolicy: "redirect-to-https", Compress: true },
    });
    expect(prod.of("AWS::CloudFront::ResponseHeadersPolicy")[0]?.Properties.ResponseHeadersPolicyConfig).toMatchObject({
      CorsConfig: { AccessControlAllowOrigins: { Items: ["*"] } },
      SecurityHeadersConfig: { StrictTransportSecurity: {}, ContentTypeOptions: {}, FrameOptions: {} },
    });
  });

  test("asks the API at its own domain, where it has one: the other address is switched off", () => {
    expect(own.of("AWS::CloudFront::Distribution")[0]?.Properties.DistributionConfig).toMatchObject({
      Origins: [{ DomainName: "api.example.com" }],
    });
  });

  test("says where the script is", () => {
    expect(JSON.stringify(prod.outputs.SdkUrl?.Value)).toContain("/sdk/smooch.js");
  });

  test("takes a domain of its own from the context, with TLS 1.2 as the least", () => {
    expect(own.of("AWS::CloudFront::Distribution")[0]?.Properties.DistributionConfig).toMatchObject({
      Aliases: ["sdk.example.com"],
      ViewerCertificate: { MinimumProtocolVersion: "TLSv1.2_2021" },
    });
    expect(own.outputs.SdkUrl?.Value).toBe("https://sdk.example.com/sdk/smooch.js");
  });
});

describe("the alarms", () => {
  const alarms = prod.of("AWS::CloudWatch::Alarm").map(({ Properties }) => Properties);

  test("are there in production for each kind of trouble, and tell one topic", () => {
    const kinds = [
      "ServerErrors",
      "Latency",
      "Throttles",
      "TableThrottles",
      "TableSystemErrors",
      "DeliveriesWaiting",
      "DeadLetters",
      "EventsWaiting",
      "EventDeadLetters",
      "TasksWaiting",
      "TaskDeadLetters",
      "EventsBehind",
      "EventsUnpublished",
      "FilesBehind",
    ];
    expect(prod.named("OperatingRefusals").Type).toBe("AWS::CloudWatch::Alarm");
    for (const kind of kinds) expect(prod.named(`Alarms${kind}`).Type).toBe("AWS::CloudWatch::Alarm");
    expect(alarms.length).toBe(kinds.length + 1);
    for (const { AlarmActions, TreatMissingData, AlarmDescription } of alarms) {
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AlarmsTopic/) }]);
      expect(TreatMissingData).toBe("notBreaching");
      expect(AlarmDescription).toEqual(expect.any(String));
    }
  });

  test("watch the table for every action that a Lambda is granted, and for transactions", () => {
    const rows: readonly Pick<Route, "table">[] = [...Object.values(routes), ...Object.values(workers)];
    const granted = rows.flatMap(({ table }) => table);
    const watched = JSON.stringify(prod.named("AlarmsTableThrottles").Properties.Metrics);
    for (const action of [...granted, "TransactWriteItems"])
      expect(watched).toContain(JSON.stringify({ Name: "Operation", Value: action }));
  });

  test("count no 501 among the 5xx, from the access logs of both stages, and the dashboard shows the same", () => {
    const { Properties: filter } = prod.named("ApiAccessLogsServerErrors");
    const [transformation] = filter.MetricTransformations as [Record<string, unknown>];
    expect(filter.FilterPattern).toBe('{ ($.status = "5*") && ($.status != "501") }');
    expect(transformation).toMatchObject({ MetricValue: "1", Dimensions: [{ Key: "ApiId", Value: "$.apiId" }] });
    for (const { Properties } of prod.of("AWS::ApiGatewayV2::Stage")) {
      const { Format, DestinationArn } = Properties.AccessLogSettings as { Format: string; DestinationArn: object };
      expect(JSON.parse(Format)).toMatchObject({ apiId: "$context.apiId", status: "$context.status" });
      expect(JSON.stringify(DestinationArn)).toContain(JSON.stringify(filter.LogGroupName).slice(8, -2));
    }
    const { MetricName, Namespace, Dimensions } = prod.named("AlarmsServerErrors").Properties;
    expect({ MetricName, Namespace }).toEqual({
      MetricName: transformation.MetricName,
      Namespace: transformation.MetricNamespace,
    });
    expect(Dimensions).toEqual([{ Name: "ApiId", Value: { Ref: expect.stringMatching(/^ApiHttp/) } }]);
    const body = JSON.stringify(prod.of("AWS::CloudWatch::Dashboard")[0]?.Properties.DashboardBody);
    expect(body).toContain("ServerErrors");
    expect(JSON.stringify([body, prod.of("AWS::CloudWatch::Alarm")])).not.toMatch(/5XXError|\b5xx\\*"/);
    expect(dev.of("AWS::Logs::MetricFilter")).toEqual([]);
  });

  test("tell of events that are late, and of those that are put aside, by the metrics of what handles them", () => {
    expect(prod.named("AlarmsEventsBehind").Properties).toMatchObject({
      MetricName: "IteratorAge",
      Threshold: 5 * 60_000,
      Dimensions: [
        { Name: "FunctionName", Value: { Ref: expect.stringMatching(/^publishEventsFunction/) } },
        { Name: "Resource", Value: expect.anything() },
      ],
    });
    const unpublished = JSON.stringify(prod.named("AlarmsEventsUnpublished").Properties);
    expect(unpublished).toMatch(/"EventSourceMappingUUID","Value":\{"(Ref|Fn::GetAtt)":.*"EventsStream/);
    const dead = JSON.stringify(prod.named("AlarmsEventDeadLetters").Properties);
    for (const name of ["EventsDeadLetters", "EventsFirstDeadLetters"]) expect(dead).toContain(`"${name}`);
  });

  test("may be published to their topic by CloudWatch, whose default permission a policy takes away", () => {
    expect(JSON.stringify(prod.named("AlarmsTopicPolicy").Properties)).toContain("cloudwatch.amazonaws.com");
  });

  test("are written about to the address of the context", () => {
    const [subscription] = own.of("AWS::SNS::Subscription");
    expect(subscription?.Properties).toMatchObject({ Protocol: "email", Endpoint: "ops@example.com" });
  });

  test("do not exist on the dev stage, nor does the dashboard", () => {
    for (const type of ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic"])
      expect(dev.of(type)).toEqual([]);
  });
});

describe("the dashboard", () => {
  test("has a row for each of the four ways, from the metrics that the log lines carry", () => {
    const body = JSON.stringify(prod.of("AWS::CloudWatch::Dashboard")[0]?.Properties.DashboardBody);
    for (const operation of ["createUser", "channelWebhook", "sdkCreateConversation", "sdkLogin"])
      for (const metric of ["UsersCreated", "Refusals", "Latency", "ColdStart"])
        expect(body).toContain(JSON.stringify(`["Sunroom","${metric}","operation","${operation}"`).slice(1, -1));
  });

  test("has a row for events on their way to webhooks", () => {
    const body = JSON.stringify(prod.of("AWS::CloudWatch::Dashboard")[0]?.Properties.DashboardBody);
    for (const name of ["IteratorAge", "OnFailureDestinationDeliveredEventCount", "EventsFirst", "EventsLater"])
      expect(body).toContain(name);
  });

  test("has a row for messages on their way out to channels", () => {
    const body = JSON.stringify(prod.of("AWS::CloudWatch::Dashboard")[0]?.Properties.DashboardBody);
    for (const name of ["ApproximateNumberOfMessagesNotVisible", "TasksQueue", "TasksDeadLetters"])
      expect(body).toContain(name);
  });

  test("shows no operation whose log lines carry no metrics", () => {
    const body = JSON.stringify(prod.of("AWS::CloudWatch::Dashboard")[0]?.Properties.DashboardBody);
    const shown = new Set([...body.matchAll(/\\"operation\\",\\"(\w+)\\"/g)].map(([, operation = ""]) => operation));
    expect(shown.size).toBe(5);
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    for (const operation of shown)
      logToStdout({ operation, requestId: "1", status: 200, milliseconds: 1, coldStart: false, usersCreated: 1 });
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    for (const line of lines) expect(line).toMatchObject({ UsersCreated: 1, _aws: { CloudWatchMetrics: [{}] } });
  });
});
