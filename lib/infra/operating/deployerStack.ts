import { CfnOutput, Fn, Stack, Tags, Validations } from "aws-cdk-lib";
import { FederatedPrincipal, ManagedPolicy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { executionPermissions } from "./executionPolicy.ts";

/** The issuer of the tokens by which a job of GitHub Actions proves itself. */
const issuer = "token.actions.githubusercontent.com";

/** The roles of `cdk bootstrap` that `cdk deploy` assumes; what they may do is bounded by the execution policy. */
const bootstrapRoles = ["deploy", "file-publishing", "lookup"];

interface DeployerProps {
  readonly stage: string;
  /**
   * `owner/name` on GitHub, or `owner@id/name@id` for a repository whose tokens name it so.
   * @see https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
   */
  readonly repository: string;
}

/**
 * The role that deploys one stage from GitHub Actions without a stored key, and the policy of what CloudFormation may do
 * for it. Only jobs in the repository's environment of the stage's name may assume the role, so GitHub's rules for
 * that environment (reviewers, branches) decide who deploys. Deployed once, by an administrator.
 */
export class DeployerStack extends Stack {
  constructor(scope: Construct, { stage, repository }: DeployerProps) {
    super(scope, `Sunroom-${stage}-Deployer`, { description: `Sunroom: who may deploy the stage ${stage}` });
    Tags.of(this).add("application", "sunroom");
    Tags.of(this).add("stage", stage);
    const policy = new ManagedPolicy(this, "Execution", {
      description: "What CloudFormation may do for the stacks of Sunroom",
      statements: executionPermissions.map(
        ({ actions, resources, passedTo }) =>
          new PolicyStatement({
            actions: [...actions],
            resources: resources.map((resource) => (resource.includes("$") ? Fn.sub(resource) : resource)),
            ...(passedTo ? { conditions: { StringEquals: { "iam:PassedToService": passedTo } } } : {}),
          }),
      ),
    });
    const role = new Role(this, "Role", {
      description: `Deploys Sunroom-${stage} from ${repository}`,
      assumedBy: new FederatedPrincipal(
        `arn:${this.partition}:iam::${this.account}:oidc-provider/${issuer}`,
        {
          StringEquals: {
            [`${issuer}:aud`]: "sts.amazonaws.com",
            [`${issuer}:sub`]: `repo:${repository}:environment:${stage}`,
          },
        },
        "sts:AssumeRoleWithWebIdentity",
      ),
    });
    for (const statement of this.deployments(stage)) role.addToPolicy(statement);
    this.acknowledge(policy, role, stage);
    new CfnOutput(this, "DeployRoleArn", { value: role.roleArn, description: "The role for the pipeline" });
    new CfnOutput(this, "ExecutionPolicyArn", {
      value: policy.managedPolicyArn,
      description: "Pass this to cdk bootstrap --cloudformation-execution-policies",
    });
  }

  private deployments(stage: string): readonly PolicyStatement[] {
    const { partition, account, region } = this;
    const bootstrapped = bootstrapRoles.map(
      (role) => `arn:${partition}:iam::${account}:role/cdk-hnb659fds-${role}-role-${account}-${region}`,
    );
    const readOutputs = new PolicyStatement({
      actions: ["cloudformation:DescribeStacks"],
      resources: [`arn:${partition}:cloudformation:${region}:${account}:stack/Sunroom-${stage}/*`],
    });
    // The probe after a deployment makes an app with the account key. Production's key is read by no pipeline.
    const readKey = new PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: [`arn:${partition}:secretsmanager:${region}:${account}:secret:AccountKeyStored*`],
      conditions: { StringEquals: { "aws:ResourceTag/stage": stage } },
    });
    return [
      new PolicyStatement({ actions: ["sts:AssumeRole"], resources: bootstrapped }),
      readOutputs,
      ...(stage === "dev" ? [readKey] : []),
    ];
  }

  private acknowledge(policy: ManagedPolicy, role: Role, stage: string): void {
    const reason = "CloudFormation chooses the ends of names and manages all of what it makes; see executionPolicy.ts.";
    const wildcards = executionPermissions.flatMap(({ actions, resources }) => [
      ...actions.filter((action) => action.includes("*")).map((action) => `Action::${action}`),
      ...resources
        .filter((resource) => resource.includes("*"))
        .map((resource) => `Resource::${resource.replaceAll(/\$\{([\w:]+)\}/g, "<$1>")}`),
    ]);
    for (const wildcard of new Set(wildcards))
      Validations.of(policy).acknowledge({ id: `AwsSolutions-IAM5[${wildcard}]`, reason });
    const stack = `arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/Sunroom-${stage}/*`;
    const key = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:AccountKeyStored*";
    for (const resource of stage === "dev" ? [stack, key] : [stack])
      Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}
