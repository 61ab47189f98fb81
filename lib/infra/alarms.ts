import { Duration, Stack, Validations } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Operation, type TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Attachments } from "./files/attachments.ts";
import type { ChannelTasks } from "./queues/channelTasks.ts";
import type { DeliveryQueue } from "./queues/deliveryQueue.ts";
import type { EventPipeline } from "./queues/eventPipeline.ts";
import { serverErrorsOf } from "./serverErrors.ts";
import type { Settings } from "./settings.ts";

const minute = Duration.minutes(1);

/** The operations of DynamoDB that our Lambdas call. */
const operations = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.BATCH_WRITE_ITEM,
  Operation.QUERY,
  Operation.SCAN,
  Operation.TRANSACT_WRITE_ITEMS,
];

/**
 * Sums a table's metric over its operations. These metrics have data only in minutes with a fault; `SUM` adds the
 * existing ones, whereas `a + b` has no value if one of the two has none.
 */
function ofEveryOperation(table: TableV2, metricName: string): MathExpression {
  const usingMetrics = operations.map((operation): [string, IMetric] => [
    `of${operation}`,
    table.metric(metricName, { dimensionsMap: { TableName: table.tableName, Operation: operation }, statistic: "sum" }),
  ]);
  return new MathExpression({
    label: metricName,
    expression: "SUM(METRICS())",
    usingMetrics: Object.fromEntries(usingMetrics),
    period: minute,
  });
}

/** The resources that are watched. */
export interface Watched {
  readonly settings: Settings;
  readonly api: HttpApi;
  readonly table: TableV2;
  readonly deliveries: DeliveryQueue;
  readonly events: EventPipeline;
  readonly tasks: ChannelTasks;
}

/**
 * The alarms for a human: one topic, one alarm for each kind of trouble. `docs/operations.md` describes the response to
 * each.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  /** The alarms that stop a deployment. */
  readonly ofDeployments: readonly Alarm[];

  constructor(scope: Construct, id: string, { settings, api, table, deliveries, events, tasks }: Watched) {
    super(scope, id);
    this.topic = this.makeTopic(settings);
    const serverErrors = this.alarm("ServerErrors", {
      metric: serverErrorsOf(api, minute),
      atLeast: 5,
      description:
        "5xx answers but for 501: at least 5 a minute. Includes Lambdas that crash, time out or are throttled.",
    });
    const latency = this.alarm("Latency", {
      metric: api.metricLatency({ period: minute, statistic: "p99" }),
      atLeast: 2_000,
      minutes: 3,
      description: "One request in a hundred takes 2 seconds or more, for 3 minutes of 5.",
    });
    this.alarm("Throttles", {
      // Without a dimension it counts all Lambdas of the account in this region, which share its instances.
      metric: new Metric({ namespace: "AWS/Lambda", metricName: "Throttles", period: minute, statistic: "sum" }),
      atLeast: 1,
      description: "Lambdas of this account and region were refused an instance.",
    });
    this.alarm("TableThrottles", {
      metric: ofEveryOperation(table, "ThrottledRequests"),
      atLeast: 1,
      description: "DynamoDB refused requests for being too many: a hot partition, or a sudden rise.",
    });
    this.alarm("TableSystemErrors", {
      metric: ofEveryOperation(table, "SystemErrors"),
      atLeast: 5,
      description: "DynamoDB answers with errors of its own.",
    });
    this.alarm("DeliveriesWaiting", {
      metric: deliveries.queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: "max" }),
      atLeast: Duration.minutes(15).toSeconds(),
      description: "What a person wrote on a channel waits for 15 minutes to be stored.",
    });
    this.alarm("DeadLetters", {
      metric: deliveries.deadLetters.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: "max" }),
      atLeast: 1,
      minutes: 1,
      description: "What a person wrote on a channel could not be stored; a human has to decide.",
    });
    this.watchDelivering(events);
    this.watchChannels(tasks);
    this.ofDeployments = [serverErrors, latency];
  }

  private watchDelivering({ first, deadLetters, firstDeadLetters }: EventPipeline): void {
    this.alarm("EventsWaiting", {
      metric: first.metricApproximateAgeOfOldestMessage({ period: minute, statistic: "max" }),
      atLeast: Duration.minutes(15).toSeconds(),
      description: "An event waits for 15 minutes for its first attempt.",
    });
    const visible = (queue: Queue) =>
      queue.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: "max" });
    this.alarm("EventDeadLetters", {
      metric: new MathExpression({
        label: "Dead letters",
        expression: "SUM(METRICS())",
        usingMetrics: { failed: visible(deadLetters), unattempted: visible(firstDeadLetters) },
        period: minute,
      }),
      atLeast: 1,
      minutes: 1,
      description: "Events could not be delivered to their webhook; they can be replayed.",
    });
  }

  private watchChannels({ queue, deadLetters }: ChannelTasks): void {
    this.alarm("TasksWaiting", {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: "max" }),
      atLeast: Duration.hours(1).toSeconds(),
      description: "A message waits for an hour to go out to its channel: a provider is out of order, or we are.",
    });
    this.alarm("TaskDeadLetters", {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: "max" }),
      atLeast: 1,
      minutes: 1,
      description: "A message did not go out to its channel, by a fault of ours; a human has to decide.",
    });
  }

  /** Watches the Lambdas that the stream invokes, which exist only after the alarms that their deployment obeys. */
  watchStream(events: EventPipeline, attachments: Attachments): void {
    this.alarm("FilesBehind", {
      metric: attachments.erasingLag(minute),
      atLeast: Duration.hours(1).toMilliseconds(),
      description: "Files of deleted attachments wait for an hour to be deleted.",
    });
    this.alarm("EventsBehind", {
      metric: events.publishingLag(minute),
      atLeast: Duration.minutes(5).toMilliseconds(),
      description: "Changes of the table wait for 5 minutes to be published as events.",
    });
    this.alarm("EventsUnpublished", {
      metric: events.unpublishedRecords(minute),
      atLeast: 1,
      minutes: 1,
      description: "Changes of the table could not be published as events; their records are in a bucket.",
    });
  }

  private alarm(
    id: string,
    properties: { metric: IMetric; atLeast: number; minutes?: number; description: string },
  ): Alarm {
    const { metric, atLeast, minutes = 2, description } = properties;
    // Counts bad minutes among a few more, so that one good minute between them does not hide them.
    const evaluatedMinutes = minutes === 1 ? 1 : Math.ceil(1.5 * minutes);
    const alarm = new Alarm(this, id, {
      metric,
      threshold: atLeast,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: minutes,
      evaluationPeriods: evaluatedMinutes,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }

  private makeTopic(settings: Settings): Topic {
    const topic = new Topic(this, "Topic", { displayName: `Sunroom (${settings.stage})`, enforceSSL: true });
    // A topic with a policy of its own loses the default one, by which CloudWatch may publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
    Validations.of(topic).acknowledge({
      id: "Serverless-SNSRedrivePolicy",
      reason:
        "An alarm whose mail cannot be delivered still shows on the dashboard; nobody would read its dead letter.",
    });
    return topic;
  }
}
