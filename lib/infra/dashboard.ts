import { Duration } from "aws-cdk-lib";
import { Dashboard, GraphWidget, type IMetric, Metric, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Watched } from "./alarms.ts";
import { serverErrorsOf } from "./serverErrors.ts";

/** The four ways in which a user is created, with the operations that count for each. */
const ways: readonly { readonly title: string; readonly operations: readonly string[] }[] = [
  { title: "1 · An API call (createUser)", operations: ["createUser"] },
  { title: "2 · A channel (channelWebhook)", operations: ["channelWebhook", "replayDelivery"] },
  { title: "3 · createConversation() (sdkCreateConversation)", operations: ["sdkCreateConversation"] },
  { title: "4 · login() (sdkLogin)", operations: ["sdkLogin"] },
];

const period = Duration.minutes(5);

/** Reads a metric from the Lambdas' log lines (`lib/http/log.ts`). */
const logged = (operation: string, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: "Sunroom",
    dimensionsMap: { operation },
    metricName,
    statistic,
    period,
    label: `${operation} ${statistic}`,
  });

/**
 * Makes the dashboard: a row for each way, one for the gateway, one for deliveries that wait to be stored, one for
 * events on their way to webhooks, and one for messages on their way out to channels.
 */
export function addDashboard(
  scope: Construct,
  id: string,
  { settings, api, deliveries, events, tasks }: Watched,
): Dashboard {
  const dashboard = new Dashboard(scope, id, {
    dashboardName: `Sunroom-${settings.stage}`,
    defaultInterval: Duration.days(1),
  });
  const row = (title: string, graphs: readonly GraphWidget[]) => {
    dashboard.addWidgets(new TextWidget({ markdown: `## ${title}`, width: 24, height: 1 }));
    dashboard.addWidgets(...graphs);
  };
  const graph = (title: string, left: readonly IMetric[]) => new GraphWidget({ title, left: [...left], width: 6 });
  for (const { title, operations } of ways) {
    const of = (metricName: string, statistic: string) =>
      operations.map((operation) => logged(operation, metricName, statistic));
    row(title, [
      graph("Users born", of("UsersCreated", "sum")),
      graph("Refusals", of("Refusals", "sum")),
      graph("Latency (ms)", [...of("Latency", "p50"), ...of("Latency", "p99")]),
      graph("Cold starts", of("ColdStart", "sum")),
    ]);
  }
  row("The gateway", [
    graph("Requests", [api.metricCount({ period })]),
    graph("4xx", [api.metricClientError({ period })]),
    graph("5xx but for 501", [serverErrorsOf(api, period)]),
    graph("Latency (ms)", [
      api.metricLatency({ period, statistic: "p50" }),
      api.metricLatency({ period, statistic: "p99" }),
    ]),
  ]);
  row("Deliveries that could not be stored at once", [
    graph("Waiting", [deliveries.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "max" })]),
    graph("Oldest (s)", [deliveries.queue.metricApproximateAgeOfOldestMessage({ period, statistic: "max" })]),
    graph("Dead letters", [
      deliveries.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: "max" }),
    ]),
  ]);
  const visible = (queue: Queue) => queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "max" });
  row("Events on their way to webhooks", [
    graph("Behind the table (ms)", [events.publishingLag(period)]),
    graph("Waiting", [visible(events.first), visible(events.later)]),
    graph("Oldest (s)", [events.first.metricApproximateAgeOfOldestMessage({ period, statistic: "max" })]),
    graph("Failed", [visible(events.deadLetters), visible(events.firstDeadLetters), events.unpublishedRecords(period)]),
  ]);
  row("Messages on their way out to channels", [
    graph("Waiting", [visible(tasks.queue)]),
    graph("Held, or at work", [tasks.queue.metricApproximateNumberOfMessagesNotVisible({ period, statistic: "max" })]),
    graph("Oldest (s)", [tasks.queue.metricApproximateAgeOfOldestMessage({ period, statistic: "max" })]),
    graph("Failed", [visible(tasks.deadLetters)]),
  ]);
  return dashboard;
}
