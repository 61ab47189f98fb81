import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SQSBatchResponse } from "aws-lambda";
import { afterAll } from "vitest";
import { apiUrlVariable } from "../../lib/api/environment.ts";
import { importFunction } from "../../lib/local/server.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { startReceiver } from "./startReceiver.ts";
import { startToldServer } from "./startToldServer.ts";
import { withItsRights } from "./tableAccess.ts";

/** The API of every channel's provider is this receiver, below the channel's name. */
const pathOf = (type: ChannelType): string => `/${type}`;

/**
 * Starts a server whose tasks at channels' providers are worked on when the test says so; every provider is one receiver
 * that records what it gets.
 */
export async function startTaskServer() {
  const provider = await startReceiver();
  afterAll(provider.close);
  for (const type of channelTypes) process.env[apiUrlVariable(type)] = provider.url + pathOf(type);
  const told = await startToldServer();
  const folder = told.tasks;

  /** Takes the tasks that are queued, in their order. */
  const queued = (): readonly ChannelTask[] =>
    readdirSync(folder)
      .filter((name) => !name.endsWith(".held"))
      .sort()
      .flatMap((name) => {
        const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(folder, name), "utf8"));
        rmSync(join(folder, name));
        return messages.map(({ body }): ChannelTask => JSON.parse(body));
      });

  /** Makes an attempt at a task; tells whether it is done with. */
  const attempt = async (task: ChannelTask, received = 1): Promise<boolean> => {
    const callChannels = withItsRights("callChannels", await importFunction("callChannels"));
    const record = {
      messageId: task.id,
      body: JSON.stringify(task),
      receiptHandle: task.id,
      attributes: { ApproximateReceiveCount: String(received) },
    };
    // The answer of a queue's Lambda, by its contract.
    const answer = (await callChannels(
      { Records: [record] },
      { getRemainingTimeInMillis: () => 60_000 },
    )) as SQSBatchResponse;
    return answer.batchItemFailures.length === 0;
  };

  return {
    ...told,
    provider,
    attempt,
    /** Publishes what changed since the last call; answers the tasks that were queued. */
    tasks: async (): Promise<readonly ChannelTask[]> => {
      await told.publish();
      return queued();
    },
    /** Publishes what changed since the last call, and makes an attempt at each task; answers those that are left. */
    work: async (): Promise<readonly ChannelTask[]> => {
      await told.publish();
      const left: ChannelTask[] = [];
      for (const task of queued()) if (!(await attempt(task))) left.push(task);
      return left;
    },
  };
}
