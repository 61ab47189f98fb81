import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

const period = Duration.minutes(5);

/** Refusals count from this many requests in five minutes on: of a handful, one caller's mistake would be most. */
const fewestRequests = 100;

/** Watches the share of answers 4xx: a client, a key or a channel's secret that is no longer right. */
export function watchRefusals(scope: Construct, topic: ITopic, api: HttpApi): Alarm {
  const metric = new MathExpression({
    label: "4xx (%)",
    expression: `IF(requests >= ${fewestRequests}, 100 * refused / requests, 0)`,
    usingMetrics: {
      requests: api.metricCount({ period, statistic: "sum" }),
      refused: api.metricClientError({ period, statistic: "sum" }),
    },
    period,
  });
  return tell(scope, "Refusals", topic, {
    metric,
    threshold: 50,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 3,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: "Half of the requests, of 100 and more in 5 minutes, are answered 4xx, for a quarter of an hour.",
  });
}

/** Watches for silence, which no other alarm sees: a domain that leads elsewhere, an expired certificate. */
export function watchSilence(scope: Construct, topic: ITopic, watched: { api: HttpApi; minutes: number }): Alarm {
  return tell(scope, "Silence", topic, {
    metric: watched.api.metricCount({ period, statistic: "sum" }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: watched.minutes / period.toMinutes(),
    treatMissingData: TreatMissingData.BREACHING,
    alarmDescription: `No request at all came for ${watched.minutes} minutes.`,
  });
}

/** Watches the canary: that its turns succeed, and that there are turns at all. */
export function watchCanary(scope: Construct, topic: ITopic, canary: IFunction): Alarm {
  const turns = canary.metricInvocations({ period, statistic: "sum" });
  const failed = canary.metricErrors({ period, statistic: "sum" });
  return tell(scope, "CanaryFailed", topic, {
    metric: new MathExpression({
      label: "Turns that succeeded",
      expression: "FILL(turns, 0) - FILL(failed, 0)",
      usingMetrics: { turns, failed },
      period,
    }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.BREACHING,
    alarmDescription:
      "The canary could not create and delete a user, or did not run, twice within a quarter of an hour.",
  });
}

function tell(
  scope: Construct,
  id: string,
  topic: ITopic,
  props: ConstructorParameters<typeof Alarm>[2] & { readonly metric: IMetric },
): Alarm {
  const alarm = new Alarm(scope, id, props);
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
  return alarm;
}
