import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Node } from "constructs";

/** The settings of a deployment; all of them are read from the CDK context (`-c name=value`). */
export interface Settings {
  /** `-c stage=…`: `prod` unless given. A stack's name ends in it, so several stages fit in one account. */
  readonly stage: string;
  /** Whether the stage is any except `dev`, which is cheap and may be thrown away. */
  readonly production: boolean;
  readonly logRetention: RetentionDays;
  /** The fate of the table, the key and the logs when the stack is deleted. */
  readonly removal: RemovalPolicy;
  /** `-c domainName=… -c certificateArn=…` (a certificate of the API's region), both or neither. */
  readonly domain: Domain | undefined;
  /** `-c sdkDomainName=… -c sdkCertificateArn=…` (a certificate of us-east-1), both or neither. */
  readonly sdkDomain: Domain | undefined;
  /** `-c alarmEmail=…`: the recipient of alarms. */
  readonly alarmEmail: string | undefined;
  /**
   * `-c reservedConcurrency=true`: caps the instances of Lambdas without credentials, in production. Off by default:
   * AWS keeps 100 instances of an account unreserved, so the deployment would fail on a new account, which may have a
   * quota of 10.
   */
  readonly reservedConcurrency: boolean;
}

export interface Domain {
  readonly name: string;
  readonly certificateArn: string;
}

/** Reads the settings from the context. Throws an `Error` that names a missing or malformed value. */
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
