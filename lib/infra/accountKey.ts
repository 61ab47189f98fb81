import { Fn, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { variable } from "../api/environment.ts";
import type { Access } from "./access.ts";
import type { Settings } from "./settings.ts";

/** The account's API key, generated at the first deployment: a secret of the form `{"id":"act_…","secret":"…"}`. */
export class AccountKey extends Construct {
  private readonly secret: Secret;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const stack = Stack.of(this);
    this.secret = new Secret(this, "Stored", {
      description: `The account API key of Sunroom (${settings.stage})`,
      generateSecretString: {
        secretStringTemplate: stack.toJsonString({ id: accountKeyId(stack) }),
        generateStringKey: "secret",
        // 62^48 is 285 bits.
        passwordLength: 48,
        excludePunctuation: true,
      },
      removalPolicy: settings.removal,
    });
    Validations.of(this.secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "Callers hold a copy of the key, so only its owner can rotate it: docs/operations.md says how.",
    });
  }

  get arn(): string {
    return this.secret.secretArn;
  }

  /** Grants reading the key. */
  access(): Access {
    const statement = new PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: [this.secret.secretArn],
    });
    return { statements: [statement], environment: { [variable.accountKeyArn]: this.secret.secretArn } };
  }
}

/**
 * Derives the key's id: `act_` and 24 hex digits of the stack's own id, a UUID: different for every deployment, and not
 * a secret.
 */
function accountKeyId(stack: Stack): string {
  const uuid = Fn.select(2, Fn.split("/", stack.stackId));
  const group = (index: number) => Fn.select(index, Fn.split("-", uuid));
  return Fn.join("", ["act_", group(0), group(1), group(4)]);
}
