import type { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";

/**
 * The name of the metric that counts answers 5xx except 501, as the access logs have them: 501 means that an operation
 * is not offered, which is no deployment's fault. The API's own metric `5xx` counts both.
 */
export const serverErrors = { namespace: "Sunroom", name: "ServerErrors", dimension: "ApiId" } as const;

/** Counts the answers 5xx of an API, except 501. */
export const serverErrorsOf = (api: HttpApi, period: Duration): Metric =>
  new Metric({
    namespace: serverErrors.namespace,
    metricName: serverErrors.name,
    dimensionsMap: { [serverErrors.dimension]: api.apiId },
    statistic: "sum",
    period,
  });
