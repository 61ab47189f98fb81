import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventQueue } from "../../lib/aws/eventQueue.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { type AwsAnswer, type AwsService, startAwsService } from "../support/startAwsService.ts";

const delivery = (id: string, more: Partial<QueuedDelivery> & { text?: string } = {}): QueuedDelivery => {
  const { text = "Hi", ...rest } = more;
  return {
    id,
    appId: "app",
    webhookId: "webhook",
    event: { id: `event-${id}`, type: "conversation:message", createdAt: new Date(0).toISOString(), payload: { text } },
    userIds: ["user"],
    orderedBy: "conversation",
    queuedAt: new Date(1).toISOString(),
    attempts: [],
    ...rest,
  };
};

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

describe("the queues of SQS", () => {
  let service: AwsService;
  let answer: (index: number) => AwsAnswer;
  beforeEach(async () => {
    answer = () => ({ body: { MessageId: "1" } });
    service = await startAwsService((_, index) => answer(index));
    vi.stubEnv("AWS_REGION", "eu-west-1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    service.close();
  });
  const urls = () => ({
    first: `${service.endpoint}/1/first.fifo`,
    later: `${service.endpoint}/1/later`,
    dead: `${service.endpoint}/1/dead`,
  });
  const entries = (index = 0) => service.calls[index]?.input.Entries as readonly Entry[];

  test("are sent deliveries in batches of ten, in order, each under its own id", async () => {
    const deliveries = Array.from({ length: 23 }, (_, index) => delivery(String(index)));
    await eventQueue(urls()).send(deliveries);
    expect(service.calls.map(({ target, input }) => [target, input.QueueUrl])).toEqual(
      Array(3).fill(["AmazonSQS.SendMessageBatch", urls().first]),
    );
    expect([0, 1, 2].map((index) => entries(index).length)).toEqual([10, 10, 3]);
    const sent = [0, 1, 2].flatMap(entries);
    expect(sent.map(({ MessageBody }) => JSON.parse(MessageBody))).toEqual(deliveries);
    expect(sent.map((entry) => entry.MessageDeduplicationId)).toEqual(deliveries.map(({ id }) => id));
    for (const index of [0, 1, 2]) expect(new Set(entries(index).map(({ Id }) => Id)).size).toBe(entries(index).length);
  });

  test("keep a conversation's order at one target, and let eight of others go beside it", async () => {
    const conversations = Array.from({ length: 60 }, (_, index) => `conversation-${index}`);
    await eventQueue(urls()).send(
      ["webhook", "other"].flatMap((webhookId) =>
        [...conversations, ...conversations].map((orderedBy, index) =>
          delivery(`${webhookId}${index}`, { webhookId, orderedBy }),
        ),
      ),
    );
    const groups = service.calls.flatMap((_, index) => entries(index)).map(({ MessageGroupId }) => MessageGroupId);
    expect(groups.slice(0, 60)).toEqual(groups.slice(60, 120));
    const names = (webhook: string) => Array.from({ length: 8 }, (_, bucket) => `${webhook}-${bucket}`);
    expect([...new Set(groups)].sort()).toEqual([...names("other"), ...names("webhook")]);
  });

  test("are sent large deliveries in batches of half of what a batch may hold", async () => {
    await eventQueue(urls()).send(["1", "2", "3", "4"].map((id) => delivery(id, { text: "x".repeat(200 * 1024) })));
    expect([0, 1].map((index) => entries(index).length)).toEqual([2, 2]);
  });

  test("are sent nothing where there is nothing", async () => {
    await eventQueue(urls()).send([]);
    expect(service.calls).toEqual([]);
  });

  test("have to take every message: what they refuse of a batch is an error that names the reasons, not the content", async () => {
    answer = () => ({
      body: {
        Successful: [{ Id: "0" }],
        Failed: [{ Id: "1", Code: "InternalError", Message: "Hi", SenderFault: false }],
      },
    });
    await expect(eventQueue(urls()).send([delivery("1"), delivery("2")])).rejects.toThrow(
      /^The queue refused 1 of 2 messages: InternalError$/,
    );
  });

  test("are sent a further attempt with its delay, and what failed for good without", async () => {
    await eventQueue(urls()).sendLater(delivery("1"), 39.2);
    await eventQueue(urls()).bury(delivery("2"));
    expect(service.calls.map(({ target, input }) => [target, input.QueueUrl, input.DelaySeconds])).toEqual([
      ["AmazonSQS.SendMessage", urls().later, 40],
      ["AmazonSQS.SendMessage", urls().dead, undefined],
    ]);
    expect(service.calls.map(({ input }) => JSON.parse(String(input.MessageBody)))).toEqual([
      delivery("1"),
      delivery("2"),
    ]);
  });

  test("are sent no character that SQS refuses, and yet every text as it was", async () => {
    const text = "\u0000\u0007\u000b\u001f\ud800\ufffe\uffff\u{1ffff}é\u007f\u0085";
    await eventQueue(urls()).send([delivery("1", { text })]);
    await eventQueue(urls()).sendLater(delivery("1", { text }), 1);
    const bodies = [entries()[0]?.MessageBody ?? "", String(service.calls[1]?.input.MessageBody)];
    for (const body of bodies) {
      // Source: the API reference of SQS, SendMessage, "MessageBody".
      expect(body).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      expect(JSON.parse(body)).toEqual(delivery("1", { text }));
    }
  });
});

describe("the queues in folders", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sunroom-events-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const url = (name: string) => pathToFileURL(join(folder, name)).href;
  const queue = () => eventQueue({ first: url("first"), later: url("later"), dead: url("dead") });
  const files = (name: string) => readdirSync(join(folder, name)).sort();
  const messages = (name: string, file: string): { id: string; group: string; body: string }[] =>
    JSON.parse(readFileSync(join(folder, name, file), "utf8"));

  test("keep what is sent at once in one file, for its owner alone, and files in the order of their sending", async () => {
    const queued = queue();
    for (const ids of [["1", "2"], ["3"], ["4"]]) await queued.send(ids.map((id) => delivery(id)));
    await queued.send([]);
    expect(files("first")).toHaveLength(3);
    const kept = files("first").map((file) => messages("first", file));
    expect(kept.map((sent) => sent.map(({ id }) => id))).toEqual([["1", "2"], ["3"], ["4"]]);
    expect(kept[0]?.map(({ body }) => JSON.parse(body))).toEqual([delivery("1"), delivery("2")]);
    expect(kept[0]?.[0]?.group).toMatch(/^webhook-[0-7]$/);
    expect(statSync(join(folder, "first", files("first")[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  test("name the time at which a further attempt is due", async () => {
    const before = Date.now();
    await queue().sendLater(delivery("1"), 40);
    await queue().bury(delivery("2"));
    const [later = ""] = files("later");
    expect(Number(later.split("-")[0])).toBeGreaterThanOrEqual(before + 40_000);
    expect(Number(later.split("-")[0])).toBeLessThanOrEqual(Date.now() + 40_000);
    expect(messages("later", later).map(({ id }) => id)).toEqual(["1"]);
    expect(messages("dead", files("dead")[0] ?? "").map(({ id }) => id)).toEqual(["2"]);
  });
});

test("without a queue nothing is sent, which is an error", async () => {
  const none = eventQueue({ first: undefined, later: undefined, dead: undefined });
  const reason = "This Lambda has no such queue of events.";
  await expect(none.send([delivery("1")])).rejects.toThrow(reason);
  await expect(none.sendLater(delivery("1"), 1)).rejects.toThrow(reason);
  await expect(none.bury(delivery("1"))).rejects.toThrow(reason);
});
