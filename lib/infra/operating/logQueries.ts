import { CfnQueryDefinition } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** The questions that an operator asks the Lambdas' logs, by name. */
const queries: Readonly<Record<string, readonly string[]>> = {
  "One request": [
    "fields @timestamp, operation, status, code, fault.name, fault.at, Latency",
    'filter requestId = "…"',
    "sort @timestamp",
  ],
  Faults: [
    "filter status >= 500 and status != 501",
    "stats count(*) as times, latest(@timestamp) as last, latest(requestId) as request by operation, fault.name",
    "sort times desc",
  ],
  Refusals: [
    "filter status >= 400 and status < 500",
    "stats count(*) as times by operation, status, code",
    "sort times desc",
  ],
  Slowest: [
    "filter ispresent(Latency)",
    "fields @timestamp, operation, requestId, Latency, coldStart",
    "sort Latency desc",
    "limit 50",
  ],
  "Failed deliveries": [
    'filter ispresent(delivery.id) and delivery.outcome != "delivered"',
    "stats count(*) as times by delivery.webhookId, delivery.outcome, status, delivery.reason",
    "sort times desc",
  ],
};

/**
 * Saves the queries for the console, which has them under the stage's name. They name no log groups: the console takes
 * 50 by name, and an operation has one of its own, so one chooses those with the stack's name.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Source.html ("not in the console")
 */
export function saveLogQueries(scope: Construct, stage: string): void {
  for (const [name, commands] of Object.entries(queries))
    new CfnQueryDefinition(scope, `Query${name.replaceAll(" ", "")}`, {
      name: `Sunroom-${stage}/${name}`,
      queryString: commands.join("\n| "),
    });
}
