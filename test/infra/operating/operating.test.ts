import { type App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { edge } from "../../../lib/api/edge.ts";
import { addChecks } from "../../../lib/infra/checks.ts";
import { executionPermissions } from "../../../lib/infra/operating/executionPolicy.ts";
import { addStacksBeside } from "../../../lib/infra/operating/stacksBeside.ts";
import { sunroomApp, synthesize } from "../synthesize.ts";

const canaryAppId = "64d1e3a5b7c9f0a1b2c3d4e5";
const domain = {
  domainName: "api.example.com",
  certificateArn: "arn:aws:acm:eu-west-1:111111111111:certificate/1",
};
const everything = {
  ...domain,
  alarmEmail: "ops@example.com",
  backupDays: "90",
  backupCopyVaultArn: "arn:aws:backup:eu-west-1:222222222222:backup-vault:sunroom",
  edgeCertificateArn: "arn:aws:acm:us-east-1:111111111111:certificate/2",
  webAclArn: "arn:aws:wafv2:us-east-1:111111111111:global/webacl/sunroom/1",
  silenceMinutes: "60",
  canaryAppId,
  monthlyBudget: "100",
};

const prod = synthesize();
const own = synthesize(everything);
const cheap = synthesize({ ...everything, stage: "dev" });

/** The app of the stacks beside a stage's own. */
function besideApp(context: Readonly<Record<string, string>>): App {
  const { app } = sunroomApp(context);
  addStacksBeside(app);
  return app;
}

function stackOf(app: App, name: string): Stack {
  const found = app.node.children.find((child) => child.node.id === name);
  if (!(found instanceof Stack)) throw new Error(`There is no stack ${name}.`);
  return found;
}

const beside = { webAcl: "true", deployRepository: "example/sunroom" };

describe("what an operator may add", () => {
  test.each<Readonly<Record<string, string>>>([
    everything,
    { ...everything, stage: "dev" },
    { ...beside, stage: "dev" },
    { ...domain, edgeCertificateArn: everything.edgeCertificateArn },
    beside,
  ])("passes CloudFormation's rules and cdk-nag with context %o", (context) => {
    const app = besideApp(context);
    addChecks(app);
    expect(() => app.synth()).not.toThrow();
  });

  test("does not exist unless it is asked for, but for the alarm of refusals and the saved queries", () => {
    for (const type of ["AWS::Backup::BackupPlan", "AWS::Budgets::Budget", "AWS::CloudFront::OriginRequestPolicy"])
      expect(prod.of(type)).toEqual([]);
    expect(() => prod.named("probeUsersFunction")).toThrow("0 resources");
    expect(() => prod.named("OperatingSilence")).toThrow("0 resources");
    expect(prod.named("OperatingRefusals")).toBeDefined();
    for (const { Properties } of prod.of("AWS::ApiGatewayV2::Stage"))
      expect(Properties).not.toHaveProperty("StageVariables");
  });

  test.each([
    [{ backupDays: "a week" }, 'backupDays must be a whole number from 1 to 3650, and is "a week".'],
    [{ silenceMinutes: "7" }, "silenceMinutes must be a whole number from 5 to 1440 in steps of 5"],
    [{ canaryAppId: "shop" }, "canaryAppId must be an app's id"],
    [{ monthlyBudget: "0", alarmEmail: "ops@example.com" }, "monthlyBudget must be a whole number"],
    [{ monthlyBudget: "10" }, "monthlyBudget needs alarmEmail too."],
    [{ backupCopyVaultArn: everything.backupCopyVaultArn }, "backupCopyVaultArn needs backupDays too."],
    [{ backupDays: "1", backupCopyVaultArn: "vault" }, "backupCopyVaultArn must be the ARN of a backup vault"],
    [{ edgeCertificateArn: everything.edgeCertificateArn }, "edgeCertificateArn needs domainName too."],
    [{ ...domain, edgeCertificateArn: domain.certificateArn }, "must be the ARN of a certificate in us-east-1"],
    [{ webAclArn: everything.webAclArn }, "webAclArn needs edgeCertificateArn too."],
    [{ webAclArn: "arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/a/1" }, "of the scope CLOUDFRONT"],
    [{ webAcl: "yes" }, "webAcl must be true or false"],
    [{ deployRepository: "sunroom" }, "deployRepository must be owner/name or owner@id/name@id"],
  ])("refuses the context %o in one sentence", (context, sentence) => {
    expect(() => besideApp(context)).toThrow(
      expect.objectContaining({ name: "SettingsError", message: expect.stringContaining(sentence) }),
    );
  });
});

describe("the backup", () => {
  test("is made every day of the table alone, kept as long as asked, and copied to the other vault", () => {
    expect(own.named("OperatingBackupPlan").Properties).toHaveProperty("BackupPlan.BackupPlanRule", [
      {
        RuleName: "daily",
        ScheduleExpression: "cron(0 3 * * ? *)",
        StartWindowMinutes: 60,
        CompletionWindowMinutes: 480,
        TargetBackupVault: expect.anything(),
        Lifecycle: { DeleteAfterDays: 90 },
        CopyActions: [{ DestinationBackupVaultArn: everything.backupCopyVaultArn, Lifecycle: { DeleteAfterDays: 90 } }],
      },
    ]);
    expect(JSON.stringify(own.of("AWS::Backup::BackupSelection")[0]?.Properties)).toMatch(
      /"Resources":\[\{"Fn::GetAtt":\["Table\w+","Arn"\]\}\]/,
    );
  });

  test("lets the other account read its key, and stays when the stack goes", () => {
    expect(JSON.stringify(own.named("OperatingBackupKey").Properties.KeyPolicy)).toContain("222222222222");
    for (const name of ["OperatingBackupKey", "OperatingBackupVault"])
      expect(own.named(name).DeletionPolicy).toMatch(/^Retain/);
  });

  test("tells of each that fails", () => {
    expect(own.named("OperatingBackupFailures").Properties).toMatchObject({
      EventPattern: { source: ["aws.backup"], detail: { state: ["FAILED", "ABORTED", "EXPIRED"] } },
      Targets: [{ Arn: { Ref: expect.stringMatching(/^AlarmsTopic/) } }],
    });
  });
});

describe("the distribution before the API", () => {
  const { DistributionConfig } = own.named("OperatingEdgeDistribution").Properties as {
    DistributionConfig: Readonly<Record<string, unknown>>;
  };

  test("has the API's domain, a web ACL, no cache, and calls the domain's regional target by TLS alone", () => {
    expect(DistributionConfig).toMatchObject({
      Aliases: ["api.example.com"],
      WebACLId: everything.webAclArn,
      DefaultCacheBehavior: {
        CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        ViewerProtocolPolicy: "https-only",
        AllowedMethods: expect.arrayContaining(["POST", "DELETE"]),
      },
      Origins: [
        {
          DomainName: { "Fn::GetAtt": [expect.stringMatching(/^ApiDomain/), "RegionalDomainName"] },
          CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"] },
        },
      ],
    });
  });

  test("hands on the caller's address, which CloudFront sets, and the whole request", () => {
    expect(own.of("AWS::CloudFront::OriginRequestPolicy")[0]?.Properties.OriginRequestPolicyConfig).toMatchObject({
      HeadersConfig: { HeaderBehavior: "allViewerAndWhitelistCloudFront", Headers: [edge.viewerAddress] },
      QueryStringsConfig: { QueryStringBehavior: "all" },
    });
  });

  test("proves itself by a secret that both stages know and that no template holds", () => {
    const resolved = expect.objectContaining({
      "Fn::Join": [
        "",
        ["{{resolve:secretsmanager:", { Ref: expect.stringMatching(/^OperatingEdgeSecret/) }, expect.any(String)],
      ],
    });
    expect(DistributionConfig.Origins).toMatchObject([
      { OriginCustomHeaders: [{ HeaderName: edge.header, HeaderValue: resolved }] },
    ]);
    const stages = own.of("AWS::ApiGatewayV2::Stage");
    expect(stages.length).toBe(2);
    for (const { Properties } of stages) expect(Properties.StageVariables).toEqual({ [edge.stageVariable]: resolved });
    expect(own.of("AWS::ApiGatewayV2::Api")[0]?.Properties.DisableExecuteApiEndpoint).toBe(true);
  });

  test("leads its domain's record to it by an output", () => {
    expect(own.outputs.EdgeTarget?.Value).toMatchObject({ "Fn::GetAtt": [expect.any(String), "DomainName"] });
  });
});

describe("the web ACL", () => {
  const acl = Template.fromStack(stackOf(besideApp(beside), "Sunroom-prod-WebAcl"));

  test("is of CloudFront's scope, in us-east-1, and says its ARN", () => {
    acl.hasResourceProperties("AWS::WAFv2::WebACL", { Scope: "CLOUDFRONT" });
    expect(stackOf(besideApp(beside), "Sunroom-prod-WebAcl").region).toBe("us-east-1");
    acl.hasOutput("WebAclArn", {});
  });

  test("counts by address what begins as a user alone, and looks into no body", () => {
    const text = JSON.stringify(acl.toJSON());
    expect(text).toContain('"SearchString":"/appusers"');
    expect(text).not.toMatch(/CommonRuleSet|"Body"/);
  });
});

describe("the alarms of traffic", () => {
  test("see half of the requests refused", () => {
    expect(prod.named("OperatingRefusals").Properties).toMatchObject({
      Threshold: 50,
      TreatMissingData: "notBreaching",
    });
  });

  test("see silence as long as asked, also where the metric has no data", () => {
    expect(own.named("OperatingSilence").Properties).toMatchObject({
      MetricName: "Count",
      Period: 300,
      EvaluationPeriods: 12,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
  });

  test("are told to the topic of the others, and do not exist on the dev stage", () => {
    for (const name of ["Refusals", "Silence", "CanaryFailed"])
      expect(own.named(`Operating${name}`).Properties.AlarmActions).toEqual([
        { Ref: expect.stringMatching(/^AlarmsTopic/) },
      ]);
    expect(cheap.of("AWS::CloudWatch::Alarm")).toEqual([]);
  });
});

describe("the canary", () => {
  test("runs every five minutes and knows its app, the URL and where the key is, but not the key", () => {
    expect(own.named("OperatingCanarySchedule").Properties.ScheduleExpression).toBe("rate(5 minutes)");
    const { Variables } = own.named("probeUsersFunction").Properties.Environment as {
      Variables: Record<string, unknown>;
    };
    expect(Variables).toEqual({
      PUBLIC_URL: "https://api.example.com",
      CANARY_APP_ID: canaryAppId,
      ACCOUNT_KEY_ARN: { Ref: expect.stringMatching(/^AccountKeyStored/) },
      TABLE_NAME: { Ref: expect.stringMatching(/^Table/) },
    });
  });

  test("may read the account key, and nothing of the table", () => {
    const policies = JSON.stringify(own.named("probeUsersRole").Properties.Policies);
    expect(policies).toContain("secretsmanager:GetSecretValue");
    expect(policies).not.toContain("dynamodb:");
  });

  test("raises its alarm when it fails and when it does not run", () => {
    expect(own.named("OperatingCanaryFailed").Properties).toMatchObject({
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
      TreatMissingData: "breaching",
    });
  });
});

describe("the saved queries", () => {
  test("stand under the stage's name and name no log group, of which the console takes fifty", () => {
    const queries = prod.of("AWS::Logs::QueryDefinition").map(({ Properties }) => Properties);
    expect(queries.map(({ Name }) => Name)).toContain("Sunroom-prod/One request");
    for (const query of queries) expect(query).not.toHaveProperty("LogGroupNames");
  });
});

describe("the budget", () => {
  test("mails before the month's money is spent", () => {
    expect(own.of("AWS::Budgets::Budget")[0]?.Properties).toMatchObject({
      Budget: { BudgetLimit: { Amount: 100, Unit: "USD" }, TimeUnit: "MONTHLY" },
      NotificationsWithSubscribers: [
        { Notification: { NotificationType: "ACTUAL", Threshold: 80 }, Subscribers: [{ Address: "ops@example.com" }] },
        { Notification: { NotificationType: "FORECASTED", Threshold: 100 } },
      ],
    });
  });
});

describe("the deployer", () => {
  const templateOf = (stage: string) =>
    Template.fromStack(stackOf(besideApp({ ...beside, stage }), `Sunroom-${stage}-Deployer`));

  test("is a job of the repository, in the environment of the stage", () => {
    templateOf("prod").hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": "repo:example/sunroom:environment:prod",
              },
            },
          },
        ],
      },
    });
  });

  test("reads the account key of the dev stage, which its probe calls with, and of no other", () => {
    expect(JSON.stringify(templateOf("dev").toJSON().Resources)).toContain('"Action":"secretsmanager:GetSecretValue"');
    expect(JSON.stringify(templateOf("prod").toJSON().Resources)).not.toContain(
      '"Action":"secretsmanager:GetSecretValue"',
    );
  });

  test("has a policy for CloudFormation that covers the service of each resource there is", () => {
    const services: Readonly<Record<string, string>> = { ApiGatewayV2: "apigateway", KMS: "kms", WAFv2: "wafv2" };
    const granted = new Set(
      executionPermissions.flatMap(({ actions }) => actions.map((action) => action.split(":")[0])),
    );
    const types = new Set(own.types.map((type) => type.split("::")[1] ?? ""));
    const needed = [...types]
      .filter((name) => name !== "CDKBucketDeployment")
      .map((name) => services[name] ?? name.toLowerCase());
    expect(needed.filter((service) => !granted.has(service))).toEqual([]);
  });

  test("has one that fits into the 6144 characters of a managed policy", () => {
    const [policy] = Object.values(templateOf("prod").findResources("AWS::IAM::ManagedPolicy"));
    const text = JSON.stringify(policy?.Properties.PolicyDocument)
      .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, "$1")
      .replaceAll(/\$\{AWS::(?:AccountId|Partition)\}/g, "1".repeat(12));
    expect(text.length).toBeLessThan(6144);
  });
});
