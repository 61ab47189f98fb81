import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LeanClientConfig, leanClient } from "../../../lib/db/dynamodb/leanClient.ts";
import { answerJson, errorBody, startServer } from "../../support/dynamodbServer.ts";

/** The patience of a test that waits for its end. */
const impatient = { connectionTimeout: 5_000, requestTimeout: 60 };
/** The same where what is answered must be answered in time, on a busy machine too. */
const patient = { connectionTimeout: 5_000, requestTimeout: 500 };

/** A client with the settings of a caller. */
const client = (endpoint: string, more: Partial<LeanClientConfig> = {}) =>
  leanClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 },
    ...more,
  });
const get = () => new GetItemCommand({ TableName: "table", Key: { pk: { S: "p" } } });
const put = () => new PutItemCommand({ TableName: "table", Item: { pk: { S: "p" } } });
const found = { Item: { pk: { S: "p" } } };

// The pause before the next attempt is of random length: here it is none.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** What goes wrong with an exchange. */
const faults: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "a reset before the answer": (response) => void response.socket?.resetAndDestroy(),
  "a connection closed without an answer": (response) => void response.socket?.destroy(),
  "an answer cut off within its length": (response) =>
    void response.writeHead(200, { "content-length": "100" }).write('{"Item":', () => response.socket?.destroy()),
  "an answer cut off between its chunks": (response) =>
    void response.writeHead(200).write('{"Item":', () => response.socket?.resetAndDestroy()),
  "an answer without a length that ends early": (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"Item":{"pk":{"S":');
  },
  "an answer of nothing": (response) => void response.writeHead(200).end(),
  "an answer that is no object": (response) => void response.writeHead(200).end("null"),
  "status 500": (response) => answerJson(response, errorBody("InternalServerError"), { status: 500 }),
  "a page of HTML with status 503": (response) => void response.writeHead(503).end("<html>Unavailable</html>"),
  throttling: (response) => answerJson(response, errorBody("ThrottlingException"), { status: 400 }),
  "more than the table is provisioned for": (response) =>
    answerJson(response, errorBody("ProvisionedThroughputExceededException"), { status: 400 }),
  "status 429": (response) => answerJson(response, errorBody("Anything"), { status: 429 }),
  "a conflict between replicas": (response) =>
    answerJson(response, errorBody("ReplicatedWriteConflictException"), { status: 400 }),
};

describe.each(Object.entries(faults))("%s", (_name, fault) => {
  test("is survived by another attempt", async () => {
    await using server = await startServer((_received, index, response) =>
      index < 3 ? fault(response) : answerJson(response, found),
    );
    const answer = await client(server.endpoint).send(get());
    expect(answer).toMatchObject({ ...found, $metadata: { attempts: 4, httpStatusCode: 200, requestId: "request" } });
    expect(server.received.map(({ headers }) => headers["amz-sdk-request"])).toEqual(
      [1, 2, 3, 4].map((attempt) => `attempt=${attempt}; max=4`),
    );
    expect(new Set(server.received.map(({ headers }) => headers["amz-sdk-invocation-id"])).size).toBe(1);
  });

  test("is an error when no attempt is left", async () => {
    await using server = await startServer((_received, _index, response) => fault(response));
    await expect(client(server.endpoint, { maxAttempts: 2 }).send(put())).rejects.toBeInstanceOf(Error);
    expect(server.received).toHaveLength(2);
  });
});

test("what DynamoDB refuses is not asked again", async () => {
  await using server = await startServer((_received, _index, response) =>
    answerJson(response, errorBody("ValidationException"), { status: 400 }),
  );
  await expect(client(server.endpoint).send(put())).rejects.toMatchObject({ name: "ValidationException" });
  expect(server.received).toHaveLength(1);
});

test("an answer that is no HTTP is an error, as it is for the AWS SDK", async () => {
  await using server = await startServer((_received, _index, response) => {
    response.socket?.end("SSH-2.0-OpenSSH\r\n\r\n");
  });
  await expect(client(server.endpoint).send(get())).rejects.toMatchObject({ code: expect.stringMatching(/^HPE_/) });
  expect(server.received).toHaveLength(1);
});

test("a transaction that is sent again is the same to DynamoDB: its body does not change", async () => {
  await using server = await startServer((_received, index, response) =>
    index < 2 ? void response.socket?.destroy() : answerJson(response, {}),
  );
  await client(server.endpoint).send(
    new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: "t", Item: {} } }] }),
  );
  expect(server.received).toHaveLength(3);
  expect(new Set(server.received.map(({ body }) => body)).size).toBe(1);
});

