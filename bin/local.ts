import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DynamoDBRecord } from "aws-lambda";
import { apiUrlVariable, variable } from "../lib/api/environment.ts";
import { type AccountKey, keepAccountKey } from "../lib/local/accountKey.ts";
import { createTable, deleteTable } from "../lib/local/createTable.ts";
import { emptyDataDirectory, refuseLaterData, takeDataDirectory } from "../lib/local/dataDirectory.ts";
import { deliveryIn } from "../lib/local/deliveryIn.ts";
import { demo } from "../lib/local/demo.ts";
import { startEngine } from "../lib/local/engine.ts";
import { describeEvents } from "../lib/local/events/describeEvents.ts";
import { eventPlaces, openEvents } from "../lib/local/events/openEvents.ts";
import type { WireRequest } from "../lib/local/gateway.ts";
import { keepLocalKeys } from "../lib/local/localKeys.ts";
import { type LocalOutbox, localOutbox } from "../lib/local/outbox/localOutbox.ts";
import { isWatching } from "../lib/local/ownPage.ts";
import { localPages } from "../lib/local/pages.ts";
import { replayQueue } from "../lib/local/replayQueue.ts";
import { noteRunning, refuseSecondServer } from "../lib/local/runningServer.ts";
import { importFunction, invokeWorker, type LocalServer, runSchedule, startServer } from "../lib/local/server.ts";
import { StartError } from "../lib/local/startError.ts";
import { welcome } from "../lib/local/welcome.ts";
import type { ChannelRequest, ChannelType } from "../lib/model/channel.ts";

const dataDirectory = resolve(".local");
const tableName = "sunroom";
/** The folder of events that could not be stored. */
const queueFolder = join(dataDirectory, "queue");
/** The places of events on their way to webhooks. */
const places = eventPlaces(dataDirectory);
/** Milliseconds between calls of the workers that a queue or a schedule invokes on AWS. */
const workInterval = 30_000;
/** The terminal's text where the engine's own file lacks the index that ours begins with (`lib/local/engine.ts`). */
const ofEarlierVersion =
  'The data is of a version without events. It is kept, but each write may take longer than the last; "npm start -- --fresh" begins anew without that.';
