import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deliveryQueue } from "../../lib/aws/deliveryQueue.ts";
import { type QueuedEvent, readQueued } from "../../lib/model/events/queuedEvent.ts";
import { type AwsService, startAwsService } from "../support/startAwsService.ts";

const limit = 250 * 1024;

/** An event with so much text, and so much of what the channel sent beside it. */
const queued = (text: number, raw = 0): QueuedEvent => ({
  requestId: "request",
  appId: "app",
  integrationId: "integration",
  event: {
    kind: "message",
    person: { externalId: "1", aliases: ["2"], ...(raw ? { raw: { raw: "r".repeat(raw) } } : {}) },
    messageId: "message",
    content: { type: "text", text: "t".repeat(text) },
    occurredAt: new Date(0),
    ...(raw ? { raw: { raw: "r".repeat(raw) } } : {}),
  },
  receivedAt: new Date(1).toISOString(),
  reason: "TimeoutError",
});
const overhead = Buffer.byteLength(JSON.stringify(queued(0)));

describe("a queue in a folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sunroom-queue-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const queue = () => {
    const url = (name: string) => pathToFileURL(join(folder, name)).href;
    return deliveryQueue({ retry: url("retry"), dead: url("dead") });
  };
  const kept = (name: string) =>
    readdirSync(join(folder, name)).map((file) => {
      expect(file).toMatch(/^\d+-[\w-]+\.json$/);
      return readFileSync(join(folder, name, file), "utf8");
    });

  test("keeps an event whole, as it is read again", async () => {
    expect(await queue().retry(queued(5, 5))).toBe(true);
    expect(kept("retry").map(readQueued)).toEqual([queued(5, 5)]);
    const { occurredAt: _, ...timeless } = queued(5).event as { occurredAt?: Date } & QueuedEvent["event"];
    expect(await queue().park({ ...queued(5), event: timeless })).toBe(true);
    expect(kept("dead").map(readQueued)).toEqual([{ ...queued(5), event: timeless }]);
    // The folder is there by now.
    expect(await queue().park(queued(6))).toBe(true);
    expect(kept("dead")).toHaveLength(2);
  });

  test("does without what a channel sent beside the text, where that is too large", async () => {
    expect(await queue().retry(queued(5, limit))).toBe(true);
    expect(kept("retry").map(readQueued)).toEqual([queued(5)]);
  });

  test("keeps an event up to 250 kB to be tried again, and of a larger one an outline for a human", async () => {
    const largest = queued(limit - overhead);
    expect(await queue().retry(largest)).toBe(true);
    expect(await queue().retry(queued(limit - overhead + 1))).toBe(false);
    expect(kept("retry").map(readQueued)).toEqual([largest]);
    expect(await queue().park(queued(limit - overhead + 1))).toBe(true);
    expect(kept("dead").map((body) => JSON.parse(body))).toEqual([
      { ...queued(0), event: { kind: "message", person: { externalId: "1", aliases: ["2"] } } },
    ]);
  });
});

describe("a queue of SQS", () => {
  let service: AwsService;
  beforeEach(async () => {
    service = await startAwsService(() => ({ body: { MessageId: "1" } }));
    vi.stubEnv("AWS_REGION", "eu-west-1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    service.close();
  });

  test("is sent each event, at the address of its own", async () => {
    const urls = { retry: `${service.endpoint}/1/retry`, dead: `${service.endpoint}/1/dead` };
    expect(await deliveryQueue(urls).retry(queued(5))).toBe(true);
    expect(await deliveryQueue(urls).park(queued(6))).toBe(true);
    expect(service.calls).toMatchObject([
      {
        target: "AmazonSQS.SendMessage",
        input: { QueueUrl: urls.retry },
        headers: { "content-type": "application/x-amz-json-1.0", authorization: expect.stringContaining("/sqs/") },
      },
      { input: { QueueUrl: urls.dead } },
    ]);
    expect(service.calls.map(({ input }) => readQueued(String(input.MessageBody)))).toEqual([queued(5), queued(6)]);
  });

  test("is sent no character that SQS refuses, and yet every text as it was", async () => {
    const content = { type: "text" as const, text: "\u0000\u001f\ud800\ufffe\uffff\u{1ffff}é" };
    const event = { ...queued(0), event: { ...queued(0).event, content } as QueuedEvent["event"] };
    const urls = { retry: `${service.endpoint}/1/retry`, dead: `${service.endpoint}/1/dead` };
    const { event: _, ...unread } = queued(0);
    expect(await deliveryQueue(urls).retry(event)).toBe(true);
    expect(await deliveryQueue(urls).park(event)).toBe(true);
    expect(await deliveryQueue(urls).parkUnread({ ...unread, pieces: [content] })).toBe(true);
    const bodies = service.calls.map(({ input }) => String(input.MessageBody));
    // Source: the API reference of SQS, SendMessage, "MessageBody".
    for (const body of bodies) expect(body).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
    expect(bodies.slice(0, 2).map(readQueued)).toEqual([event, event]);
    expect(JSON.parse(bodies[2] ?? "")).toMatchObject({ pieces: [content] });
  });
});

test("without a queue, nothing can be kept", async () => {
  const none = deliveryQueue({ retry: undefined, dead: undefined });
  expect([await none.retry(queued(1)), await none.park(queued(1))]).toEqual([false, false]);
});
