import { ArnFormat, Duration, Stack, Validations } from "aws-cdk-lib";
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault, type IBackupVault } from "aws-cdk-lib/aws-backup";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { AccountPrincipal, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Settings } from "../settings.ts";

interface BackupProps {
  readonly settings: Settings;
  readonly table: TableV2;
  /** The days that a backup is kept. */
  readonly days: number;
  /** Hears of a backup or a copy that failed. */
  readonly topic: ITopic | undefined;
}

/**
 * A daily backup of the table in a vault with a key of its own, and a copy of each in another vault if one is named. It
 * stays when the table, the stack or, as the copy, the whole account is lost; point-in-time recovery stays for none.
 */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, { settings, table, days, topic }: BackupProps) {
    super(scope, id);
    const key = new Key(this, "Key", {
      description: `Encrypts the backups of Sunroom (${settings.stage})`,
      enableKeyRotation: true,
      removalPolicy: settings.removal,
    });
    const vault = new BackupVault(this, "Vault", { encryptionKey: key, removalPolicy: settings.removal });
    const copyTo = settings.operating.backupCopyVaultArn;
    if (copyTo !== undefined)
      letReadCopies(key, Stack.of(this).splitArn(copyTo, ArnFormat.COLON_RESOURCE_NAME).account);
    const plan = new BackupPlan(this, "Plan", { backupVault: vault });
    plan.addRule(
      new BackupPlanRule({
        ruleName: "daily",
        scheduleExpression: Schedule.cron({ hour: "3", minute: "0" }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(8),
        deleteAfter: Duration.days(days),
        ...(copyTo === undefined ? {} : { copyActions: [this.copyTo(copyTo, days)] }),
      }),
    );
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("backup.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(backupPolicy)],
    });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${backupPolicy}]`,
      reason: "AWS's own list of what AWS Backup needs; the role is assumed by that service alone.",
    });
    plan.addSelection("Table", { resources: [BackupResource.fromArn(table.tableArn)], role });
    if (topic) tellOfFailures(this, topic);
  }

  private copyTo(arn: string, days: number) {
    const destinationBackupVault: IBackupVault = BackupVault.fromBackupVaultArn(this, "CopyVault", arn);
    return { destinationBackupVault, deleteAfter: Duration.days(days) };
  }
}

const backupPolicy = "service-role/AWSBackupServiceRolePolicyForBackup";

/**
 * Lets the account of a copy read what the key encrypts.
 * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
 */
function letReadCopies(key: Key, account: string | undefined): void {
  if (account === undefined) throw new Error("The context's backupCopyVaultArn names no account.");
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "CopiesOfBackups",
      principals: [new AccountPrincipal(account)],
      actions: ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"],
      resources: ["*"],
    }),
  );
}

/** @see https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html */
function tellOfFailures(scope: Construct, topic: ITopic): void {
  const rule = new Rule(scope, "Failures", {
    description: "A backup of the table, or its copy, failed",
    eventPattern: {
      source: ["aws.backup"],
      detailType: ["Backup Job State Change", "Copy Job State Change"],
      detail: { state: ["FAILED", "ABORTED", "EXPIRED"] },
    },
    targets: [new SnsTopic(topic)],
  });
  Validations.of(rule).acknowledge({
    id: "Serverless-EventBusDLQ",
    reason: "It only tells a human; that nothing was backed up also shows in the console of AWS Backup.",
  });
}
