import { type ChannelType, channelTypes } from "../model/channel.ts";
import type { ChannelApiUrls } from "../model/channelCall.ts";

/** Names of the environment variables, shared by the stack that sets them and the Lambdas that read them. */
export const variable = {
  tableName: "TABLE_NAME",
  /** Only off AWS: the engine that replaces DynamoDB. */
  dynamodbEndpoint: "DYNAMODB_ENDPOINT",
  /** Only off AWS: encrypts the secrets in the table, 32 bytes as hexadecimal digits. */
  secretsKey: "SECRETS_KEY",
  /** The account's API key, given plainly (local) … */
  accountKeyId: "ACCOUNT_KEY_ID",
  accountKeySecret: "ACCOUNT_KEY_SECRET",
  /** … or as the Secrets Manager secret `{"id","secret"}` that holds it (AWS). */
  accountKeyArn: "ACCOUNT_KEY_ARN",
  /** The base URL that clients and channels call, without a trailing slash; signatures of some channels cover it. */
  publicUrl: "PUBLIC_URL",
  /** Only off AWS, where `PUBLIC_URL` may be missing: the base of the URLs that channels call and sign. */
  localUrl: "LOCAL_URL",
  /**
   * `terminal` if a terminal shows requests its own way: then only what it does not show is logged, and for people.
   * `faults` logs faults alone, on the standard error output.
   */
  log: "LOG",
  /** Number of anonymous users that one network address may create at once, and again each minute (600 by default). */
  anonymousBurst: "ANONYMOUS_BURST",
  /**
   * The queues of events that could not be stored yet, and of those that never can be: SQS queues, or folders as
   * `file:` URLs.
   */
  deliveryQueueUrl: "DELIVERY_QUEUE_URL",
  deadLetterQueueUrl: "DEAD_LETTER_QUEUE_URL",
  /**
   * The queues of events on their way to webhooks: of first attempts (in order), of further attempts, and of deliveries
   * that failed for good: SQS queues, or folders as `file:` URLs.
   */
  eventQueueUrl: "EVENT_QUEUE_URL",
  eventRetryQueueUrl: "EVENT_RETRY_QUEUE_URL",
  eventDeadLetterQueueUrl: "EVENT_DEAD_LETTER_QUEUE_URL",
  /**
   * The queues of tasks at channels' providers (in order), and of those that failed by a fault of ours: SQS queues, or
   * folders as `file:` URLs.
   */
  channelQueueUrl: "CHANNEL_QUEUE_URL",
  channelDeadLetterQueueUrl: "CHANNEL_DEAD_LETTER_QUEUE_URL",
  /** The store of attachments: a bucket of S3, or a folder as a `file:` URL. */
  attachmentsUrl: "ATTACHMENTS_URL",
  /** The targets of webhooks that are allowed besides public ones: `loopback` or `private`; only off AWS. */
  webhookTargets: "WEBHOOK_TARGETS",
  /** The app in which the canary creates and deletes its user. */
  canaryAppId: "CANARY_APP_ID",
} as const;

/** Names the variable that points a channel's API elsewhere than to its provider, such as `TELEGRAM_API_URL`. */
export const apiUrlVariable = (type: ChannelType): string => `${type.toUpperCase()}_API_URL`;

export interface Environment {
  readonly tableName: string;
  readonly dynamodbEndpoint: string | undefined;
  readonly secretsKey: string | undefined;
  /** Absent in a Lambda that no account key can call. */
  readonly accountKey: { readonly id: string; readonly secret: string } | { readonly arn: string } | undefined;
  readonly publicUrl: string | undefined;
  readonly localUrl: string | undefined;
  /** Where requests are logged: as lines of JSON on the standard output, for people, or faults alone. */
  readonly log: "json" | "terminal" | "faults";
  readonly anonymousBurst: number;
  readonly deliveryQueue: { readonly retry: string | undefined; readonly dead: string | undefined };
  readonly eventQueue: {
    readonly first: string | undefined;
    readonly later: string | undefined;
    readonly dead: string | undefined;
  };
  readonly channelQueue: { readonly tasks: string | undefined; readonly dead: string | undefined };
  /** Where channels' APIs are called instead of at their providers. */
  readonly channelApiUrls: ChannelApiUrls;
  readonly attachmentsUrl: string | undefined;
  readonly webhookTargets: string | undefined;
  readonly canaryAppId: string | undefined;
}

/** Reads the environment once, at start. Throws an `Error` that names a missing variable. */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const optional = (name: string): string | undefined => source[name] || undefined;
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined) throw new Error(`The environment variable ${name} is missing.`);
    return value;
  };
  const positive = (name: string, otherwise: number): number => {
    const value = Number(optional(name) ?? otherwise);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`The environment variable ${name} must be a whole number above 0.`);
    return value;
  };
  const arn = optional(variable.accountKeyArn);
  const id = optional(variable.accountKeyId);
  return {
    tableName: required(variable.tableName),
    dynamodbEndpoint: optional(variable.dynamodbEndpoint),
    secretsKey: optional(variable.secretsKey),
    accountKey: arn ? { arn } : id === undefined ? undefined : { id, secret: required(variable.accountKeySecret) },
    publicUrl: optional(variable.publicUrl)?.replace(/\/{1,16}$/, ""),
    localUrl: optional(variable.localUrl),
    log: readLog(optional(variable.log)),
    deliveryQueue: { retry: optional(variable.deliveryQueueUrl), dead: optional(variable.deadLetterQueueUrl) },
    eventQueue: {
      first: optional(variable.eventQueueUrl),
      later: optional(variable.eventRetryQueueUrl),
      dead: optional(variable.eventDeadLetterQueueUrl),
    },
    channelQueue: {
      tasks: optional(variable.channelQueueUrl),
      dead: optional(variable.channelDeadLetterQueueUrl),
    },
    channelApiUrls: readChannelApiUrls(source),
    attachmentsUrl: optional(variable.attachmentsUrl),
    webhookTargets: optional(variable.webhookTargets),
    canaryAppId: optional(variable.canaryAppId),
    anonymousBurst: positive(variable.anonymousBurst, 600),
  };
}

const loopback = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads where channels' APIs are pointed: base URLs, answered without a slash at the end. Plain HTTP and the machine
 * itself are for the local server and for tests.
 */
export function readChannelApiUrls(source: Readonly<Record<string, string | undefined>>): ChannelApiUrls {
  const isLocal = Boolean(source[variable.dynamodbEndpoint]);
  const urls: Partial<Record<ChannelType, string>> = {};
  for (const type of channelTypes) {
    const text = source[apiUrlVariable(type)];
    if (!text) continue;
    const refuse = (reason: string): never => {
      throw new Error(`The environment variable ${apiUrlVariable(type)} ${reason}.`);
    };
    if (!(URL.canParse(text) && /^https?:\/\/[^?#@]{1,1000}$/.test(text)))
      return refuse("must be a base URL like https://proxy.example.org/telegram");
    const { protocol, hostname } = new URL(text);
    if (!isLocal && (protocol !== "https:" || loopback.test(hostname)))
      return refuse("must be an https: URL of another machine, except on the local server");
    urls[type] = text.replace(/\/{1,16}$/, "");
  }
  return urls;
}

const readLog = (text: string | undefined): Environment["log"] =>
  text === "terminal" || text === "faults" ? text : "json";
