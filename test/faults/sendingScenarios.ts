import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSBatchResponse } from "aws-lambda";
import { afterAll, expect } from "vitest";
import { apiUrlVariable, variable } from "../../lib/api/environment.ts";
import { openDb } from "../../lib/db/db.ts";
import { readSent } from "../../lib/db/items/sentItem.ts";
import { sentKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { conversationsOf } from "../support/business.ts";
import type { Reply } from "../support/caller.ts";
import { startReceiver } from "../support/startReceiver.ts";
import type { Attempt, Scenario } from "./scenarios.ts";

const provider = await startReceiver();
const folder = mkdtempSync(join(tmpdir(), "sunroom-held-tasks-"));
afterAll(async () => {
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});
process.env[variable.channelQueueUrl] = pathToFileURL(folder).href;
process.env[apiUrlVariable("telegram")] = provider.url;
/** The texts that the provider refuses the next time. */
const refusing = new Set<string>();
provider.answer(({ body }) => {
  const { text } = JSON.parse(body);
  return refusing.delete(text) ? 503 : { body: JSON.stringify({ ok: true, result: { message_id: 1 } }) };
});

/** Hands a task to the Lambda: what it fails at comes again. */
async function handTo(task: ChannelTask): Promise<Reply> {
  const handle = await importFunction("callChannels");
  const record = {
    ...{ messageId: task.id, receiptHandle: task.id, body: JSON.stringify(task) },
    attributes: { ApproximateReceiveCount: "1" },
  };
  // What a worker answers, by its contract with Lambda.
  const answer = (await handle({ Records: [record] }, { getRemainingTimeInMillis: () => 240_000 })) as SQSBatchResponse;
  return { status: answer.batchItemFailures.length === 0 ? 200 : 500, headers: {}, text: "", body: undefined };
}

/** Sends a message to a person on a channel, which takes it, or refuses it once. */
const message =
  (isRefused: boolean): Scenario =>
  async (stage): Promise<Attempt> => {
    const { app } = stage;
    await stage.write(1, 1, "Hello");
    const userId = await stage.userOnTelegram(1);
    const [conversationId = ""] = await conversationsOf(app, userId);
    // In letters alone: digits may happen to be a card's number, which is masked.
    const text = `We are open, ${app.id.replace(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "")}.`;
    const messageId = await stage.say(conversationId, text);
    const { body } = await app.api.get<{ clients: [{ id: string }] }>(`${stage.rest}/users/${userId}/clients`);
    const clientId = body.clients[0].id;
    const task: ChannelTask = {
      ...{ kind: "message", id: messageId, appId: app.id, group: conversationId, queuedAt: new Date().toISOString() },
      ...{ conversationId, messageId, userId, clientId },
    };
    if (isRefused) refusing.add(text);
    return {
      call: () => handTo(task),
      told: [200],
      async settled() {
        const db = openDb(stage.server.tableName, stage.server.endpoint);
        const item = await getItem(db, sentKey(app.id, conversationId, messageId, clientId));
        expect(item && readSent(item)).toMatchObject({ answered: 1, outcome: { kind: "accepted" } });
        expect(provider.received.some((request) => request.body.includes(text))).toBe(true);
      },
    };
  };

/** The scenarios of what is sent to people on channels: an interruption loses no message. */
export const sendingScenarios = {
  callChannels: {
    "a message": message(false),
    "a message that is refused once": message(true),
  },
};