/** The folders of all queues, by the variables that name them. */
const queues = {
  [variable.deliveryQueueUrl]: pathToFileURL(queueFolder).href,
  [variable.deadLetterQueueUrl]: pathToFileURL(join(dataDirectory, "dead-letters")).href,
  [variable.eventQueueUrl]: pathToFileURL(places.first).href,
  [variable.eventRetryQueueUrl]: pathToFileURL(places.later).href,
  [variable.eventDeadLetterQueueUrl]: pathToFileURL(places.dead).href,
};
/** Reads a setting from the environment; an empty one counts as absent. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

async function run(): Promise<void> {
  const fresh = readOptions(process.argv.slice(2));
  const port = readPort(setting("PORT") ?? "3000");
  const publicUrl = readPublicUrl(setting(variable.publicUrl));
  const webhookTargets = readWebhookTargets(setting(variable.webhookTargets));
  await refuseSecondServer(dataDirectory);
  await takeDataDirectory(dataDirectory);
  if (fresh) emptyDataDirectory(dataDirectory);
  refuseLaterData(dataDirectory);
  const accountKey = keepAccountKey(dataDirectory, {
    id: setting(variable.accountKeyId),
    secret: setting(variable.accountKeySecret),
  });
  const { engineAccessKey, secretsKey } = keepLocalKeys(dataDirectory);
  const endpoint = setting(variable.dynamodbEndpoint);
  // If anything below fails, the engine need not be stopped: it ends with this process.
  const engine = await startEngine({ endpoint, dataDirectory, accessKey: engineAccessKey });
  if (fresh) await deleteTable(engine.endpoint, tableName);
  const { gotStream } = await createTable(engine.endpoint, tableName, { streamed: true });
  if (gotStream) console.log(ofEarlierVersion);
  const events = await openEvents({
    endpoint: engine.endpoint,
    tableName,
    places,
    invoke: invokeWorker,
    onPublished: printEvents,
  });
  const outbox = await localOutbox({
    ...{ accountKey, publicUrl, providerOf, listIntegrations, sentIn, findPeople, findReasons },
  });
  const server = await serve({ port, accountKey, outbox, events });
  outbox.serverAt(server.url);
  // The functions read these when they are imported, which is at their first call.
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: engine.endpoint,
    // An external engine may be shared with other servers, which have keys of their own.
    ...(endpoint === undefined ? { [variable.secretsKey]: secretsKey } : {}),
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.publicUrl]: publicUrl ?? "",
    [variable.localUrl]: server.url,
    ...queues,
    ...channelApis(outbox),
    [variable.attachmentsUrl]: pathToFileURL(join(dataDirectory, "attachments")).href,
    [variable.webhookTargets]: webhookTargets,
    [variable.log]: "terminal",
  });
  const removeNote = noteRunning(dataDirectory, server.url);
  const stop = async () => {
    removeNote();
    await server.close();
    await events.stop();
    await outbox.close();
    await engine.stop();
    process.exit();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
  console.log(welcome(server.url, accountKey, engine.name));
  events.start();
  await Promise.all([server.warm(), importFunction("publishEvents"), importFunction("deliverEvents")]);
  await workRegularly();
}

/** Serves the API, the pages and what there is about the outbox. */
function serve({
  port,
  accountKey,
  outbox,
  events,
}: {
  readonly port: number;
  readonly accountKey: AccountKey;
  readonly outbox: LocalOutbox;
  readonly events: Pick<Awaited<ReturnType<typeof openEvents>>, "kick">;
}): Promise<LocalServer> {
  const { pages, actions } = localPages({
    demo: demo(accountKey, dataDirectory),
    // Imported at its first use, as that takes long.
    bundleSdk: async () => (await import("../sdk/build.mjs")).bundle(),
    findPeople,
  });
  return startServer({
    port,
    pages: { ...pages, ...outbox.pages },
    actions: { ...actions, ...outbox.actions },
    onAnswer: async ({ method, path, status, milliseconds, request }) => {
      // Requests of the page itself would hide the calls of the API.
      if (path.startsWith("/local/") || (method === "GET" && isWatching(request))) return;
      if (method !== "GET") events.kick();
      outbox.notice(method, path);
      console.log(`${status} ${method} ${path} ${milliseconds} ms${await describeReasons(status, request)}`);
    },
  });
}

/** Points each channel's API at the outbox, unless the environment points it elsewhere. */
const channelApis = (outbox: LocalOutbox): Readonly<Record<string, string>> =>
  Object.fromEntries(
    outbox.apiUrls().map(([type, url]) => [apiUrlVariable(type), setting(apiUrlVariable(type)) ?? url]),
  );

/** Imports the reader of deliveries when it is needed, since the runtime reads the environment when it is imported. */
async function deliveryOutcomes() {
  const [{ refusalOfDelivery, skippedOfDelivery, usersOfDelivery }, { channelRuntime }] = await Promise.all([
    import("../lib/channels/inbound/outcomeOfDelivery.ts"),
    import("../lib/runtime.ts"),
  ]);
  return {
    usersOf: (integrationId: string, delivery: ChannelRequest) =>
      usersOfDelivery(channelRuntime, integrationId, delivery),
    skippedOf: (integrationId: string, delivery: ChannelRequest) =>
      skippedOfDelivery(channelRuntime, integrationId, delivery),
    refusalOf: (integrationId: string, delivery: ChannelRequest) => {
      // Signatures cover the URL that the provider called.
      const { origin, pathname, search } = new URL(delivery.publicUrl);
      const publicUrl = (setting(variable.publicUrl) ?? origin) + pathname + search;
      return refusalOfDelivery(channelRuntime, integrationId, { ...delivery, publicUrl });
    },
  };
}

/** Finds the ids of the users of a stored delivery. */
async function findPeople(integrationId: string, delivery: ChannelRequest): Promise<readonly string[]> {
  return (await deliveryOutcomes()).usersOf(integrationId, delivery);
}

