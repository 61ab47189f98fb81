import { expect, inject, test, vi } from "vitest";
import { channelSample } from "../../../lib/local/channelSamples.ts";
import { connect, deliver, onlyPerson, peopleOf, type TestIntegration, textsOf } from "../../support/channelPeople.ts";
import { channels } from "../../support/channels.ts";
import { leftovers } from "../miniStack/leftovers.ts";
import { bodiesIn, countIn, queueNamed, sqs } from "../miniStack/queues.ts";
import { target } from "../target.ts";

/** What the deployed stack does that no caller sees: its resources, and its queue of deliveries with its worker. */

const cloud = inject("cloud");
const server = target();

/** For what a queue does by itself. */
const patience = { timeout: 120_000, interval: 250 };

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
  const ofDev = "api bucket distribution lambda logGroup queue role rule secret source stack table";
  expect([...kinds].toSorted()).toEqual(ofDev.split(" "));
});

test("an event that waits in the queue is stored by the worker that the queue invokes, once", async () => {
  const app = await server.newApp();
  const bot = await connect(app, "telegram");
  const QueueUrl = await queueNamed(cloud, "DeliveriesQueue");
  const MessageBody = queuedText(app.id, bot, "From the queue");
  for (let time = 0; time < 2; time++) await sqs(cloud, "SendMessage", { QueueUrl, MessageBody });
  await vi.waitFor(async () => expect(await countIn(cloud, QueueUrl)).toBe(0), patience);
  expect(textsOf(await onlyPerson(server, app))).toEqual(["From the queue"]);
});

test("a genuine delivery without a sender is acknowledged, and is a dead letter that holds it", async () => {
  const app = await server.newApp();
  const bot = await connect(app, "telegram");
  const QueueUrl = await queueNamed(cloud, "DeliveriesDeadLetters");
  const message = { message_id: 9, chat: { id: 5, type: "private" }, date: 1_784_000_000, text: "From nobody" };
  expect((await deliver(server, bot, { update_id: 9, message })).status).toBe(200);
  // Other tests have dead letters, too.
  const letters = (await bodiesIn(cloud, QueueUrl)).map((body) => JSON.parse(body));
  const [letter] = letters.filter(({ appId }) => appId === app.id);
  expect(letter).toMatchObject({ integrationId: bot.id, reason: "no sender", pieces: [{ text: "From nobody" }] });
  expect(await peopleOf(server, app)).toEqual([]);
});
