import { type ChannelType } from "../model/channel.ts";
import type { ChannelApiUrls } from "../model/channelCall.ts";
/** Names of the environment variables, shared by the stack that sets them and the Lambdas that read them. */
export declare const variable: {
    readonly tableName: "TABLE_NAME";
    /** Only off AWS: the engine that replaces DynamoDB. */
    readonly dynamodbEndpoint: "DYNAMODB_ENDPOINT";
    /** Only off AWS: encrypts the secrets in the table, 32 bytes as hexadecimal digits. */
    readonly secretsKey: "SECRETS_KEY";
    /** The account's API key, given plainly (local) … */
    readonly accountKeyId: "ACCOUNT_KEY_ID";
    readonly accountKeySecret: "ACCOUNT_KEY_SECRET";
    /** … or as the Secrets Manager secret `{"id","secret"}` that holds it (AWS). */
    readonly accountKeyArn: "ACCOUNT_KEY_ARN";
    /** The base URL that clients and channels call, without a trailing slash; signatures of some channels cover it. */
    readonly publicUrl: "PUBLIC_URL";
    /** Only off AWS, where `PUBLIC_URL` may be missing: the base of the URLs that channels call and sign. */
    readonly localUrl: "LOCAL_URL";
    /**
     * `terminal` if a terminal shows requests its own way: then only what it does not show is logged, and for people.
     * `faults` logs faults alone, on the standard error output.
     */
    readonly log: "LOG";
    /** Number of anonymous users that one network address may create at once, and again each minute (600 by default). */
    readonly anonymousBurst: "ANONYMOUS_BURST";
    /**
     * The queues of events that could not be stored yet, and of those that never can be: SQS queues, or folders as
     * `file:` URLs.
     */
    readonly deliveryQueueUrl: "DELIVERY_QUEUE_URL";
    readonly deadLetterQueueUrl: "DEAD_LETTER_QUEUE_URL";
    /**
     * The queues of events on their way to webhooks: of first attempts (in order), of further attempts, and of deliveries
     * that failed for good: SQS queues, or folders as `file:` URLs.
     */
    readonly eventQueueUrl: "EVENT_QUEUE_URL";
    readonly eventRetryQueueUrl: "EVENT_RETRY_QUEUE_URL";
    readonly eventDeadLetterQueueUrl: "EVENT_DEAD_LETTER_QUEUE_URL";
    /**
     * The queues of tasks at channels' providers (in order), and of those that failed by a fault of ours: SQS queues, or
     * folders as `file:` URLs.
     */
    readonly channelQueueUrl: "CHANNEL_QUEUE_URL";
    readonly channelDeadLetterQueueUrl: "CHANNEL_DEAD_LETTER_QUEUE_URL";
    /** The store of attachments: a bucket of S3, or a folder as a `file:` URL. */
    readonly attachmentsUrl: "ATTACHMENTS_URL";
    /** The targets of webhooks that are allowed besides public ones: `loopback` or `private`; only off AWS. */
    readonly webhookTargets: "WEBHOOK_TARGETS";
    /** The app in which the canary creates and deletes its user. */
    readonly canaryAppId: "CANARY_APP_ID";
};
/** Names the variable that points a channel's API elsewhere than to its provider, such as `TELEGRAM_API_URL`. */
export declare const apiUrlVariable: (type: ChannelType) => string;
export interface Environment {
    readonly tableName: string;
    readonly dynamodbEndpoint: string | undefined;
    readonly secretsKey: string | undefined;
    /** Absent in a Lambda that no account key can call. */
    readonly accountKey: {
        readonly id: string;
        readonly secret: string;
    } | {
        readonly arn: string;
    } | undefined;
    readonly publicUrl: string | undefined;
    readonly localUrl: string | undefined;
    /** Where requests are logged: as lines of JSON on the standard output, for people, or faults alone. */
    readonly log: "json" | "terminal" | "faults";
    readonly anonymousBurst: number;
    readonly deliveryQueue: {
        readonly retry: string | undefined;
        readonly dead: string | undefined;
    };
    readonly eventQueue: {
        readonly first: string | undefined;
        readonly later: string | undefined;
        readonly dead: string | undefined;
    };
    readonly channelQueue: {
        readonly tasks: string | undefined;
        readonly dead: string | undefined;
    };
    /** Where channels' APIs are called instead of at their providers. */
    readonly channelApiUrls: ChannelApiUrls;
    readonly attachmentsUrl: string | undefined;
    readonly webhookTargets: string | undefined;
    readonly canaryAppId: string | undefined;
}
/** Reads the environment once, at start. Throws an `Error` that names a missing variable. */
export declare function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment;
