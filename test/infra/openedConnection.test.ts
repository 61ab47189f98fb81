import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer as createSilentServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFunctions } from "../../lib/infra/bundling/bundle.ts";
import { answerJson, certificate, startServer } from "../support/dynamodbServer.ts";

const directory = mkdtempSync(join(tmpdir(), "sunroom-opened-"));
const entry = (operation: string) => join(directory, operation, "index.mjs");
const accountKey = { id: `act_${"0".repeat(24)}`, secret: "s".repeat(43) };
const event = {
  version: "2.0",
  routeKey: "GET /v2/apps",
  rawPath: "/v2/apps",
  rawQueryString: "",
  headers: {
    host: "abc123.execute-api.eu-west-1.amazonaws.com",
    authorization: `Basic ${Buffer.from(`${accountKey.id}:${accountKey.secret}`).toString("base64")}`,
  },
  requestContext: {
    http: { method: "GET", path: "/v2/apps", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "" },
    requestId: "1",
    routeKey: "GET /v2/apps",
  },
  isBase64Encoded: false,
};

beforeAll(async () => void (await bundleFunctions(["listApps", "getOpenApi"], directory)));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Loads the Lambda as its runtime does, in a process with its environment, says so, and then lets it answer a request. */
async function start(endpoint: string): Promise<string> {
  const code = `
    const { handler } = await import(${JSON.stringify(entry("listApps"))});
    console.log("loaded");
    const { statusCode } = await handler(${JSON.stringify(event)}, { awsRequestId: "1" });
    console.log(statusCode);
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    env: {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      NODE_EXTRA_CA_CERTS: certificate,
      TABLE_NAME: "table",
      ACCOUNT_KEY_ID: accountKey.id,
      ACCOUNT_KEY_SECRET: accountKey.secret,
      LOG: "terminal",
    },
  });
  return stdout;
}

test("a Lambda with a table opens its connection while it is loaded, and its first request goes over it", async () => {
  await using server = await startServer((_received, _index, response) => answerJson(response, { Items: [] }), {
    tls: true,
  });
  expect(await start(server.endpoint)).toBe("loaded\n200\n");
  const [first, ...others] = server.received;
  // Nothing is read and nothing is signed for it: a health check, which DynamoDB answers anybody.
  expect(first).toMatchObject({ method: "GET", path: "/", body: "" });
  expect(first?.headers.authorization).toBeUndefined();
  expect(others.map(({ headers }) => headers["x-amz-target"])).toEqual(["DynamoDB_20120810.Query"]);
  expect(server.connections()).toBe(1);
});

test("a Lambda is loaded where nothing answers, and its request tries by itself", async () => {
  const silent = createSilentServer((socket) => {
    socket.destroy();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  expect(await start(`https://127.0.0.1:${port}`)).toMatch(/^loaded\n[\s\S]*500\n$/);
  silent.close();
});

test("a Lambda without a table is loaded in the same way, and opens none", async () => {
  const entries = ["listApps", "getOpenApi"].map((operation) => readFileSync(entry(operation), "utf8"));
  expect(entries.map((text) => text.includes("openConnections"))).toEqual([true, false]);
  const { handler } = await import(entry("getOpenApi"));
  expect(await handler(event, { awsRequestId: "1" })).toMatchObject({ statusCode: 200 });
});
