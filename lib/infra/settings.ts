import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Node } from "constructs";

/** What differs from one deployment to the next; all of it is read from the CDK context (`-c name=value`). */
export interface Settings {
  /** `-c stage=…`: `prod` unless given. A stack's name ends in it, so several stages fit in one account. */
  readonly stage: string;
  /** Every stage but `dev`, which is cheap and may be thrown away. */
  readonly production: boolean;
  readonly logRetention: RetentionDays;
  /** What becomes of the table, the key and the logs when the stack is deleted. */
  readonly removal: RemovalPolicy;
  /** `-c domainName=… -c certificateArn=…` (a certificate of the API's region), both or neither. */
  readonly domain: Domain | undefined;
  /** `-c sdkDomainName=… -c sdkCertificateArn=…` (a certificate of us-east-1), both or neither. */
  readonly sdkDomain: Domain | undefined;
  /** `-c alarmEmail=…`: who is written to when an alarm goes off. */
  readonly alarmEmail: string | undefined;
  /**
   * `-c reservedConcurrency=true`: caps the instances of Lambdas that anyone may call, in production. Not unless asked for:
   * AWS keeps 100 instances of an account unreserved, so on a new account, whose quota may be 10, the deployment would fail.
   */
  readonly reservedConcurrency: boolean;
}

export interface Domain {
  readonly name: string;
  readonly certificateArn: string;
}

/** Reads the settings from the context. Throws an `Error` that names the value which is missing or malformed. */
export function readSettings(node: Node): Settings {
  const context = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined || value === "" ? undefined : String(value);
  };
  const domain = (nameKey: string, certificateKey: string): Domain | undefined => {
    const name = context(nameKey);
    const certificateArn = context(certificateKey);
    if (name === undefined && certificateArn === undefined) return undefined;
    if (name === undefined || certificateArn === undefined)
      throw new Error(`The context needs both ${nameKey} and ${certificateKey}, or neither.`);
    return { name, certificateArn };
  };
  const stage = context("stage") ?? "prod";
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage))
    throw new Error(`The stage "${stage}" must be 1 to 20 lower-case letters, digits or dashes.`);
  const production = stage !== "dev";
  const reservedConcurrency = context("reservedConcurrency") ?? "false";
  if (!["true", "false"].includes(reservedConcurrency))
    throw new Error(`The context's reservedConcurrency must be true or false, and is "${reservedConcurrency}".`);
  return {
    stage,
    production,
    logRetention: production ? RetentionDays.THREE_MONTHS : RetentionDays.ONE_WEEK,
    removal: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    domain: domain("domainName", "certificateArn"),
    sdkDomain: domain("sdkDomainName", "sdkCertificateArn"),
    alarmEmail: context("alarmEmail"),
    reservedConcurrency: production && reservedConcurrency === "true",
  };
}