describe("patience", () => {
  const silences: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "a server that says nothing": () => undefined,
    "a server that stops after the head of its answer": (response) => response.writeHead(200).flushHeaders(),
    "a server that stops within its answer": (response) => void response.writeHead(200).write('{"Item":'),
  };
  test.each(Object.entries(silences))("ends with %s, and another attempt is made", async (_name, silence) => {
    await using server = await startServer((_received, index, response) =>
      index === 0 ? silence(response) : answerJson(response, found),
    );
    const lean = client(server.endpoint, { requestHandler: patient });
    expect(await lean.send(get())).toMatchObject(found);
    await using silent = await startServer((_received, _index, response) => silence(response));
    const never = client(silent.endpoint, { requestHandler: impatient, maxAttempts: 2 }).send(get());
    await expect(never).rejects.toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
    expect(silent.received).toHaveLength(2);
  });

  test.each(["http", "https"])("ends with a proxy that takes %s connections and answers nothing", async (protocol) => {
    const proxy = createServer(() => undefined);
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const lean = client(`${protocol}://127.0.0.1:${port}`, { requestHandler: impatient, maxAttempts: 2 });
    await expect(lean.send(get())).rejects.toMatchObject({ name: "TimeoutError" });
    proxy.close();
    lean.destroy();
  });

  test("ends with a host that cannot be reached", async () => {
    const lean = client("http://192.0.2.1:9", { requestHandler: { connectionTimeout: 60, requestTimeout: 60_000 } });
    await expect(lean.send(get())).rejects.toMatchObject({
      code: expect.stringMatching(/^(ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|EACCES|EPERM)$/),
    });
  });

  test("does not end while this process stands still: what was answered meanwhile is read", async () => {
    await using server = await startServer((_received, _index, response) => {
      answerJson(response, found);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * impatient.requestTimeout);
    });
    expect(await client(server.endpoint, { requestHandler: impatient }).send(get())).toMatchObject(found);
    expect(server.received).toHaveLength(1);
  });

  test("ends for one request, and not for those that are answered beside it", async () => {
    await using server = await startServer(({ body }, _index, response) => {
      if (!body.includes("silent")) answerJson(response, found);
    });
    const lean = client(server.endpoint, { requestHandler: patient, maxAttempts: 1 });
    const silent = lean.send(new GetItemCommand({ TableName: "silent", Key: {} }));
    const others = Array.from({ length: 20 }, () => lean.send(get()));
    await expect(silent).rejects.toMatchObject({ name: "TimeoutError" });
    for (const answer of await Promise.all(others)) expect(answer).toMatchObject(found);
  });
});

describe("the connections", () => {
  test("are kept: one after the other, requests need one", async () => {
    await using server = await startServer((_received, _index, response) => answerJson(response, found));
    const lean = client(server.endpoint);
    for (let turn = 0; turn < 20; turn++) await lean.send(get());
    expect(server.connections()).toBe(1);
  });

  test("are at most fifty, for which further requests wait", async () => {
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    await using server = await startServer(async (_received, index, response) => {
      most = Math.max(most, ++open);
      // The first fifty are answered when all of them are there.
      if (index < 49) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const go of waiting.splice(0)) go();
      open--;
      answerJson(response, found);
    });
    const lean = client(server.endpoint);
    const answers = await Promise.all(Array.from({ length: 120 }, () => lean.send(get())));
    expect(answers).toHaveLength(120);
    expect([most, server.connections()]).toEqual([50, 50]);
  });

  test("that the server closed meanwhile are made anew", async () => {
    await using server = await startServer((_received, index, response) => {
      answerJson(response, found);
      if (index === 0) response.socket?.end();
    });
    const lean = client(server.endpoint);
    for (let turn = 0; turn < 3; turn++) expect(await lean.send(get())).toMatchObject(found);
    expect(server.connections()).toBe(2);
  });
});

