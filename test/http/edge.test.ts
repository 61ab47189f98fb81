import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expect, test } from "vitest";
import { readRequest } from "../../lib/http/request.ts";

const secret = "s".repeat(48);

/** A request as the gateway hands it over: the connection's address is the distribution's. */
function request(headers: Readonly<Record<string, string>>, edgeSecrets?: string) {
  return readRequest({
    rawPath: "/",
    rawQueryString: "",
    headers,
    ...(edgeSecrets === undefined ? {} : { stageVariables: { edgeSecrets } }),
    requestContext: { http: { method: "GET", sourceIp: "192.0.2.1" }, requestId: "1", timeEpoch: 0 },
  } as unknown as APIGatewayProxyEventV2);
}

test("without a distribution the address is the connection's, whatever headers say", () => {
  const forged = { "cloudfront-viewer-address": "203.0.113.7:1", "x-forwarded-for": "203.0.113.7" };
  expect(request(forged).sourceIp).toBe("192.0.2.1");
});

test.each([
  ["203.0.113.7:40123", "203.0.113.7"],
  ["2001:db8:0:1::2:40123", "2001:db8:0:1::2"],
])("behind a distribution, %s is the person at %s", (viewer, address) => {
  const headers = { "x-sunroom-edge": secret, "CloudFront-Viewer-Address": viewer, "x-forwarded-for": "198.51.100.1" };
  expect(request(headers, secret).sourceIp).toBe(address);
});

test.each<Readonly<Record<string, string>>>([
  {},
  { "x-sunroom-edge": "" },
  { "x-sunroom-edge": "other" },
  { "x-sunroom-edge": `${secret},` },
])("a request that passes the distribution by is refused: %o", (headers) => {
  const forged = { ...headers, "cloudfront-viewer-address": "203.0.113.7:1" };
  expect(() => request(forged, secret)).toThrow("Call this API at its own domain name");
});

test("two secrets are good during a rotation, and an empty one never is", () => {
  const viewer = { "cloudfront-viewer-address": "203.0.113.7:1" };
  for (const one of [secret, "t".repeat(48)])
    expect(request({ ...viewer, "x-sunroom-edge": one }, `${secret},${"t".repeat(48)}`).sourceIp).toBe("203.0.113.7");
  expect(() => request(viewer, `${secret},`)).toThrow("Call this API at its own domain name");
});

test("the secret is not among the headers that an operation sees", () => {
  expect(request({ "x-sunroom-edge": secret, accept: "*/*" }, secret).headers).toEqual({ accept: "*/*" });
});
