import type { PolicyStatement } from "aws-cdk-lib/aws-iam";

/** A permission of one Lambda together with the environment variables by which the Lambda finds what it may use. */
export interface Access {
  readonly statements: readonly PolicyStatement[];
  readonly environment: Readonly<Record<string, string>>;
}
