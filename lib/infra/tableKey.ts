import { Duration, Stack } from "aws-cdk-lib";
import { AnyPrincipal, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/**
 * Makes the key that encrypts the table. All principals of this account that may use the table may use the key, but
 * only through DynamoDB; a Lambda's own role limits its use of the table.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html (key policy)
 */
export function tableKey(scope: Construct, id: string, settings: Settings): Key {
  const { account, region, urlSuffix } = Stack.of(scope);
  const key = new Key(scope, id, {
    description: `Encrypts the table of Sunroom (${settings.stage})`,
    enableKeyRotation: true,
    pendingWindow: Duration.days(30),
    removalPolicy: settings.removal,
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "ThroughDynamoDbOnly",
      principals: [new AnyPrincipal()],
      actions: [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:DescribeKey",
        "kms:CreateGrant",
      ],
      resources: ["*"],
      conditions: {
        StringEquals: { "kms:CallerAccount": account, "kms:ViaService": `dynamodb.${region}.${urlSuffix}` },
      },
    }),
  );
  return key;
}
