import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { gateway, type WireRequest } from "../../lib/local/gateway.ts";

const table = {
  list: { routeKeys: ["GET /users"] },
  create: { routeKeys: ["POST /users"] },
  get: { routeKeys: ["GET /users/{id}", "GET /users/{id+}"] },
  me: { routeKeys: ["GET /users/me"] },
  clients: { routeKeys: ["GET /users/{id}/clients"] },
  any: { routeKeys: ["ANY /hooks/{hook}"] },
  unknown: { routeKeys: ["$default"] },
};

const wire = (method: string, target: string, rest: Partial<WireRequest> = {}): WireRequest => ({
  method,
  target,
  httpVersion: "1.1",
  rawHeaders: ["Host", "localhost:3000"],
  body: Buffer.alloc(0),
  sourceIp: "127.0.0.1",
  port: 3000,
  ...rest,
});

/** The operation and the event that a request leads to. */
async function eventOf(request: WireRequest): Promise<{ operation: string; event: APIGatewayProxyEventV2 }> {
  const seen: { operation: string; event: APIGatewayProxyEventV2 }[] = [];
  await gateway(table, async (operation, event) => {
    seen.push({ operation, event });
    return {};
  })(request);
  const [call] = seen;
  if (!call) throw new Error("No function was called.");
  return call;
}

const ignore = () => {};
const answerTo = (result: unknown, request = wire("GET", "/users")) =>
  gateway(table, async () => result, ignore)(request);

describe("the most specific route is taken", () => {
  test.each([
    ["GET", "/users", "list", {}],
    ["POST", "/users", "create", {}],
    ["GET", "/users/me", "me", {}],
    ["GET", "/users/abc", "get", { id: "abc" }],
    ["GET", "/users/abc/clients", "clients", { id: "abc" }],
    ["GET", "/users/a/b/c", "get", { id: "a/b/c" }],
    ["POST", "/hooks/telegram", "any", { hook: "telegram" }],
    ["DELETE", "/hooks/telegram", "any", { hook: "telegram" }],
    ["GET", "/hooks/a/b", "unknown", undefined],
    ["DELETE", "/users", "unknown", undefined],
    ["HEAD", "/users", "unknown", undefined],
    ["PROPFIND", "/users", "unknown", undefined],
    ["OPTIONS", "/users", "unknown", undefined],
    ["GET", "/users/", "unknown", undefined],
    ["GET", "/Users", "unknown", undefined],
    ["GET", "/", "unknown", undefined],
  ])("%s %s leads to %s", async (method, target, operation, pathParameters) => {
    const call = await eventOf(wire(method, target));
    expect(call.operation).toBe(operation);
    expect(call.event.pathParameters ?? {}).toEqual(pathParameters ?? {});
  });

  test.each([
    ["/sc/users/abc/clients", "clients", "/sc/users/abc/clients", { id: "abc" }],
    ["/sc/users/a%2Fb", "get", "/sc/users/a/b", { id: "a/b" }],
    ["/sc", "unknown", "/sc", undefined],
    ["/sc/", "unknown", "/sc/", undefined],
  ])("%s is routed by what follows the stage, which stays in the event's path", async (target, operation, path, id) => {
    const call = await eventOf(wire("GET", target));
    expect(call.operation).toBe(operation);
    expect(call.event.pathParameters).toEqual(id);
    expect(call.event).toMatchObject({ rawPath: path, requestContext: { stage: "sc", http: { path } } });
  });

  test.each(["/users", "/scx/users", "//sc/users"])("%s is of the default stage", async (target) => {
    expect((await eventOf(wire("GET", target))).event.requestContext.stage).toBe("$default");
  });

  test("slashes too many before a path find its route, and stay in the event", async () => {
    const { operation, event } = await eventOf(wire("GET", "///users/me"));
    expect([operation, event.rawPath]).toEqual(["me", "///users/me"]);
  });

  test("without $default an unknown route gets the gateway's own 404", async () => {
    const response = await gateway({ list: table.list }, async () => ({}))(wire("GET", "/nothing"));
    expect([response.status, response.body.toString()]).toEqual([404, '{"message":"Not Found"}']);
  });
});

