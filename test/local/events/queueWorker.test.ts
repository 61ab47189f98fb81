import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { channelQueue } from "../../../lib/aws/channelQueue.ts";
import { eventQueue } from "../../../lib/aws/eventQueue.ts";
import type { PacedLoop } from "../../../lib/local/events/pacedLoop.ts";
import { startQueueWorker } from "../../../lib/local/events/queueWorker.ts";
import type { ChannelTask } from "../../../lib/model/channelCall.ts";
import type { QueuedDelivery } from "../../../lib/model/events/webhookDelivery.ts";

let folder: string;
let workers: PacedLoop[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sunroom-events-"));
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  rmSync(folder, { recursive: true, force: true });
});
const soon = { timeout: 60_000, interval: 5 };
const place = (name: string) => join(folder, name);
const files = (name: string) => (existsSync(place(name)) ? readdirSync(place(name)).sort() : []);

const queue = () => {
  const url = (name: string) => pathToFileURL(place(name)).href;
  return eventQueue({ first: url("first"), later: url("later"), dead: url("dead") });
};
/** A delivery to a webhook, whose first word is its conversation. */
const delivery = (id: string): QueuedDelivery => ({
  id,
  appId: "app",
  webhookId: "webhook",
  event: { id, type: "conversation:message", createdAt: new Date(0).toISOString(), payload: {} },
  userIds: [],
  orderedBy: id.split(" ")[0] ?? "",
  queuedAt: new Date(0).toISOString(),
  attempts: [],
});
const send = (...ids: readonly string[]) => queue().send(ids.map(delivery));

