import type { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";

/**
 * The name of the metric that counts answers 5xx but for 501, as the access logs have them: by 501 an operation says that
 * it is not offered, which no deployment is at fault for. The API's own metric `5xx` counts both.
 */
export const serverErrors = { namespace: "Sunroom", name: "ServerErrors", dimension: "ApiId" } as const;

/** The answers 5xx of an API, but for 501. */
export const serverErrorsOf = (api: HttpApi, period: Duration): Metric =>
  new Metric({
    namespace: serverErrors.namespace,
    metricName: serverErrors.name,
    dimensionsMap: { [serverErrors.dimension]: api.apiId },
    statistic: "sum",
    period,
  });
