import { describe, expect, inject, test, vi } from "vitest";
import { newPersonal, say } from "../../support/business.ts";
import { unique } from "../../support/unique.ts";
import { newHearing, patience } from "../hearing.ts";
import { attributesOf, bodiesIn, countIn, queueNamed, sqs } from "../miniStack/queues.ts";
import { target } from "../target.ts";

/** What becomes of events in the account: their queues and dead letters. `answers` has what receivers hear. */

const cloud = inject("cloud");
const server = target();
const hearsMessages = () => newHearing(server, ["conversation:message"]);

describe.concurrent("in the account", () => {
  test("a delivery that is given up after its attempts is a dead letter, without what was said", async () => {
    await using hearing = await hearsMessages();
    const { app, receiver, webhook } = hearing;
    receiver.answerOnce({ status: 503, body: "later" }, { status: 404, body: "never" });
    const QueueUrl = await queueNamed(cloud, "EventsDeadLetters");
    const { user, conversationId } = await newPersonal(app);
    const text = unique("text");
    await say(app, conversationId, text, user.id);
    const [event] = await hearing.hears(1);
    const letters: string[] = [];
    await vi.waitFor(async () => {
      letters.push(...(await bodiesIn(cloud, QueueUrl)).filter((body) => body.includes(webhook.id)));
      expect(letters).toHaveLength(1);
    }, patience);
    expect(JSON.parse(letters[0] ?? "")).toMatchObject({
      ...{ appId: app.id, webhookId: webhook.id, event: { id: event?.id, type: "conversation:message", payload: {} } },
      attempts: [{ status: 503 }, { status: 404 }],
    });
    expect(letters[0]).not.toMatch(new RegExp(`${text}|later|never`));
  });

  test("both queues of events are empty when everything has been told", async () => {
    await using hearing = await hearsMessages();
    const { user, conversationId } = await newPersonal(hearing.app);
    await say(hearing.app, conversationId, "Hello", user.id);
    await hearing.records("delivered");
    for (const name of ["EventsFirst", "EventsLater"]) {
      const QueueUrl = await queueNamed(cloud, name);
      await vi.waitFor(async () => expect(await countIn(cloud, QueueUrl)).toBe(0), patience);
    }
  });

  test("an event that the worker reports as failed comes back, holds up no other, and is a dead letter in the end", async () => {
    await using hearing = await hearsMessages();
    const QueueUrl = await queueNamed(cloud, "EventsFirst");
    const before = await attributesOf(cloud, QueueUrl, "RedrivePolicy", "VisibilityTimeout");
    const redrive: object = JSON.parse(before.RedrivePolicy ?? "");
    // Two tries with seconds between them instead of three hours.
    const RedrivePolicy = JSON.stringify({ ...redrive, maxReceiveCount: 2 });
    await sqs(cloud, "SetQueueAttributes", { QueueUrl, Attributes: { RedrivePolicy, VisibilityTimeout: "5" } });
    try {
      const unreadable = unique("no JSON");
      const names = { MessageGroupId: unreadable, MessageDeduplicationId: unreadable };
      await sqs(cloud, "SendMessage", { QueueUrl, MessageBody: unreadable, ...names });
      const { user, conversationId } = await newPersonal(hearing.app);
      await say(hearing.app, conversationId, "Meanwhile", user.id);
      await hearing.records("delivered");
      const letters = await queueNamed(cloud, "EventsFirstDeadLetters");
      await vi.waitFor(async () => expect(await bodiesIn(cloud, letters)).toContain(unreadable), patience);
    } finally {
      await sqs(cloud, "SetQueueAttributes", { QueueUrl, Attributes: before });
    }
  });

  test("a Lambda as the stack makes it does not call this machine, whatever the target of a webhook is", async () => {
    await using hearing = await hearsMessages();
    const pinged = await hearing.app.api.post(`${hearing.path}/ping`);
    expect(pinged).toMatchObject({
      status: 200,
      body: { delivery: { status: "failed", error: "target not allowed" } },
    });
    expect(hearing.receiver.received).toEqual([]);
  });
});
