import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { channelQueue } from "../../lib/aws/channelQueue.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { type AwsAnswer, type AwsService, startAwsService } from "../support/startAwsService.ts";

const task = (id: string, group = "conversation-client"): ChannelTask => ({
  id,
  appId: "app",
  group,
  queuedAt: new Date(1).toISOString(),
  kind: "message",
  conversationId: "conversation",
  messageId: `message-${id}`,
  userId: "user",
  clientId: "client",
});

describe("the queues of SQS", () => {
  let service: AwsService;
  let answer: () => AwsAnswer;
  beforeEach(async () => {
    answer = () => ({ body: {} });
    service = await startAwsService(() => answer());
    vi.stubEnv("AWS_REGION", "eu-west-1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    service.close();
  });
  const urls = () => ({ tasks: `${service.endpoint}/1/tasks.fifo`, dead: `${service.endpoint}/1/dead.fifo` });

  test("are sent tasks in batches of ten, in order, each in its group and under its own id", async () => {
    const tasks = Array.from({ length: 12 }, (_, index) => task(String(index), `group-${index % 3}`));
    await channelQueue(urls()).send(tasks);
    expect(service.calls.map(({ target, input }) => [target, input.QueueUrl])).toEqual(
      Array(2).fill(["AmazonSQS.SendMessageBatch", urls().tasks]),
    );
    const entries = service.calls.flatMap(({ input }) => input.Entries as Readonly<Record<string, string>>[]);
    expect(entries.map(({ MessageBody = "" }) => JSON.parse(MessageBody))).toEqual(tasks);
    expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual(tasks.map(({ group }) => group));
    expect(entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual(tasks.map(({ id }) => id));
  });

  test("have to take every task, else it is an error", async () => {
    answer = () => ({ body: { Failed: [{ Id: "0", Code: "InternalError" }] } });
    await expect(channelQueue(urls()).send([task("1")])).rejects.toThrow(
      "The queue refused 1 of 1 messages: InternalError",
    );
    await expect(channelQueue(urls()).bury(task("1"))).rejects.toThrow("The queue refused 1 of 1");
  });

  test.each([
    [2.1, 3],
    [0, 0],
    [-1, 0],
    [300, 300],
    [86_400, 43_080],
  ])("hold a task for %d seconds: SQS is asked for %d", async (seconds, asked) => {
    await channelQueue(urls()).hold("receipt", seconds);
    expect(service.calls.map(({ target, input }) => [target, input])).toEqual([
      [
        "AmazonSQS.ChangeMessageVisibility",
        { QueueUrl: urls().tasks, ReceiptHandle: "receipt", VisibilityTimeout: asked },
      ],
    ]);
  });

  test("say so when a task can no longer be held", async () => {
    answer = () => ({ status: 400, body: { __type: "com.amazonaws.sqs#ReceiptHandleIsInvalid" } });
    await expect(channelQueue(urls()).hold("receipt", 2)).rejects.toThrow("ReceiptHandleIsInvalid (400)");
  });

  test("keep what failed by a fault of ours, in its group", async () => {
    await channelQueue(urls()).bury(task("1"));
    expect(service.calls.map(({ input }) => [input.QueueUrl, input.Entries])).toEqual([
      [
        urls().dead,
        [
          {
            Id: "0",
            MessageBody: JSON.stringify(task("1")),
            MessageGroupId: "conversation-client",
            MessageDeduplicationId: "1",
          },
        ],
      ],
    ]);
  });
});

describe("the queues in folders", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sunroom-tasks-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const url = (name: string) => pathToFileURL(join(folder, name)).href;
  const queue = () => channelQueue({ tasks: url("tasks"), dead: url("dead") });
  const files = (name: string) => readdirSync(join(folder, name)).sort();

  test("keep what is sent at once in one file, and what failed in another folder", async () => {
    await queue().send([task("1"), task("2", "other")]);
    await queue().send([]);
    await queue().bury(task("3"));
    const [file = "", ...others] = files("tasks");
    expect(others).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, "tasks", file), "utf8"))).toEqual([
      { id: "1", group: "conversation-client", body: JSON.stringify(task("1")) },
      { id: "2", group: "other", body: JSON.stringify(task("2", "other")) },
    ]);
    expect(files("dead")).toHaveLength(1);
  });

  test("note beside the tasks, for their owner alone, until when one is held, the last word counting", async () => {
    const before = Date.now();
    await queue().hold("17-1-x-0", 300);
    await queue().hold("17-1-x-0", 2);
    expect(files("tasks")).toEqual(["17-1-x-0.held"]);
    const note = join(folder, "tasks", "17-1-x-0.held");
    expect(Number(readFileSync(note, "utf8"))).toBeGreaterThanOrEqual(before + 2_000);
    expect(Number(readFileSync(note, "utf8"))).toBeLessThanOrEqual(Date.now() + 2_000);
    expect(statSync(note).mode & 0o777).toBe(0o600);
  });
});

test("without a queue nothing is sent, which is an error", async () => {
  const none = channelQueue({ tasks: undefined, dead: undefined });
  const reason = "This Lambda has no such queue of tasks at channels.";
  await expect(none.send([task("1")])).rejects.toThrow(reason);
  await expect(none.hold("receipt", 1)).rejects.toThrow(reason);
  await expect(none.bury(task("1"))).rejects.toThrow(reason);
});