/**
 * Says why a channel's delivery was refused, or parts of it made nothing, which no answer shows; empty for every other
 * request.
 */
async function describeReasons(status: number, request: WireRequest): Promise<string> {
  const delivered = status < 500 ? deliveryIn(request) : undefined;
  if (!delivered) return "";
  const reasons = await findReasons(status, delivered.integrationId, delivered.delivery);
  return reasons.length > 0 ? ` (${reasons.slice(0, 5).join("; ")})` : "";
}

/** Finds why a delivery was refused, or parts of it made nothing. */
async function findReasons(
  status: number,
  integrationId: string,
  delivery: ChannelRequest,
): Promise<readonly string[]> {
  const { skippedOf, refusalOf } = await deliveryOutcomes();
  return (status === 200 ? skippedOf : refusalOf)(integrationId, delivery);
}

/** Imports a channel's sender when it is needed. */
async function providerOf(type: ChannelType) {
  const { loadSender } = await import("../lib/channels/loadSender.ts");
  return loadSender(type);
}

/** Lists every integration of a channel; imported when it is needed, like the reader of deliveries. */
async function listIntegrations(type: ChannelType) {
  const [{ channelIntegrations }, { channelRuntime }] = await Promise.all([
    import("../lib/apps/channelIntegrations.ts"),
    import("../lib/runtime.ts"),
  ]);
  return channelIntegrations(channelRuntime, type);
}

/** Lists what became of the latest messages of a conversation. */
async function sentIn(appId: string, conversationId: string) {
  const [{ sentInConversation }, { channelRuntime }] = await Promise.all([
    import("../lib/channels/outbound/sentInConversation.ts"),
    import("../lib/runtime.ts"),
  ]);
  return sentInConversation(channelRuntime, appId, conversationId);
}

/** Prints the events of records, also those that no webhook listens for. */
async function printEvents(records: readonly DynamoDBRecord[]): Promise<void> {
  const { eventsOf } = await import("../lib/events/eventsOf.ts");
  for (const line of describeEvents(records.flatMap(eventsOf))) console.log(line);
}

/** Replays queued events and erases deleted apps, and again a while after that is done. */
async function workRegularly(): Promise<void> {
  try {
    await replayQueue(queueFolder, () => importFunction("replayDelivery"));
    await runSchedule("eraseDeletedApps", new Date());
  } catch (error) {
    console.error(error);
  }
  setTimeout(workRegularly, workInterval);
}

/** Stops the server when its parent ends: npm, when it is told to end, leaves its child processes running. */
function whenOrphaned(stop: () => Promise<void>): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    void stop();
  }, 200);
}

/** Reads whether to start with an empty table. */
function readOptions(options: readonly string[]): boolean {
  const unknown = options.find((option) => option !== "--fresh");
  if (unknown !== undefined) throw new StartError(`There is no option "${unknown}", only --fresh.`);
  return options.includes("--fresh");
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new StartError(`PORT is "${text}", which is no port number.`);
  return port;
}

/** Reads the base of webhook URLs, which some channels sign: a mistake would show only as refused deliveries. */
function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined || (/^https?:\/\/[^?#]+$/.test(text) && URL.canParse(text))) return text;
  throw new StartError(`PUBLIC_URL is "${text}", which is not a base URL like https://abc123.example.org.`);
}

/** Reads where webhooks may be besides public addresses: the Lambdas would find a mistake only when they deliver. */
function readWebhookTargets(text = "loopback"): string {
  if (text === "loopback" || text === "private") return text;
  throw new StartError(`${variable.webhookTargets} is "${text}", which is neither "loopback" nor "private".`);
}

// A Lambda's unhandled rejection ends its own process on AWS; here it must not end the server for all.
process.on("unhandledRejection", (error) => console.error(error));

run().catch((error: unknown) => {
  console.error(error instanceof StartError ? `Sunroom cannot start. ${error.message}` : error);
  process.exit(1);
});
