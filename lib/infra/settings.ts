import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Node } from "constructs";
import { type OperatingSettings, readOperatingSettings, SettingsError } from "./operating/operatingSettings.ts";

/** The settings of a deployment; all of them are read from the CDK context (`-c name=value`). */
export interface Settings {
  /** `-c stage=…`: `prod` unless given. A stack's name ends in it, so several stages fit in one account. */
  readonly stage: string;
  /** Whether the stage is any except `dev`, which is cheap and may be thrown away. */
  readonly production: boolean;
  readonly logRetention: RetentionDays;
  /**
   * The fate of the table, the key, the queues and the logs when the stack is deleted: production keeps them, but not
   * those of a first deployment that fails, which hold nothing.
   */
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
  readonly operating: OperatingSettings;
}

export interface Domain {
  readonly name: string;
  readonly certificateArn: string;
}

/** The form of a setting, and its description in the sentence that refuses another. */
interface Form {
  readonly pattern: RegExp;
  readonly description: string;
}

const forms = {
  stage: { pattern: /^[a-z][a-z0-9-]{0,19}$/, description: "1 to 20 lower-case letters, digits or dashes" },
  flag: { pattern: /^(?:true|false)$/, description: "true or false" },
  email: { pattern: /^[^\s@]{1,64}@[^\s@]{1,255}$/, description: "an address like you@example.org" },
  domain: { pattern: /^(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,63}$/, description: "a domain name like api.example.org" },
  certificate: {
    pattern: /^arn:[\w-]{1,20}:acm:[\w-]{1,30}:\d{1,12}:certificate\/[\w-]{1,64}$/,
    description: "the ARN of a certificate in ACM, arn:aws:acm:<region>:<account>:certificate/<id>",
  },
  globalCertificate: {
    pattern: /^arn:[\w-]{1,20}:acm:us-east-1:\d{1,12}:certificate\/[\w-]{1,64}$/,
    description: "the ARN of a certificate in ACM in us-east-1, which CloudFront asks for",
  },
} satisfies Record<string, Form>;

/**
 * Reads the settings from the context.
 * @throws SettingsError if a value is missing or malformed
 */
export function readSettings(node: Node): Settings {
  const context = (name: string, { pattern, description }: Form): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    if (value === undefined || value === "") return undefined;
    if (pattern.test(String(value))) return String(value);
    throw new SettingsError(`The setting ${name} has to be ${description}, and is "${value}".`);
  };
  const domain = (nameKey: string, certificateKey: string, certificate: Form): Domain | undefined => {
    const name = context(nameKey, forms.domain);
    const certificateArn = context(certificateKey, certificate);
    if (name === undefined && certificateArn === undefined) return undefined;
    if (name === undefined || certificateArn === undefined)
      throw new SettingsError(`The settings ${nameKey} and ${certificateKey} go together, and one of them is missing.`);
    return { name, certificateArn };
  };
  const stage = context("stage", forms.stage) ?? "prod";
  const production = stage !== "dev";
  const reservedConcurrency = context("reservedConcurrency", forms.flag) === "true";
  return {
    stage,
    production,
    logRetention: production ? RetentionDays.THREE_MONTHS : RetentionDays.ONE_WEEK,
    removal: production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    domain: domain("domainName", "certificateArn", forms.certificate),
    sdkDomain: domain("sdkDomainName", "sdkCertificateArn", forms.globalCertificate),
    alarmEmail: context("alarmEmail", forms.email),
    reservedConcurrency: production && reservedConcurrency,
    operating: readOperatingSettings(node),
  };
}
