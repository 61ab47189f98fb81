import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { transact } from "../../lib/db/transact.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { createTable, deleteTable } from "../../lib/local/createTable.ts";
import { canRun, startEngine } from "../../lib/local/engine.ts";
import { caller } from "../support/caller.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { startProxy } from "../support/startProxy.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "sunroom-"));
afterEach(() => rmSync(dataDirectory, { recursive: true, force: true }));

const item = { pk: "a", sk: "b" };

/** Any call of DynamoDB's API. */
const call = (endpoint: string, action: string, body: object) =>
  caller(endpoint).post("/", JSON.stringify(body), {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${action}`,
    authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=, Signature=",
    "x-amz-date": "20260101T000000Z",
  });

describe("the engine", () => {
  test("keeps what was written, in its directory, when it is stopped and started again", async () => {
    const first = await startEngine({ dataDirectory });
    await createTable(first.endpoint, "kept");
    await putItem(openDb("kept", first.endpoint), item);
    await first.stop();
    const second = await startEngine({ dataDirectory });
    await createTable(second.endpoint, "kept");
    expect(await getItem(openDb("kept", second.endpoint), item)).toEqual(item);
    await second.stop();
  });

  test("is the one at the endpoint when that is given", async () => {
    const endpoint = engineEndpoint();
    expect(await startEngine({ endpoint })).toMatchObject({ endpoint });
  });

  test("an endpoint where nothing answers is named", async () => {
    const endpoint = "http://127.0.0.1:9";
    await expect(startEngine({ endpoint })).rejects.toThrow(
      "DYNAMODB_ENDPOINT is http://127.0.0.1:9, but nothing answers there.",
    );
  });

  test("an endpoint that is no URL is named", async () => {
    await expect(startEngine({ endpoint: "localhost:8000" })).rejects.toThrow('DYNAMODB_ENDPOINT is "localhost:8000"');
  });
});

describe.runIf(canRun("dynamodbLocal"))("DynamoDB Local", () => {
  test("keeps what was written before its data was kept apart by access key", async () => {
    const only = "dynamodbLocal" as const;
    const before = await startEngine({ only, dataDirectory });
    await createTable(before.endpoint, "kept");
    await putItem(openDb("kept", before.endpoint), item);
    await before.stop();
    renameSync(join(dataDirectory, "local_local.db"), join(dataDirectory, "shared-local-instance.db"));
    const after = await startEngine({ only, dataDirectory, accessKey: "a".repeat(64) });
    expect(await getItem(openDb("kept", after.endpoint), item)).toEqual(item);
    await after.stop();
  });
});

describe("the embedded engine", () => {
  test.runIf(process.platform === "linux")("listens at another address of this machine each time", async () => {
    const engines = await Promise.all([startEngine(), startEngine()]);
    const hosts = engines.map(({ endpoint }) => new URL(endpoint).hostname);
    expect(new Set([...hosts, "127.0.0.1"]).size).toBe(3);
    await Promise.all(engines.map((engine) => engine.stop()));
  });

  test("bills a transacted item as two write units, as AWS does", async () => {
    const endpoint = engineEndpoint();
    await createTable(endpoint, "billed");
    const proxy = await startProxy(endpoint);
    await transact(openDb("billed", proxy.endpoint), { one: { put: item }, other: { put: { ...item, sk: "c" } } });
    expect(proxy.units).toEqual({ read: 0, write: 4 });
    await proxy.close();
  });
});

describe("the table", () => {
  test("is created once, whoever asks at the same time", async () => {
    const endpoint = engineEndpoint();
    await Promise.all([createTable(endpoint, "once"), createTable(endpoint, "once")]);
    await putItem(openDb("once", endpoint), item);
    await createTable(endpoint, "once");
    expect(await getItem(openDb("once", endpoint), item)).toEqual(item);
  });

  test("is empty after it was deleted and created again", async () => {
    const endpoint = engineEndpoint();
    await createTable(endpoint, "anew");
    await putItem(openDb("anew", endpoint), item);
    await deleteTable(endpoint, "anew");
    await deleteTable(endpoint, "anew");
    await createTable(endpoint, "anew");
    expect(await getItem(openDb("anew", endpoint), item)).toBeUndefined();
  });

  test("has no stream unless that is asked for: in memory, the embedded engine slows down with each of its records", async () => {
    const endpoint = engineEndpoint();
    await createTable(endpoint, "unread");
    const { body } = await call(endpoint, "DescribeTable", { TableName: "unread" });
    expect(body).toMatchObject({ Table: { TableName: "unread" } });
    expect(body).not.toMatchObject({ Table: { StreamSpecification: expect.anything() } });
  });

  test("with a stream of other content is refused with the way out", async () => {
    const endpoint = engineEndpoint();
    await createTable(endpoint, "other-stream");
    const StreamSpecification = { StreamEnabled: true, StreamViewType: "KEYS_ONLY" };
    await call(endpoint, "UpdateTable", { TableName: "other-stream", StreamSpecification });
    await expect(createTable(endpoint, "other-stream", { streamed: true })).rejects.toThrow(
      'The stream of the table "other-stream" has no images of its items; switch it off.',
    );
    await createTable(endpoint, "other-stream");
  });

  test("of another shape is refused with the way out", async () => {
    const endpoint = engineEndpoint();
    const made = await call(endpoint, "CreateTable", {
      TableName: "other-shape",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    });
    expect(made.status).toBe(200);
    await expect(createTable(endpoint, "other-shape")).rejects.toThrow('"npm start -- --fresh"');
  });

  test("is not looked for at what is no DynamoDB", async () => {
    const web = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => web.once("listening", resolve));
    const address = web.address();
    const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    await expect(createTable(endpoint, "any")).rejects.toThrow(`What answers at ${endpoint} does not answer as`);
    web.close();
  });
});
