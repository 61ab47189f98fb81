import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import { afterAll } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { eventFilter } from "../../lib/api/eventFilter.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { streamApi } from "../../lib/local/events/streamApi.ts";
import { streamReader } from "../../lib/local/events/streamReader.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { Webhook } from "../../lib/model/events/webhook.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { newIntegration } from "./business.ts";
import { startTestServer, type TestApp } from "./startTestServer.ts";
import { withItsRights } from "./tableAccess.ts";

/**
 * Starts a server on a table with a stream, whose changes are published when the test says so.
 * @param settings `endpoint` puts a proxy between server and engine
 */
export async function startToldServer(settings: { readonly endpoint?: string } = {}) {
  const [folder, tasks] = ["events", "tasks"].map((name) => mkdtempSync(join(tmpdir(), `sunroom-${name}-`))) as [
    string,
    string,
  ];
  afterAll(() => [folder, tasks].forEach((one) => void rmSync(one, { recursive: true, force: true })));
  process.env[variable.eventQueueUrl] = pathToFileURL(folder).href;
  process.env[variable.channelQueueUrl] = pathToFileURL(tasks).href;
  const server = await startTestServer({ streamed: true, ...settings });
  const api = streamApi(server.endpoint);
  afterAll(api.close);
  const streamArn = (await api.findStream(server.tableName)) ?? "";
  const reader = streamReader(api, { streamArn, shards: {} }, 1_000);

  /** Reads the records of what changed since the last call, as the Lambda gets them. */
  const records = async (): Promise<readonly DynamoDBRecord[]> => {
    const all: DynamoDBRecord[] = [];
    const take = async (page: readonly DynamoDBRecord[]) => {
      all.push(...page);
      return page.at(-1)?.dynamodb?.SequenceNumber;
    };
    while ((await reader.read(take)) !== "nothing");
    return all.filter((record) => matchesFilter(record, eventFilter));
  };

  /** Takes the deliveries that are queued. */
  const queued = (): readonly QueuedDelivery[] =>
    readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(folder, name), "utf8"));
        rmSync(join(folder, name));
        return messages.map(({ body }): QueuedDelivery => JSON.parse(body));
      });

  /** Gives records to the Lambda; answers what it queued, and the numbers of records that failed. */
  const publishThese = async (some: readonly DynamoDBRecord[]) => {
    const publishEvents = withItsRights("publishEvents", await importFunction("publishEvents"));
    // The answer of a stream's Lambda, by its contract.
    const answer = (await publishEvents({ Records: some }, {})) as DynamoDBBatchResponse;
    return { deliveries: queued(), failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  };

  return {
    server,
    /** The folder in which tasks at channels are queued. */
    tasks,
    records,
    queued,
    publishThese,
    /** Publishes what changed since the last call; answers the deliveries that were queued. */
    publish: async (): Promise<readonly QueuedDelivery[]> => (await publishThese(await records())).deliveries,
  };
}

/** Creates a webhook of an app, in a custom integration of its own. */
export async function newWebhook(app: TestApp, fields: Partial<Webhook>): Promise<Webhook> {
  const integrationId = await newIntegration(app, { type: "custom" });
  const { body, text } = await app.api.post<{ webhook: Webhook }>(
    `/v2/apps/${app.id}/integrations/${integrationId}/webhooks`,
    { target: "https://receiver.example.com/events", triggers: ["conversation:message"], ...fields },
  );
  if (!body.webhook) throw new Error(`No webhook was made: ${text}`);
  return { ...body.webhook, integrationId };
}