describe("the path is decoded once, before it is matched", () => {
  test.each([
    ["an encoded slash parts segments", "/users/a%2Fb", "a/b"],
    ["a leading slash belongs to a greedy parameter", "/users/%2Fa", "/a"],
    ["a doubly encoded slash stays encoded", "/users/a%252Fb", "a%2Fb"],
    ["encoded ? and # stay in the path", "/users/a%3Fb%23c", "a?b#c"],
    ["a plus sign is a plus sign", "/users/a+b%2Bc", "a+b+c"],
    ["spaces and emoji are decoded", "/users/a%20%F0%9F%8C%9E", "a 🌞"],
    ["a malformed encoding stays as it was sent", "/users/100%", "100%"],
    ["what is no UTF-8 stays as it was sent", "/users/%FF%41", "%FF%41"],
    ["what is well-formed beside it is decoded", "/users/%zz-%41", "%zz-A"],
  ])("%s", async (_, target, id) => {
    const { event } = await eventOf(wire("GET", target));
    expect(event.pathParameters).toEqual({ id });
    expect(event.rawPath).toBe(`/users/${id}`);
  });

  test("a literal segment is found though it was sent encoded", async () => {
    expect((await eventOf(wire("GET", "/%75sers/me"))).operation).toBe("me");
  });
});

describe("the event has payload format 2.0", () => {
  test("it describes the request", async () => {
    const { event } = await eventOf(
      wire("POST", "/users?page%5Bsize%5D=2&tag=a&tag=b%20c&empty=", {
        rawHeaders: [
          ...["Host", "api.test:80", "User-Agent", "probe/1", "Content-Type", "application/json; charset=utf-8"],
          ...["X-Twice", "1", "x-twice", "2", "Cookie", "a=1; b=2", "cookie", "c=3", "Connection", "keep-alive"],
          ...["X-Forwarded-For", "203.0.113.9"],
        ],
        body: Buffer.from('{"a":"é"}'),
      }),
    );
    const { requestContext } = event;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "POST /users",
      rawPath: "/users",
      rawQueryString: "page%5Bsize%5D=2&tag=a&tag=b%20c&empty=",
      cookies: ["a=1", "b=2", "c=3"],
      headers: {
        host: "api.test:80",
        "user-agent": "probe/1",
        "content-type": "application/json; charset=utf-8",
        "x-twice": "1,2",
        "x-forwarded-for": "203.0.113.9, 127.0.0.1",
        "x-forwarded-port": "3000",
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { "page[size]": "2", tag: "a,b c", empty: "" },
      requestContext,
      body: '{"a":"é"}',
      isBase64Encoded: false,
    });
    expect(requestContext).toMatchObject({
      domainName: "api.test:80",
      http: { method: "POST", path: "/users", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "probe/1" },
      routeKey: "POST /users",
      stage: "$default",
    });
    expect(requestContext.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(new Date(requestContext.timeEpoch).toUTCString()).toContain(requestContext.time.slice(12, 20));
  });

  test("what a request lacks is absent", async () => {
    const { event } = await eventOf(wire("GET", "/users"));
    expect(Object.keys(event)).not.toEqual(
      expect.arrayContaining(["cookies", "queryStringParameters", "pathParameters", "body"]),
    );
    expect(event.isBase64Encoded).toBe(false);
  });

  test.each([
    ["application/json", false],
    ["APPLICATION/JSON; charset=utf-8", false],
    ["text/plain", false],
    ["application/xml", false],
    ["application/x-www-form-urlencoded", true],
    ["multipart/form-data; boundary=x", true],
    ["application/octet-stream", true],
    ["image/png", true],
    [undefined, true],
  ])("a body of type %s is base64-encoded: %s", async (type, encoded) => {
    const rawHeaders = type === undefined ? [] : ["Content-Type", type];
    const { event } = await eventOf(wire("POST", "/users", { rawHeaders, body: Buffer.from("a=1") }));
    expect([event.isBase64Encoded, event.body]).toEqual([encoded, encoded ? "YT0x" : "a=1"]);
  });

  test("bytes that are no UTF-8 arrive unharmed though they are called JSON", async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const { event } = await eventOf(wire("POST", "/users", { rawHeaders: ["Content-Type", "application/json"], body }));
    expect(Buffer.from(event.body ?? "", "base64")).toEqual(body);
  });
});

