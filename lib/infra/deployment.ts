import { Validations } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Alias, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/**
 * The gradual deployment of a Lambda's new version: the alias `live` gives it a tenth of the calls for five minutes,
 * then all, and returns to the version before if one of the alarms goes off. One deployment of the stack is one
 * decision: whichever Lambda is at fault, CloudFormation rolls back all of them.
 */
export class Deployment extends Construct {
  private readonly application: LambdaApplication;
  private readonly role: Role;
  private readonly alarms: readonly IAlarm[];

  constructor(scope: Construct, id: string, alarms: readonly IAlarm[]) {
    super(scope, id);
    this.alarms = alarms;
    this.application = new LambdaApplication(this, "Application");
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("codedeploy.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSCodeDeployRoleForLambdaLimited")],
    });
    Validations.of(this.role).acknowledge({
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
      reason: "AWS's own list of what CodeDeploy needs to shift an alias; AWS extends it when CodeDeploy changes.",
    });
  }

  /** Makes the alias `live` of the Lambda's current version. */
  aliasOf(lambda: LambdaFunction): Alias {
    const alias = new Alias(lambda, "Live", { aliasName: "live", version: lambda.currentVersion });
    new LambdaDeploymentGroup(lambda, "Deployment", {
      application: this.application,
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [...this.alarms],
      // One role serves every group, so none of them may add to it.
      role: this.role.withoutPolicyUpdates(),
    });
    return alias;
  }
}
