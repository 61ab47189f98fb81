import { Duration, Validations } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Construct } from "constructs";
import { OperationFunction, type OperationFunctionProps } from "./operationFunction.ts";

/** The interval of invocations; also the time-out, so that two seldom run at once. */
const interval = Duration.minutes(5);

/** Makes the Lambda of a worker that is invoked regularly and continues each time from the last. */
export function scheduledFunction(scope: Construct, operation: string, props: OperationFunctionProps): void {
  const { live } = new OperationFunction(scope, operation, { ...props, timeout: interval });
  const rule = new Rule(scope, `${operation}Schedule`, {
    description: props.description,
    schedule: Schedule.rate(interval),
    // After a failure the next invocation continues.
    targets: [new LambdaFunction(live, { retryAttempts: 0 })],
  });
  Validations.of(rule).acknowledge({
    id: "Serverless-EventBusDLQ",
    reason: "A turn that is lost holds nothing: what is to be done stands in the table, and the next turn does it.",
  });
}
