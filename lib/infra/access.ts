import type { PolicyStatement } from "aws-cdk-lib/aws-iam";

/** A permission of one Lambda together with the environment variables that name its resources. */
export interface Access {
  readonly statements: readonly PolicyStatement[];
  readonly environment: Readonly<Record<string, string>>;
}