/** A Lambda that writes down the ids that it is given, and does with each batch what the test says. */
function worker(handle: (ids: readonly string[], event: SQSEvent) => Promise<readonly string[]> = async () => []) {
  const calls: string[][] = [];
  const work = async (event: SQSEvent) => {
    const idOf = (body: string) => (JSON.parse(body) as QueuedDelivery).id;
    const ids = event.Records.map(({ body }) => idOf(body));
    calls.push(ids);
    const failed = await handle(ids, event);
    return {
      batchItemFailures: event.Records.filter(({ body }) => failed.includes(idOf(body))).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  };
  return { work, calls, seen: () => calls.flat() };
}
const start = (work: (event: SQSEvent) => Promise<unknown>, name: "first" | "later" = "first"): PacedLoop => {
  const one = startQueueWorker({ folder: place(name), ordered: name === "first", work, deadLetters: place("dead") });
  workers.push(one);
  return one;
};

/** A gate at which a Lambda waits until the test opens it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("the ordered queue in a folder", () => {
  test("hands on what is there and what comes, and removes a file when all of it is done", async () => {
    const { opened, open } = gate();
    const { work, seen } = worker(async (ids) => {
      if (ids.includes("b 1")) await opened;
      return [];
    });
    await send("a 1", "b 1");
    const running = start(work);
    await vi.waitFor(() => expect(seen().sort()).toEqual(["a 1", "b 1"]), soon);
    await send("a 2");
    running.kick();
    await vi.waitFor(() => expect(files("first")).toHaveLength(1), soon);
    expect(seen().sort()).toEqual(["a 1", "a 2", "b 1"]);
    open();
    await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
  });

  test("gives the messages in the form of a record of SQS", async () => {
    const events: SQSEvent[] = [];
    const { work } = worker(async (_, event) => {
      events.push(event);
      return [];
    });
    await send("a 1");
    start(work);
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(events[0]?.Records).toEqual([
      expect.objectContaining({
        messageId: expect.any(String),
        eventSource: "aws:sqs",
        attributes: expect.objectContaining({
          MessageGroupId: expect.stringMatching(/^webhook-[0-7]$/),
          MessageDeduplicationId: "a 1",
          ApproximateReceiveCount: "1",
        }),
      }),
    ]);
    expect(JSON.parse(events[0]?.Records[0]?.body ?? "")).toEqual(delivery("a 1"));
  });

  test("keeps the order of a group, one batch at a time, while others go on", async () => {
    const { opened, open } = gate();
    let slowCalls = 0;
    let most = 0;
    const { work, seen } = worker(async (ids) => {
      if (!ids[0]?.startsWith("slow ")) return [];
      most = Math.max(most, ++slowCalls);
      await opened;
      slowCalls--;
      return [];
    });
    const numbers = Array.from({ length: 25 }, (_, index) => index);
    // Two conversations in different groups.
    const [slow = "", quick = ""] = ["slow", "quick"];
    for (const number of numbers) await send(`${slow} ${number}`, `${quick} ${number}`);
    start(work);
    await vi.waitFor(() => expect(seen().filter((id) => id.startsWith(quick))).toHaveLength(25), soon);
    expect(seen().filter((id) => id.startsWith(slow))).toHaveLength(10);
    open();
    await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
    for (const name of [slow, quick])
      expect(seen().filter((id) => id.startsWith(name))).toEqual(numbers.map((number) => `${name} ${number}`));
    expect(most).toBe(1);
  });

  test("runs a bounded number of groups at a time", async () => {
    const { opened, open } = gate();
    let now = 0;
    let most = 0;
    const { work, seen } = worker(async () => {
      most = Math.max(most, ++now);
      await opened;
      now--;
      return [];
    });
    const webhooks = Array.from({ length: 160 }, (_, index) => `webhook${index}`);
    await queue().send(webhooks.map((webhookId) => ({ ...delivery(webhookId), webhookId })));
    start(work);
    await vi.waitFor(() => expect(now).toBe(100), soon);
    open();
    await vi.waitFor(() => expect(seen()).toHaveLength(160), soon);
    expect(most).toBe(100);
  });

  test("drops what it had within five minutes, as a queue of type FIFO does", async () => {
    const { work, seen } = worker();
    await send("a 1", "a 2", "a 1");
    await send("a 2");
    start(work);
    await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
    expect(seen()).toEqual(["a 1", "a 2"]);
  });

  test("tries again what failed, before what is behind it", async () => {
    let failures = 1;
    const { work, calls } = worker(async (ids) => (ids.includes("a 1") && failures-- > 0 ? ["a 1", "a 2"] : []));
    await send("a 1", "a 2");
    start(work);
    await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
    expect(calls).toEqual([
      ["a 1", "a 2"],
      ["a 1", "a 2"],
    ]);
  });

  test("keeps what was in the Lambda's hands when the process ended", async () => {
    const hanging = worker(() => new Promise(() => {}));
    await send("a 1");
    await send("a 2");
    start(hanging.work);
    await vi.waitFor(() => expect(hanging.seen()).toEqual(["a 1", "a 2"]), soon);
    expect(files("first")).toHaveLength(2);
    const { work, seen } = worker();
    start(work);
    await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
    expect(seen()).toEqual(["a 1", "a 2"]);
  });

  test("is held up by no file that cannot be read, which stays, nor by one that is being written; what a killed process left half written is removed", async () => {
    mkdirSync(place("first"));
    writeFileSync(join(place("first"), "1-000000000-a.json"), "[half");
    const written = `${Date.now()}-000000000-b.part`;
    for (const name of [written, "2-000000000-c.part"]) writeFileSync(join(place("first"), name), "[half");
    const faults = vi.spyOn(console, "error").mockImplementation(() => {});
    const { work, seen } = worker();
    await send("a 1");
    start(work);
    await vi.waitFor(() => expect(seen()).toEqual(["a 1"]), soon);
    expect(faults).toHaveBeenCalledExactlyOnceWith(expect.any(SyntaxError));
    faults.mockRestore();
    await vi.waitFor(() => expect(files("first")).toEqual(["1-000000000-a.json", written]), soon);
  });
});

describe("a message on which the Lambda fails each time", () => {
  test("is kept among the dead letters after five times, and what is behind it goes on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { work, seen } = worker(async (ids) => ids.filter((id) => id === "a bad"));
    await send("a bad", "a good");
    start(work);
    while (files("first").length > 0) {
      await vi.advanceTimersByTimeAsync(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    vi.useRealTimers();
    expect(seen().filter((id) => id === "a bad")).toHaveLength(5);
    expect(seen()).toContain("a good");
    const [file = ""] = files("dead");
    expect(JSON.parse(readFileSync(join(place("dead"), file), "utf8"))).toEqual([
      { id: "a bad", group: expect.any(String), body: JSON.stringify(delivery("a bad")) },
    ]);
  });
});

describe("the queue of further attempts in a folder", () => {
  test("hands on what is due, each by itself, and what is not due stays", async () => {
    const { opened, open } = gate();
    const { work, seen } = worker(async (ids) => {
      if (ids.includes("a 1")) await opened;
      return [];
    });
    await queue().sendLater(delivery("a 1"), 0);
    await queue().sendLater(delivery("a 2"), 900);
    await queue().sendLater(delivery("a 3"), 0);
    // An attempt after an attempt has the same id.
    await queue().sendLater(delivery("a 3"), 0);
    start(work, "later");
    await vi.waitFor(() => expect(seen().sort()).toEqual(["a 1", "a 3", "a 3"]), soon);
    open();
    await vi.waitFor(() => expect(files("later")).toHaveLength(1), soon);
  });

  test("hands on each at its time", async () => {
    const { work, seen } = worker();
    start(work, "later");
    const from = Date.now();
    await queue().sendLater(delivery("a 1"), 1);
    await vi.waitFor(() => expect(seen()).toEqual(["a 1"]), soon);
    expect(Date.now() - from).toBeGreaterThanOrEqual(1_000);
  });
});

test("no message is lost or handed out twice where many come while others are done", async () => {
  const faults = vi.spyOn(console, "error");
  const { work, seen } = worker();
  const running = start(work);
  const ids = Array.from({ length: 500 }, (_, index) => `${index % 40} ${index}`);
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (const id of ids.filter((_, index) => index % 8 === writer)) {
      await send(id);
      running.kick();
    }
  });
  await Promise.all(writers);
  await vi.waitFor(() => expect(files("first")).toEqual([]), soon);
  expect([...seen()].sort()).toEqual([...ids].sort());
  expect(faults).not.toHaveBeenCalled();
  faults.mockRestore();
});

describe("a queue whose messages are held", () => {
  const url = (name: string) => pathToFileURL(place(name)).href;
  const tasks = () => channelQueue({ tasks: url("tasks"), dead: url("dead") });
  const taskOf = (id: string): ChannelTask => ({
    id,
    appId: "app",
    group: id.split(" ")[0] ?? "",
    queuedAt: new Date(0).toISOString(),
    kind: "link",
    userId: "user",
    clientId: "client",
  });
  const sendTasks = (...ids: readonly string[]) => tasks().send(ids.map(taskOf));
  const run = (work: (event: SQSEvent) => Promise<unknown>): PacedLoop => {
    const settings = { ordered: true, batchSize: 1, receivesAtMost: 1_000, deadLetters: place("dead") };
    const one = startQueueWorker({ folder: place("tasks"), work, ...settings });
    workers.push(one);
    return one;
  };
  const receiptOf = (event: SQSEvent) => event.Records[0]?.receiptHandle ?? "";
  const countOf = (event: SQSEvent) => Number(event.Records[0]?.attributes.ApproximateReceiveCount);

  test("hands a message that is held out again when its time is over, before those of its group, and no other waits", async () => {
    await sendTasks("a 1", "b 1", "a 2", "b 2");
    const counts: number[] = [];
    let heldUntil = 0;
    let isEarly = false;
    const { work, calls, seen } = worker(async (ids, event) => {
      if (ids[0] !== "a 1") return [];
      counts.push(countOf(event));
      if (counts.length > 1) {
        isEarly = Date.now() < heldUntil;
        return [];
      }
      heldUntil = Date.now() + 2_000;
      await tasks().hold(receiptOf(event), 2);
      return ids;
    });
    run(work);
    await vi.waitFor(() => expect(files("tasks")).toEqual([]), soon);
    expect(calls.every((ids) => ids.length === 1)).toBe(true);
    expect(counts).toEqual([1, 2]);
    expect(isEarly).toBe(false);
    expect(seen().filter((id) => id.startsWith("a"))).toEqual(["a 1", "a 1", "a 2"]);
    expect(seen().indexOf("b 2")).toBeLessThan(seen().lastIndexOf("a 1"));
    expect(files("dead")).toEqual([]);
  });

  test("lets more groups be held than it has calls at a time", async () => {
    const held = Array.from({ length: 150 }, (_, index) => `held${index} 1`);
    await sendTasks(...held);
    const { work, seen } = worker(async (ids, event) => {
      if (!ids[0]?.startsWith("held")) return [];
      await tasks().hold(receiptOf(event), 600);
      return ids;
    });
    const running = run(work);
    await vi.waitFor(() => expect(seen()).toHaveLength(held.length), soon);
    await sendTasks("free 1");
    running.kick();
    await vi.waitFor(() => expect(seen()).toContain("free 1"), soon);
  });

  test("holds a message also after the process began anew, and forgets the notes of those that are done", async () => {
    await sendTasks("a 1", "a 2", "b 1");
    const first = worker(async (ids, event) => {
      if (ids[0] === "a 1") await tasks().hold(receiptOf(event), 600);
      return ids[0] === "a 1" ? ids : [];
    });
    const before = run(first.work);
    await vi.waitFor(() => expect(first.seen()).toEqual(["a 1", "b 1"]), soon);
    await before.stop();
    const [note = ""] = files("tasks").filter((name) => name.endsWith(".held"));
    writeFileSync(join(place("tasks"), "1-000000000-gone-0.held"), "1");
    const second = worker();
    const after = run(second.work);
    await vi.waitFor(() => expect(second.seen()).toEqual(["b 1"]), soon);
    await after.stop();
    expect(files("tasks").filter((name) => name.endsWith(".held"))).toEqual([note]);
    // As if the time were over.
    writeFileSync(join(place("tasks"), note), "1");
    const third = worker();
    run(third.work);
    await vi.waitFor(() => expect(files("tasks")).toEqual([]), soon);
    expect(third.seen().filter((id) => id.startsWith("a"))).toEqual(["a 1", "a 2"]);
  });

  test("hands a message on which the Lambda fails without a hold out again, and often", async () => {
    await sendTasks("a 1");
    const counts: number[] = [];
    const { work } = worker(async (_, event) => {
      counts.push(countOf(event));
      if (counts.length === 1) throw new Error("no table");
      return [];
    });
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    run(work);
    await vi.waitFor(() => expect(files("tasks")).toEqual([]), soon);
    expect(counts).toEqual([1, 2]);
    expect(report).toHaveBeenCalledOnce();
    report.mockRestore();
  });
});
