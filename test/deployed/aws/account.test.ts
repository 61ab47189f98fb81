import { expect, inject, test, vi } from "vitest";
import { channelSample } from "../../../lib/local/channelSamples.ts";
import { connect, deliver, onlyPerson, peopleOf, type TestIntegration, textsOf } from "../../support/channelPeople.ts";
import { channels } from "../../support/channels.ts";
import { call } from "../miniStack/cloud.ts";
import { leftovers } from "../miniStack/leftovers.ts";
import { target } from "../target.ts";

/** What the deployed stack does that no caller sees: its resources, and its queue with its worker. */

const cloud = inject("cloud");
const server = target();

/** For what a queue does by itself. */
const patience = { timeout: 120_000, interval: 250 };

/** The URL of a queue of the stack, by the construct's path without slashes. */
async function queueNamed(path: string): Promise<string> {
  const { QueueUrls } = await call<{ QueueUrls: readonly string[] }>(cloud, "sqs", "AmazonSQS.ListQueues", {});
  const found = QueueUrls.find((url) => url.includes(`-${path}`));
  if (found === undefined) throw new Error(`There is no queue ${path}.`);
  return found;
}

/** Counts the messages in a queue, those that a worker holds included. */
async function countIn(QueueUrl: string): Promise<number> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
  const { Attributes } = await call<{ Attributes: Readonly<Record<string, string>> }>(
    cloud,
    "sqs",
    "AmazonSQS.GetQueueAttributes",
    { QueueUrl, AttributeNames: names },
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/** Writes what `channelWebhook` puts into the queue if a person's text cannot be stored. */
function queuedText(appId: string, bot: TestIntegration, text: string): string {
  const person = { id: "99", name: "Ann", text, messageId: "8" };
  const now = new Date();
  const sample = channelSample("telegram", {
    credentials: bot.credentials,
    publicUrl: bot.webhookUrl,
    now,
    person,
  });
  const request = {
    method: "POST",
    publicUrl: bot.webhookUrl,
    query: new URLSearchParams(),
    headers: sample.headers,
    rawBody: Buffer.from(sample.body),
    receivedAt: now,
  };
  const [event] = channels.telegram.parse(request, bot.credentials).events;
  return JSON.stringify({ requestId: "1", appId, integrationId: bot.id, event, receivedAt: now, reason: "Test" });
}

test("the account holds every kind of resource that the stage has, so that what is left is noticed", async () => {
  const kinds = new Set((await leftovers(cloud)).map((one) => one.split(" ")[0]));
  const ofDev = ["api", "distribution", "lambda", "logGroup", "queue", "role", "rule", "secret", "source", "stack"];
  expect([...kinds].toSorted()).toEqual([...ofDev, "table"]);
});

test("an event that waits in the queue is stored by the worker that the queue invokes, once", async () => {
  const app = await server.newApp();
  const bot = await connect(app, "telegram");
  const QueueUrl = await queueNamed("DeliveriesQueue");
  const MessageBody = queuedText(app.id, bot, "From the queue");
  for (let time = 0; time < 2; time++) await call(cloud, "sqs", "AmazonSQS.SendMessage", { QueueUrl, MessageBody });
  await vi.waitFor(async () => expect(await countIn(QueueUrl)).toBe(0), patience);
  expect(textsOf(await onlyPerson(server, app))).toEqual(["From the queue"]);
});

test("a genuine delivery without a sender is acknowledged, and is a dead letter that holds it", async () => {
  const app = await server.newApp();
  const bot = await connect(app, "telegram");
  const QueueUrl = await queueNamed("DeliveriesDeadLetters");
  const message = { message_id: 9, chat: { id: 5, type: "private" }, date: 1_784_000_000, text: "From nobody" };
  expect((await deliver(server, bot, { update_id: 9, message })).status).toBe(200);
  const { Messages } = await call<{ Messages: readonly { Body: string }[] }>(cloud, "sqs", "AmazonSQS.ReceiveMessage", {
    QueueUrl,
    MaxNumberOfMessages: 10,
  });
  // Other tests have dead letters, too.
  const [letter] = Messages.map(({ Body }) => JSON.parse(Body)).filter(({ appId }) => appId === app.id);
  expect(letter).toMatchObject({ integrationId: bot.id, reason: "no sender", pieces: [{ text: "From nobody" }] });
  expect(await peopleOf(server, app)).toEqual([]);
});
