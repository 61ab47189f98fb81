/** What CloudFormation may do of one service, and to what. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** The services to which a role may be passed. */
  readonly passedTo?: readonly string[];
}

/** Writes an ARN of this account, in any region: `lambda`, `function:Sunroom-*`. */
const own = (service: string, name: string) => `arn:\${AWS::Partition}:${service}:*:\${AWS::AccountId}:${name}`;
const global = (service: string, name: string) => `arn:\${AWS::Partition}:${service}::\${AWS::AccountId}:${name}`;

/**
 * What CloudFormation needs to make, change and delete the stacks of Sunroom, by service. CloudFormation names what it
 * makes after its stack, so most of it is `Sunroom-*`. What has an id instead of a name is any of its kind: keys,
 * distributions, APIs, mappings of event sources.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const executionPermissions: readonly Permission[] = [
  { actions: ["cloudformation:*"], resources: [own("cloudformation", "stack/Sunroom-*")] },
  {
    actions: ["lambda:*"],
    resources: [own("lambda", "function:Sunroom-*"), own("lambda", "layer:*"), own("lambda", "event-source-mapping:*")],
  },
  // These two name the function only in a condition, or not at all.
  {
    actions: ["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:ListEventSourceMappings"],
    resources: ["*"],
  },
  { actions: ["apigateway:*"], resources: [`arn:\${AWS::Partition}:apigateway:*::/*`] },
  {
    actions: ["dynamodb:*"],
    resources: [own("dynamodb", "table/Sunroom-*"), own("dynamodb", "global-table/Sunroom-*")],
  },
  { actions: ["sqs:*"], resources: [own("sqs", "Sunroom-*")] },
  { actions: ["sns:*"], resources: [own("sns", "Sunroom-*")] },
  { actions: ["events:*"], resources: [own("events", "rule/Sunroom-*")] },
  {
    actions: ["logs:*"],
    resources: [own("logs", "log-group:Sunroom-*"), own("logs", "log-group:/aws/lambda/Sunroom-*")],
  },
  {
    actions: [
      ...["DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy", "CreateLogDelivery", "GetLogDelivery"],
      ...["UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries", "PutQueryDefinition", "DeleteQueryDefinition"],
      "DescribeQueryDefinitions",
    ].map((action) => `logs:${action}`),
    resources: ["*"],
  },
  {
    actions: ["cloudwatch:*"],
    resources: [own("cloudwatch", "alarm:Sunroom-*"), global("cloudwatch", "dashboard/Sunroom-*")],
  },
  { actions: ["s3:*"], resources: [`arn:\${AWS::Partition}:s3:::sunroom-*`] },
  { actions: ["s3:GetObject"], resources: [`arn:\${AWS::Partition}:s3:::cdk-*`] },
  {
    actions: ["secretsmanager:*"],
    resources: [
      own("secretsmanager", "secret:AccountKeyStored*"),
      own("secretsmanager", "secret:OperatingEdgeSecret*"),
    ],
  },
  { actions: ["secretsmanager:GetRandomPassword", "kms:CreateKey", "kms:ListAliases"], resources: ["*"] },
  { actions: ["kms:*"], resources: [own("kms", "key/*")] },
  {
    actions: ["cloudfront:*"],
    resources: ["distribution", "origin-request-policy", "response-headers-policy", "origin-access-control"].map(
      (kind) => global("cloudfront", `${kind}/*`),
    ),
  },
  { actions: ["wafv2:*"], resources: [own("wafv2", "global/webacl/*"), `arn:\${AWS::Partition}:wafv2:*:aws:*`] },
  {
    actions: ["codedeploy:*"],
    resources: [
      ...[own("codedeploy", "application:Sunroom-*"), own("codedeploy", "deploymentgroup:Sunroom-*")],
      own("codedeploy", "deploymentconfig:*"),
    ],
  },
  { actions: ["backup:*"], resources: [own("backup", "backup-vault:*"), own("backup", "backup-plan:*")] },
  { actions: ["backup-storage:MountCapsule", "acm:DescribeCertificate"], resources: ["*"] },
  { actions: ["budgets:ViewBudget", "budgets:ModifyBudget"], resources: [global("budgets", "budget/*")] },
  { actions: ["ssm:GetParameters"], resources: [own("ssm", "parameter/cdk-bootstrap/*")] },
  {
    actions: [
      ...["CreateRole", "GetRole", "UpdateRole", "UpdateAssumeRolePolicy", "DeleteRole", "TagRole", "UntagRole"],
      ...["PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy"],
      ...["ListRolePolicies", "ListAttachedRolePolicies"],
    ].map((action) => `iam:${action}`),
    resources: [global("iam", "role/Sunroom-*")],
  },
  {
    actions: ["iam:PassRole"],
    resources: [global("iam", "role/Sunroom-*")],
    passedTo: ["lambda", "codedeploy", "backup"].map((service) => `${service}.amazonaws.com`),
  },
];
