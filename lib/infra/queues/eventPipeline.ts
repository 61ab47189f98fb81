import { Duration, Stack, Validations } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import {
  EventSourceMapping,
  FilterCriteria,
  type IFunction,
  MetricType,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { S3OnFailureDestination } from "aws-cdk-lib/aws-lambda-event-sources";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { variable } from "../../api/environment.ts";
import { eventFilter } from "../../api/eventFilter.ts";
import type { Access } from "../access.ts";
import type { Settings } from "../settings.ts";
import { deadLetterQueue, everyQueue, invokeByQueue, ordered, takeActions } from "./workedQueue.ts";

/** The time-out of the Lambda that publishes: a batch of records is queued for ten webhooks well within it. */
export const publishTimeout = Duration.minutes(1);

/**
 * The time-out of the Lambda that delivers: a batch goes to its targets at once, for 20 seconds each at most. Where two
 * are of one conversation, the second begins if there is time for it, else it comes back.
 */
export const deliverTimeout = Duration.seconds(50);

/**
 * The wait of an event whose Lambda ended early, or could not reach the table, or had no time for it. AWS advises six
 * times the time-out, for a Lambda that is refused instances; that would hold up a conversation for five minutes, and
 * the bounds on the instances make such refusals rare.
 */
const visibilityTimeout = Duration.minutes(1);

/** Tries of an event that cannot even be attempted: three hours of them, longer than any outage of DynamoDB so far. */
const tries = 180;

/** The age at which a record of the stream that cannot be published is put aside, so that the others go on. */
const recordAge = Duration.hours(3);

/** The retention of what is on its way, or failed: as long as the records of deliveries are kept. */
const retention = Duration.days(7);

/** The beginning of the names that Lambda gives to what it puts aside. */
const unpublishedPrefix = "aws/lambda/";

/**
 * The events that the Lambda that delivers gets at once, and its instances, which are shared with requests. A first
 * attempt has an instance of its own: what shares one ends with its slowest, and the next events of each would wait for
 * a target that is not theirs. A webhook has eight first attempts at once, so a dozen targets that all answer as late as
 * they may take the instances up. Further attempts are of targets that failed, and wait for each other.
 */
const deliveries = {
  first: { batchSize: 1, maxConcurrency: 100 },
  later: { batchSize: 10, maxConcurrency: 10 },
} as const;

/**
 * The way of events from the table's stream to webhooks: the stream invokes the Lambda that publishes them, which sends
 * to the ordered queue of first attempts; this one and the queue of further attempts invoke the Lambda that delivers.
 */
export class EventPipeline extends Construct {
  readonly first: Queue;
  readonly later: Queue;
  /** Deliveries that failed for good, or could not be attempted. */
  readonly deadLetters: Queue;
  /** First attempts that could not be made; the dead letters of a queue of type FIFO are in one of that type. */
  readonly firstDeadLetters: Queue;
  /** Records of the stream that could not be published. */
  readonly unpublished: Bucket;
  private publishing: { readonly worker: IFunction; readonly source: EventSourceMapping } | undefined;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const queueProps = {
      ...everyQueue,
      retentionPeriod: retention,
      removalPolicy: settings.removal,
    };
    this.deadLetters = deadLetterQueue(this, "DeadLetters", queueProps);
    this.firstDeadLetters = deadLetterQueue(this, "FirstDeadLetters", { ...queueProps, ...ordered });
    const worked = (queue: Queue) => ({ visibilityTimeout, deadLetterQueue: { queue, maxReceiveCount: tries } });
    this.first = new Queue(this, "First", { ...queueProps, ...ordered, ...worked(this.firstDeadLetters) });
    this.later = new Queue(this, "Later", { ...queueProps, ...worked(this.deadLetters) });
    this.unpublished = new Bucket(this, "Unpublished", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: retention }],
      removalPolicy: settings.removal,
    });
    Validations.of(this.unpublished).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Only Lambda's own service writes to it, only after a fault, and an alarm tells of each object.",
    });
    const stack = Stack.of(this);
    const unpublishedId = stack.getLogicalId(this.unpublished.node.defaultChild as CfnBucket);
    Validations.of(stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${unpublishedId}.Arn>/${unpublishedPrefix}*]`,
      reason: "Lambda's own service names what it puts aside, always below this prefix of this bucket.",
    });
  }

  /** Grants queueing events for their first attempt. */
  sendAccess(): Access {
    const statement = new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.first.queueArn] });
    return { statements: [statement], environment: { [variable.eventQueueUrl]: this.first.queueUrl } };
  }

  /**
   * Grants what Lambda does for the worker that the stream invokes: reading the stream, and putting aside records.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
   */
  publishAccess({ tableStreamArn }: TableV2): Access {
    const readStream = new PolicyStatement({
      actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
      resources: [present(tableStreamArn)],
    });
    const putAside = [
      new PolicyStatement({
        actions: ["s3:PutObject"],
        resources: [this.unpublished.arnForObjects(`${unpublishedPrefix}*`)],
      }),
      new PolicyStatement({ actions: ["s3:ListBucket"], resources: [this.unpublished.bucketArn] }),
    ];
    return { statements: [readStream, ...putAside], environment: {} };
  }

  /** Grants taking events from both queues, and putting them off or burying them. */
  deliverAccess(): Access {
    const take = new PolicyStatement({
      actions: [...takeActions],
      resources: [this.first.queueArn, this.later.queueArn],
    });
    const send = new PolicyStatement({
      actions: ["sqs:SendMessage"],
      resources: [this.later.queueArn, this.deadLetters.queueArn],
    });
    return {
      statements: [take, send],
      environment: {
        [variable.eventRetryQueueUrl]: this.later.queueUrl,
        [variable.eventDeadLetterQueueUrl]: this.deadLetters.queueUrl,
      },
    };
  }

  /**
   * Makes the table's stream invoke the worker with the records that may be events. What fails is tried again, alone in
   * the end, until it is three hours old; then the record itself goes to the bucket.
   */
  publish(worker: IFunction, { tableStreamArn }: TableV2): void {
    const source = new EventSourceMapping(this, "Stream", {
      target: worker,
      eventSourceArn: present(tableStreamArn),
      // A change that is committed while this is made is an event too.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: recordAge,
      filters: [FilterCriteria.filter(eventFilter)],
      onFailure: new S3OnFailureDestination(this.unpublished),
      supportS3OnFailureDestination: true,
      // Counts the records that are put aside, for an alarm.
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    this.publishing = { worker, source };
  }

  /** Measures the milliseconds from a change of the table to its publishing. */
  publishingLag(period: Duration): IMetric {
    return present(this.publishing).worker.metric("IteratorAge", { period, statistic: "max" });
  }

  /**
   * Counts the records of the stream that were put aside, or dropped.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html ("Event source mapping metrics")
   */
  unpublishedRecords(period: Duration): IMetric {
    const { eventSourceMappingId } = present(this.publishing).source;
    const counted = (metricName: string) =>
      new Metric({
        namespace: "AWS/Lambda",
        metricName,
        dimensionsMap: { EventSourceMappingUUID: eventSourceMappingId },
        statistic: "sum",
      });
    return new MathExpression({
      label: "Records put aside",
      // `SUM` adds the existing ones: these metrics have data only where something happened.
      expression: "SUM(METRICS())",
      usingMetrics: {
        delivered: counted("OnFailureDestinationDeliveredEventCount"),
        dropped: counted("DroppedEventCount"),
      },
      period,
    });
  }

  /** Makes both queues invoke the worker, which reports success for each event. */
  deliver(worker: IFunction): void {
    invokeByQueue(this, "FirstSource", { queue: this.first, worker }, deliveries.first);
    invokeByQueue(this, "LaterSource", { queue: this.later, worker }, deliveries.later);
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The table has no stream, or nothing that publishes from it.");
  return value;
}
