import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** A user as a business sends it. */
export const sent = {
  externalId: "person",
  signedUpAt: "2026-01-01T00:00:00Z",
  profile: { givenName: "Ann", surname: "Example", email: "ann@example.org", locale: "en" },
  metadata: { plan: "gold", seats: 3, beta: true },
};

/** Makes a request to create a user, as API Gateway hands it to the Lambda. */
export function createUserEvent(appId: string, authorization: string, externalId: string): APIGatewayProxyEventV2 {
  const path = `/v2/apps/${appId}/users`;
  return {
    version: "2.0",
    routeKey: "POST /v2/apps/{appId}/users",
    rawPath: path,
    rawQueryString: "",
    headers: {
      authorization,
      host: "api.example.org",
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "Bench/1.0",
      "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    pathParameters: { appId },
    requestContext: {
      accountId: "anonymous",
      apiId: "local",
      domainName: "api.example.org",
      domainPrefix: "api",
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "Bench/1.0" },
      requestId: "request",
      routeKey: "POST /v2/apps/{appId}/users",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 1767225600000,
    },
    body: JSON.stringify({ ...sent, externalId }),
    isBase64Encoded: false,
  };
}
