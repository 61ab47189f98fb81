import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSBatchResponse } from "aws-lambda";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { loadSender } from "../../lib/channels/loadSender.ts";
import { importFunction } from "../../lib/local/server.ts";
import { channelTypes } from "../../lib/model/channel.ts";
import { write } from "../support/channelPeople.ts";
import { officialClient } from "../support/officialClient.ts";
import { answerWell, newChannelChat, report, sendingAccounts, sentBy } from "../support/sendingChannels.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { startSendingServer } from "../support/startSendingServer.ts";
import { newWebhook } from "../support/startToldServer.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { uniqueNumber } from "../support/unique.ts";

/** A whole exchange on each channel: from the person to the business, which hears of it, and back, with its receipts. */

const folder = mkdtempSync(join(tmpdir(), "sunroom-deliveries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
process.env[variable.eventRetryQueueUrl] = pathToFileURL(join(folder, "later")).href;
process.env[variable.eventDeadLetterQueueUrl] = pathToFileURL(join(folder, "dead")).href;
process.env[variable.webhookTargets] = "loopback";
const { server, provider, publish, work } = await startSendingServer();
const receiver = await startReceiver();
afterAll(receiver.close);

/** Publishes what changed, and delivers the events to their webhooks as the Lambda does. */
async function deliverEvents(): Promise<void> {
  const lambda = withItsRights("deliverEvents", await importFunction("deliverEvents"));
  const Records = (await publish()).map((delivery, index) => ({
    messageId: `m${index}`,
    body: JSON.stringify(delivery),
  }));
  // The answer of a queue's Lambda, by its contract.
  const answer = (await lambda({ Records }, { getRemainingTimeInMillis: () => 240_000 })) as SQSBatchResponse;
  expect(answer.batchItemFailures).toEqual([]);
}

test.each(channelTypes)(
  "a person writes on %s, the business answers, and all of it is told and listed",
  async (type) => {
    const app = await server.newApp();
    const { secret } = await newWebhook(app, {
      target: `${receiver.url}/${app.id}`,
      triggers: [
        ...["conversation:create", "conversation:message", "conversation:read"],
        ...["channel", "user", "failure"].map((end) => `conversation:message:delivery:${end}`),
      ] as never,
    });
    await publish();
    const requests = () => receiver.received.filter(({ path }) => path === `/${app.id}`);
    const heard = () => requests().flatMap(({ body }): { type: string; payload: object }[] => JSON.parse(body).events);

    // The person writes: the business hears it.
    const chat = await newChannelChat(server, app, type);
    await deliverEvents();
    expect(heard().map((event) => event.type)).toEqual(["conversation:create", "conversation:message"]);
    expect(heard()[1]?.payload).toMatchObject({
      conversation: { id: chat.conversationId },
      message: {
        author: { type: "user", userId: chat.userId },
        content: { text: "Hello from here" },
        source: { type },
      },
    });

    // The business answers: the provider gets it.
    const client = officialClient(server.url, app.key);
    const { messages } = await client<{ messages: [{ id: string }] }>(
      "MessagesApi.postMessage",
      app.id,
      chat.conversationId,
      { author: { type: "business" }, content: { type: "text", text: "Good morning" } },
    );
    const [{ id: messageId }] = messages;
    await deliverEvents();
    const externalId = String(8e15 + uniqueNumber());
    provider.answer((request) => answerWell(request, externalId));
    const before = provider.received.length;
    expect(await work()).toMatchObject([{ done: true }]);
    const [request, ...others] = provider.received.slice(before);
    expect(others).toEqual([]);
    expect(request && sentBy(request)).toEqual({ personId: chat.personId, text: "Good morning" });
    expect(request).toMatchObject({ headers: sendingAccounts[type].proof(chat.fields).headers ?? {} });

    // The provider reports, twice each: the business hears it once.
    const states: string[] = [];
    const now = new Date();
    for (const state of ["delivered", "delivered", "read", "read"] as const) {
      const reply = await report(server, chat, externalId, { state, now });
      if (reply === undefined) continue;
      expect(reply.status).toBeLessThan(300);
      states.push(state);
      await deliverEvents();
    }
    await deliverEvents();
    const { reports } = await loadSender(type);
    expect(states.length > 0).toBe(reports);
    const wasRead = states.includes("read");
    expect(heard().map((event) => event.type)).toEqual([
      ...[
        "conversation:create",
        "conversation:message",
        "conversation:message",
        "conversation:message:delivery:channel",
      ],
      ...(reports ? ["conversation:message:delivery:user"] : []),
      ...(wasRead ? ["conversation:read"] : []),
    ]);
    const destination = { type, integrationId: chat.account.id };
    const told = { conversation: { id: chat.conversationId }, message: { id: messageId }, destination };
    expect(heard()[3]?.payload).toMatchObject({ ...told, isFinalEvent: !reports });
    if (reports) expect(heard()[4]?.payload).toMatchObject({ ...told, isFinalEvent: true });

    // The person answers, and everything is in one conversation.
    await write(server, chat.account, { id: chat.personId, text: "Thank you" });
    await deliverEvents();
    expect(heard().at(-1)).toMatchObject({
      type: "conversation:message",
      payload: { conversation: { id: chat.conversationId }, message: { content: { text: "Thank you" } } },
    });
    const list = await client<{ messages: { author: { type: string }; content: { text: string } }[] }>(
      "MessagesApi.listMessages",
      app.id,
      chat.conversationId,
      {},
    );
    expect(list.messages.map(({ author, content }) => `${author.type}: ${content.text}`)).toEqual([
      ...["user: Hello from here", "business: Good morning", "user: Thank you"],
    ]);
    const verifier = new Verifier(`whsec_${Buffer.from(secret).toString("base64")}`);
    for (const { headers, body } of requests()) verifier.verify(body, headers as Record<string, string>);
  },
);
