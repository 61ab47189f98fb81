import type { Node } from "constructs";

/** The settings of what an operator may add to a stage; without them nothing of it exists, and nothing is paid. */
export interface OperatingSettings {
  /** `-c backupDays=…`: the days that AWS Backup keeps a daily backup of the table. */
  readonly backupDays: number | undefined;
  /** `-c backupCopyVaultArn=…`: a vault, best of another account, that gets a copy of each backup. */
  readonly backupCopyVaultArn: string | undefined;
  /** `-c edgeCertificateArn=…`: puts CloudFront before the API; a certificate of us-east-1 for `domainName`. */
  readonly edgeCertificateArn: string | undefined;
  /** `-c webAclArn=…`: the WAF web ACL of the distribution before the API. */
  readonly webAclArn: string | undefined;
  /** `-c silenceMinutes=…`: the minutes without a request after which an alarm goes off. */
  readonly silenceMinutes: number | undefined;
  /** `-c canaryAppId=…`: the app in which a user is created and deleted every five minutes. */
  readonly canaryAppId: string | undefined;
  /** `-c monthlyBudget=…`: the dollars a month that the account may cost before a mail goes to `alarmEmail`. */
  readonly monthlyBudget: number | undefined;
}

/** A setting that is missing or malformed; its message is one sentence for the person who deploys. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** A reader of the context. */
type Context = (name: string) => string | undefined;

/**
 * Reads these settings from the context.
 * @throws SettingsError if a value is missing or malformed
 */
export function readOperatingSettings(node: Node): OperatingSettings {
  const context: Context = (name) => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined || value === "" ? undefined : String(value);
  };
  const settings: OperatingSettings = {
    backupDays: wholeNumber(context, "backupDays", { from: 1, to: 3_650 }),
    backupCopyVaultArn: matching(context, "backupCopyVaultArn", {
      pattern: /^arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w.-]+$/,
      form: "the ARN of a backup vault",
    }),
    edgeCertificateArn: matching(context, "edgeCertificateArn", {
      pattern: /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/.+$/,
      form: "the ARN of a certificate in us-east-1, where CloudFront looks for it",
    }),
    webAclArn: matching(context, "webAclArn", {
      pattern: /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/,
      form: "the ARN of a web ACL of the scope CLOUDFRONT, which is in us-east-1",
    }),
    silenceMinutes: wholeNumber(context, "silenceMinutes", { from: 5, to: 1_440, multipleOf: 5 }),
    canaryAppId: matching(context, "canaryAppId", { pattern: /^[\da-f]{24}$/, form: "an app's id of 24 hex digits" }),
    monthlyBudget: wholeNumber(context, "monthlyBudget", { from: 1, to: 1_000_000 }),
  };
  for (const [name, needed] of [
    ["backupCopyVaultArn", "backupDays"],
    ["edgeCertificateArn", "domainName"],
    ["webAclArn", "edgeCertificateArn"],
    ["monthlyBudget", "alarmEmail"],
  ] as const)
    if (settings[name] !== undefined && context(needed) === undefined)
      throw new SettingsError(`The context's ${name} needs ${needed} too.`);
  return settings;
}

function wholeNumber(
  context: Context,
  name: string,
  { from, to, multipleOf = 1 }: { from: number; to: number; multipleOf?: number },
): number | undefined {
  const text = context(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to || value % multipleOf !== 0) {
    const steps = multipleOf === 1 ? "" : ` in steps of ${multipleOf}`;
    throw new SettingsError(
      `The context's ${name} must be a whole number from ${from} to ${to}${steps}, and is "${text}".`,
    );
  }
  return value;
}

function matching(
  context: Context,
  name: string,
  { pattern, form }: { pattern: RegExp; form: string },
): string | undefined {
  const text = context(name);
  if (text !== undefined && !pattern.test(text))
    throw new SettingsError(`The context's ${name} must be ${form}, and is "${text}".`);
  return text;
}
