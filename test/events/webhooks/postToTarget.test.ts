import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { postToTarget, type TargetAccess } from "../../../lib/events/webhooks/postToTarget.ts";
import { certificate } from "../../support/dynamodbServer.ts";
import { startReceiver } from "../../support/startReceiver.ts";

const receiver = await startReceiver();
afterAll(receiver.close);

const local: TargetAccess = { range: "loopback" };
const body = Buffer.from('{"events":[{"text":"ünï \u2028"}]}');
const headers = { "content-type": "application/json", "x-api-key": "a secret" };
const post = (target = `${receiver.url}/events`, access: Partial<TargetAccess> = {}) =>
  postToTarget(target, headers, body, { ...local, ...access });
const at = (...addresses: readonly string[]) =>
  addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("a target", () => {
  test("gets exactly the given bytes, headers, path and query, and its answer is told", async () => {
    receiver.answerOnce({ status: 202, body: "thank you" });
    const answer = await post(`${receiver.url}/events?key=value`);
    expect(answer).toEqual({
      status: 202,
      answer: "thank you",
      retryAfter: undefined,
      milliseconds: expect.any(Number),
    });
    const received = receiver.received.at(-1);
    expect(received).toMatchObject({ method: "POST", path: "/events?key=value" });
    expect(received?.headers).toMatchObject({
      ...headers,
      host: `127.0.0.1:${receiver.port}`,
      "content-length": String(body.length),
      connection: "close",
    });
    expect(received?.bytes.equals(body)).toBe(true);
  });

  test.each([301, 302, 303, 307, 308])("that redirects by %i is not followed", async (status) => {
    const count = receiver.received.length;
    receiver.answerOnce({ status, headers: { location: "http://169.254.169.254/latest/meta-data" } });
    expect(await post()).toMatchObject({ status });
    expect(receiver.received).toHaveLength(count + 1);
  });

  test("that asks for a pause is heard", async () => {
    receiver.answerOnce({ status: 429, headers: { "retry-after": "17" } });
    expect(await post()).toMatchObject({ status: 429, retryAfter: "17" });
  });

  test("that answers too long a body is read up to a bound, and left", async () => {
    receiver.answerOnce("endless");
    expect(await post()).toMatchObject({ status: 200, answer: "x".repeat(1024) });
    receiver.answerOnce({ body: "y".repeat(5_000_000) });
    expect(await post()).toMatchObject({ status: 200, answer: "y".repeat(1024) });
  });

  test.each([
    ["no text", Buffer.from([0xff, 0xfe, 0x00])],
    ["a compressed text", gzipSync("hello")],
    ["a text with control characters", "hello\u0000"],
    ["nothing", ""],
  ])("that answers %s has an answer without a text", async (_, answered) => {
    receiver.answerOnce({ body: answered });
    expect(await post()).toMatchObject({ status: 200, answer: undefined });
  });

  test("that answers a text which is cut within a character is told up to that", async () => {
    receiver.answerOnce({ body: `a${"é".repeat(1000)}` });
    expect(await post()).toMatchObject({ answer: `a${"é".repeat(511)}` });
  });

  test("that resets the connection after it read the request has no answer", async () => {
    const count = receiver.received.length;
    receiver.answerOnce("reset");
    expect(await post()).toMatchObject({ error: "connection reset" });
    expect(receiver.received).toHaveLength(count + 1);
  });

  test.each(["hang", "stuck"] as const)("that does not end its answer (%s) is given up", async (reaction) => {
    receiver.answerOnce(reaction);
    const answer = await post(undefined, { milliseconds: 200 });
    expect(answer).toEqual({ error: "timeout", milliseconds: expect.any(Number) });
    expect(answer.milliseconds).toBeGreaterThanOrEqual(190);
  });

  test("that answers slowly is waited for", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.answerOnce({ status: 200, after: promise });
    const count = receiver.received.length;
    const posted = post();
    await receiver.has(count + 1);
    resolve();
    expect(await posted).toMatchObject({ status: 200 });
  });

  test("that does not listen refuses", async () => {
    const gone = await startReceiver();
    await gone.close();
    expect(await post(gone.url)).toMatchObject({ error: "connection refused" });
  });

  test.each([
    ["speaks no HTTP", "220 mail.example ESMTP\r\n"],
    ["changes the protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
    ["answers endless headers", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`],
  ])("that %s has no valid answer", async (_, answered) => {
    const server = createServer((socket) => void socket.on("data", () => socket.write(answered)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ error: "invalid answer" });
    server.close();
  });

  test("that cuts its answer off has none", async () => {
    const server = createServer(
      (socket) => void socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}`)).toMatchObject({ error: "connection reset" });
    server.close();
  });

  test("whose name is never resolved is given up, too", async () => {
    const answer = await post("http://receiver.example", {
      milliseconds: 50,
      resolve: () => new Promise(() => undefined),
    });
    expect(answer).toMatchObject({ error: "timeout" });
  });

  test("that is no URL fails without a word of it", async () => {
    expect(await post("http://")).toMatchObject({ error: "connection failed" });
  });
});

describe("the connection", () => {
  test("goes to the address that was checked, though the name has another one a moment later", async () => {
    const trap = await startReceiver();
    const answers = [at("127.0.0.1"), at("169.254.169.254"), at("10.0.0.1")];
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      return answers.shift() ?? [];
    };
    const answer = await post(`http://receiver.example:${trap.port}/`, { resolve });
    expect(answer).toMatchObject({ status: 200 });
    expect(asked).toEqual(["receiver.example"]);
    expect(trap.received[0]?.headers.host).toBe(`receiver.example:${trap.port}`);
    // The next attempt checks the name anew.
    expect(await post(`http://receiver.example:${trap.port}/`, { resolve })).toMatchObject({
      error: "target not allowed",
    });
    expect(trap.received).toHaveLength(1);
    await trap.close();
  });

  test("tries every address that was checked", async () => {
    const resolve = async () => at("::1", "127.0.0.1");
    expect(await post(`http://receiver.example:${receiver.port}/`, { resolve })).toMatchObject({ status: 200 });
  });

  test.each(["http://127.0.0.1", "http://[::1]", "http://localhost", "http://2130706433", "http://[::ffff:7f00:1]"])(
    "to %s is not made unless loopback is allowed",
    async (origin) => {
      const count = receiver.received.length;
      expect(await post(`${origin}:${receiver.port}/`, { range: "public" })).toMatchObject({
        error: "target not allowed",
      });
      expect(receiver.received).toHaveLength(count);
    },
  );

  test("goes over IPv6, too", async () => {
    const six = await startReceiver({ host: "::1" });
    expect(await post(six.url)).toMatchObject({ status: 200 });
    await six.close();
  });
});

describe("TLS", () => {
  test("is verified: a certificate of an unknown authority, or of another name, is refused before a byte is sent", async () => {
    const secure = await startReceiver({ tls: true });
    const ca = readFileSync(certificate);
    expect(await post(secure.url)).toMatchObject({ error: "certificate refused" });
    const resolve = async () => at("127.0.0.1");
    expect(await post(`https://other.example:${secure.port}`, { ca, resolve })).toMatchObject({
      error: "certificate refused",
    });
    expect(secure.received).toEqual([]);
    expect(await post(secure.url, { ca })).toMatchObject({ status: 200 });
    expect(secure.received).toHaveLength(1);
    await secure.close();
  });

  test("is asked of a target that has none in vain", async () => {
    expect(await post(`https://127.0.0.1:${receiver.port}`)).toMatchObject({
      error: expect.stringMatching(/^connection/),
    });
  });
});
