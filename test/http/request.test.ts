import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expect, test } from "vitest";
import { readRequest } from "../../lib/http/request.ts";

test("a request was received when the gateway says so, however long its Lambda took to start", () => {
  const timeEpoch = Date.parse("2026-01-01T00:00:00.123Z");
  const event = {
    rawPath: "/",
    rawQueryString: "",
    headers: {},
    requestContext: { http: { method: "GET", sourceIp: "192.0.2.1" }, requestId: "1", timeEpoch },
  } as unknown as APIGatewayProxyEventV2;
  expect(readRequest(event).receivedAt).toEqual(new Date(timeEpoch));
});