describe("a function's answer becomes the response", () => {
  test("status, headers, cookies and body are taken over", async () => {
    const { status, headers, body } = await answerTo({
      statusCode: 201,
      headers: { "Content-Type": "text/csv", "X-Count": 2 },
      cookies: ["a=1", "b=2"],
      body: "a,b",
    });
    expect([status, body.toString()]).toEqual([201, "a,b"]);
    expect(headers.filter(([name]) => name !== "apigw-requestid")).toEqual([
      ["content-type", "text/csv"],
      ["x-count", "2"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
  });

  test("a base64 body is decoded", async () => {
    const { body } = await answerTo({ statusCode: 200, body: "/w==", isBase64Encoded: true });
    expect(body).toEqual(Buffer.from([0xff]));
  });

  test("a body without a type is plain text", async () => {
    const { headers } = await answerTo({ statusCode: 200, body: "hello" });
    expect(headers).toContainEqual(["content-type", "text/plain;charset=UTF-8"]);
  });

  test.each([
    ["a string", "hello", "hello"],
    ["an object without a status", { hello: 1 }, '{"hello":1}'],
    ["an array", [1], "[1]"],
    ["nothing", undefined, "null"],
  ])("%s is itself the body of a 200", async (_, result, expected) => {
    const { status, headers, body } = await answerTo(result);
    expect([status, body.toString()]).toEqual([200, expected]);
    expect(headers).toContainEqual(["content-type", "application/json"]);
  });

  test.each([
    ["an impossible status", { statusCode: 42 }],
    ["a status that is no number", { statusCode: "fine" }],
    ["a body that is no string", { statusCode: 200, body: { a: 1 } }],
    ["a header that cannot be sent", { statusCode: 200, headers: { a: "line\nbreak" } }],
  ])("%s is a 500 of the gateway", async (_, result) => {
    const { status, body } = await answerTo(result);
    expect([status, body.toString()]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  test("a function that throws is a 500 that says nothing, and its fault is reported", async () => {
    const fault = new Error("secret");
    const reported: unknown[] = [];
    const throwing = gateway(
      table,
      async () => {
        throw fault;
      },
      (error) => reported.push(error),
    );
    const { status, body } = await throwing(wire("GET", "/users"));
    expect([status, body.toString(), reported]).toEqual([500, '{"message":"Internal Server Error"}', [fault]]);
  });
});

describe("browsers of any origin may call", () => {
  const origin = ["Origin", "https://shop.example"];

  test("a preflight is answered on any path without asking a function", async () => {
    const asked: string[] = [];
    const answer = gateway(table, async (operation) => asked.push(operation));
    const { status, headers, body } = await answer(
      wire("OPTIONS", "/any/path", { rawHeaders: [...origin, "Access-Control-Request-Method", "PATCH"] }),
    );
    const named = Object.fromEntries(headers);
    expect([status, body.length, asked]).toEqual([204, 0, []]);
    expect(named["access-control-allow-origin"]).toBe("*");
    expect(named["access-control-allow-methods"]).toBe("GET,POST,PUT,PATCH,DELETE,OPTIONS");
    expect(named["access-control-allow-headers"]?.split(",")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "idempotency-key", "x-smooch-sdk"]),
    );
    expect(Number(named["access-control-max-age"])).toBeGreaterThan(0);
  });

  test("every answer to a request with an origin allows it, and a function has no say in it", async () => {
    const result = { statusCode: 404, headers: { "Access-Control-Allow-Origin": "https://other.example" } };
    const { headers } = await answerTo(result, wire("GET", "/users", { rawHeaders: origin }));
    expect(headers.filter(([name]) => name.startsWith("access-control"))).toEqual([
      ["access-control-allow-origin", "*"],
    ]);
  });

  test("a request without an origin is answered without such headers", async () => {
    const { headers } = await answerTo({ statusCode: 200 });
    expect(headers.map(([name]) => name).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});