describe("the clock", () => {
  const hour = 3_600_000;
  const realStart = Date.now() - performance.now();
  afterEach(() => void vi.useRealTimers());

  /** What AWS does with a request by its date, where its own clock is so far ahead of the real one. */
  const aheadBy = (offset: number, headers: Record<string, string> = {}) =>
    startServer((received, _index, response) => {
      const date = new Date(realStart + performance.now() + offset);
      const [, year, month, day, hours, minutes, seconds] =
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(received.headers["x-amz-date"])) ?? [];
      const signed = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
      const far = Math.abs(signed - date.getTime()) > 300_000;
      const body = far ? errorBody("InvalidSignatureException") : found;
      answerJson(response, body, { status: far ? 400 : 200, headers: { date: date.toUTCString(), ...headers } });
    });

  test.each([hour, -hour])(
    "is the server's where this one is off by %i ms, from the second attempt on",
    async (off) => {
      await using server = await aheadBy(off);
      const lean = client(server.endpoint);
      // At once, so that each finds out by itself.
      expect(await Promise.all([lean.send(get()), lean.send(put())])).toHaveLength(2);
      expect(server.received).toHaveLength(4);
      await lean.send(get());
      expect(server.received).toHaveLength(5);
    },
  );

  test("is set again when this machine's is", async () => {
    await using server = await aheadBy(0);
    const lean = client(server.endpoint);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hour });
    await lean.send(get());
    vi.useRealTimers();
    await lean.send(get());
    expect(server.received).toHaveLength(4);
    await lean.send(get());
    expect(server.received).toHaveLength(5);
  });

  test("is not a cache's, whose answers are old", async () => {
    await using server = await aheadBy(hour, { age: "60" });
    await expect(client(server.endpoint).send(get())).rejects.toMatchObject({ name: "InvalidSignatureException" });
    expect(server.received).toHaveLength(1);
  });

  test("is no reason to ask again where DynamoDB did what was asked", async () => {
    const date = new Date(Date.now() + hour).toUTCString();
    await using server = await startServer((_received, _index, response) =>
      answerJson(response, errorBody("ConditionalCheckFailedException"), { status: 400, headers: { date } }),
    );
    await expect(client(server.endpoint).send(put())).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
    });
    expect(server.received).toHaveLength(1);
  });
});

describe("what a request is signed with", () => {
  test("is asked for anew when credentials expire", async () => {
    await using server = await startServer((_received, _index, response) => answerJson(response, found));
    let turn = 0;
    const credentials = async () => {
      turn++;
      // The AWS SDK asks again for those that end within five minutes.
      const expiration = new Date(Date.now() + 1_000);
      return {
        accessKeyId: `KEY${turn}`,
        secretAccessKey: `secret${turn}`,
        sessionToken: `session${turn}`,
        expiration,
      };
    };
    const lean = client(server.endpoint, { credentials });
    await lean.send(get());
    await lean.send(get());
    const keys = server.received.map(({ headers }) => /Credential=(\w+)\//.exec(headers.authorization ?? "")?.[1]);
    const tokens = server.received.map(({ headers }) => headers["x-amz-security-token"]);
    expect(new Set(keys).size).toBe(2);
    expect(tokens).toEqual(keys.map((key) => key?.replace("KEY", "session")));
  });

  test("is asked for again after it could not be had", async () => {
    await using server = await startServer((_received, _index, response) => answerJson(response, found));
    const region = vi.fn(async () => "eu-west-1");
    region.mockRejectedValueOnce(new Error("No region yet"));
    const lean = client(server.endpoint, { region });
    await expect(lean.send(get())).rejects.toThrow("No region yet");
    expect(await lean.send(get())).toMatchObject(found);
  });
});

test("the AWS SDK's retry strategy is told when the server asks for patience", async () => {
  await using server = await startServer((_received, index, response) =>
    index === 0
      ? answerJson(response, errorBody("ThrottlingException"), { status: 400, headers: { "x-amz-retry-after": "20" } })
      : answerJson(response, found),
  );
  const lean = client(server.endpoint);
  const strategy = await lean.config.retryStrategy();
  if (!("refreshRetryTokenForRetry" in strategy)) throw new Error("The strategy of the AWS SDK is another.");
  const refresh = vi.spyOn(strategy, "refreshRetryTokenForRetry");
  await lean.send(get());
  expect(refresh.mock.calls[0]?.[1]).toMatchObject({ errorType: "THROTTLING", retryAfterHint: expect.any(Date) });
});
