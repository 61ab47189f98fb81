import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DynamoDBRecord } from "aws-lambda";
import { apiUrlVariable, readChannelApiUrls, variable } from "../lib/api/environment.ts";
import { routes } from "../lib/api/routes.ts";
import { type AccountKey, keepAccountKey } from "../lib/local/accountKey.ts";
import { type ControlAccess, newControlToken, noteControl } from "../lib/local/control/controlPage.ts";
import { type LocalTables, openTables, tablesOf } from "../lib/local/control/localTables.ts";
import { type Control, startControl } from "../lib/local/control/startControl.ts";
import { deleteTable } from "../lib/local/createTable.ts";
import { type Demo, demo } from "../lib/local/demo.ts";
import { startEngine } from "../lib/local/engine.ts";
import { describeEvents } from "../lib/local/events/describeEvents.ts";
import { eventPlaces } from "../lib/local/events/openEvents.ts";
import { operationFinder } from "../lib/local/gateway.ts";
import { deadLetters } from "../lib/local/inspector/deadLetters.ts";
import { inspectorPages } from "../lib/local/inspector/inspectorPages.ts";
import { BadInput } from "../lib/local/localAction.ts";
import { type LocalOutbox, localOutbox } from "../lib/local/outbox/localOutbox.ts";
import { isWatching } from "../lib/local/ownPage.ts";
import { localPages } from "../lib/local/pages.ts";
import { replayQueue } from "../lib/local/replayQueue.ts";
import { noteRunning, refuseSecondServer } from "../lib/local/runningServer.ts";
import { importFunction, invokeWorker, type LocalServer, runSchedule, startServer } from "../lib/local/server.ts";
import { emptyDataDirectory, refuseLaterData, takeDataDirectory } from "../lib/local/start/dataDirectory.ts";
import { endOfParent, whenToldToEnd } from "../lib/local/start/endOfServer.ts";
import { refuseFullDisk, sentenceOfFullDisk } from "../lib/local/start/fullDisk.ts";
import { hostRefusal } from "../lib/local/start/hostRules.ts";
import { keepLocalKeys } from "../lib/local/start/localKeys.ts";
import { reportFault, sayOnce, sentenceOfFault } from "../lib/local/start/machineFault.ts";
import { readSeedFile } from "../lib/local/start/seedFile.ts";
import { startCommand } from "../lib/local/start/startCommand.ts";
import { readStartOptions, type StartOptions } from "../lib/local/start/startOptions.ts";
import { temporaryDirectory } from "../lib/local/start/temporaryDirectory.ts";
import { welcome } from "../lib/local/start/welcome.ts";
import { StartError } from "../lib/local/startError.ts";
import { printLines } from "../lib/local/terminal.ts";
import { listIntegrations, providerOf, sentIn } from "./channels.ts";
import { describeReasons, findPeople, findReasons } from "./deliveries.ts";
import { deliverAgain, recordsOf, tellRecord } from "./inspection.ts";
import { tableControl } from "./tableControl.ts";

/** The Lambdas that events invoke, loaded before the first does. */
const invokedByEvents = ["publishEvents", "deliverEvents", "callChannels"];
/** Milliseconds between calls of the workers that a queue or a schedule invokes on AWS. */
const workInterval = 30_000;

/** The places of what waits, in the data directory. */
function placesIn(dataDirectory: string) {
  const inData = (name: string) => join(dataDirectory, name);
  return {
    /** The folder of events that could not be stored, and of those that never can be. */
    queue: inData("queue"),
    deadLetters: inData("dead-letters"),
    attachments: inData("attachments"),
    /** The places of events on their way to webhooks and channels. */
    events: eventPlaces(dataDirectory),
  };
}

type Places = ReturnType<typeof placesIn>;

/** Names the folders of all queues and files, by the variables that tell them to the Lambdas. */
function foldersOf({ queue, deadLetters, attachments, events }: Places): Readonly<Record<string, string>> {
  const folders = {
    [variable.deliveryQueueUrl]: queue,
    [variable.deadLetterQueueUrl]: deadLetters,
    [variable.eventQueueUrl]: events.first,
    [variable.eventRetryQueueUrl]: events.later,
    [variable.eventDeadLetterQueueUrl]: events.dead,
    [variable.channelQueueUrl]: events.tasks,
    [variable.channelDeadLetterQueueUrl]: events.deadTasks,
    [variable.attachmentsUrl]: attachments,
  };
  return Object.fromEntries(Object.entries(folders).map(([name, folder]) => [name, pathToFileURL(folder).href]));
}

/** Reads a setting from the environment; an empty one counts as absent. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

async function run(): Promise<void> {
  // What Node the SDK will need some day is no concern of who starts a server here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const parentEnds = endOfParent();
  const options = readStartOptions(process.argv.slice(2), process.env);
  const seed = options.seed === undefined ? undefined : readSeedFile(options.seed);
  const publicUrl = readPublicUrl(setting(variable.publicUrl));
  const webhookTargets = readWebhookTargets(setting(variable.webhookTargets));
  checkChannelApiUrls();
  const { dataDirectory, oldTables } = await takeData(options);
  const places = placesIn(dataDirectory);
  const [id, secret] = [setting(variable.accountKeyId), setting(variable.accountKeySecret)];
  const accountKey = keepAccountKey(dataDirectory, { id, secret });
  const { engineAccessKey, secretsKey } = keepLocalKeys(dataDirectory);
  const endpoint = setting(variable.dynamodbEndpoint);
  // If anything below fails, the engine need not be stopped: it ends with this process.
  const engine = await startEngine({ endpoint, dataDirectory, accessKey: engineAccessKey, meanwhile: loadDb });
  for (const name of oldTables) await deleteTable(engine.endpoint, name);
  const outbox = await localOutbox({
    ...{ accountKey, publicUrl, providerOf, listIntegrations, sentIn, findPeople, findReasons },
  });
  const access = controlAccess(options);
  const { control, tables, inspector } = await openControlled({
    ...{ access, accountKey, outbox, dataDirectory, places, endpoint: engine.endpoint, options },
    server: () => server,
  });
  const server: LocalServer = await serve({
    ...{ options, publicUrl, dataDirectory, outbox, control, inspector },
    ...{ events: tables, demo: demo(accountKey, dataDirectory) },
  });
  outbox.serverAt(server.url);
  // The functions read these when they are imported, which is at their first call.
  Object.assign(process.env, channelApis(outbox), foldersOf(places), {
    [variable.tableName]: tables.name(),
    [variable.dynamodbEndpoint]: engine.endpoint,
    // An external engine may be shared with other servers, which have keys of their own.
    ...(endpoint === undefined ? { [variable.secretsKey]: secretsKey } : {}),
    ...{ [variable.accountKeyId]: accountKey.id, [variable.accountKeySecret]: accountKey.secret },
    ...{ [variable.publicUrl]: publicUrl ?? "", [variable.localUrl]: server.url },
    [variable.webhookTargets]: webhookTargets,
    [variable.log]: options.quiet ? "faults" : "terminal",
  });
  const { url } = server;
  const removeNotes = [noteRunning(dataDirectory, url), noteControl(dataDirectory, { url, token: access.token })];
  void engine.died.then((how) => endWithEngine(how, removeNotes, options.data && dataDirectory));
  const stop = async () => {
    for (const remove of removeNotes) remove();
    await server.close();
    await tables.stop();
    await outbox.close();
    await engine.stop();
    process.exit();
  };
  whenToldToEnd(stop, parentEnds);
  tables.start();
  if (seed) await seedAtFirst(control, seed);
  console.log(
    options.json
      ? JSON.stringify({ url, accountKey, controlToken: access.token, pid: process.pid })
      : welcome({ url, accountKey, engine: engine.name, isKept: Boolean(options.data ?? endpoint) }),
  );
  control.ready();
  await Promise.all([server.warm(), ...invokedByEvents.map(importFunction)]);
  await workRegularly(places.queue);
}

/** Loads what each function needs, while the engine's own process starts. */
const loadDb = () => import("../lib/db/readItems.ts");

/** The terminal's text where the engine's own file lacks the index that ours begins with (`lib/local/engine.ts`). */
const ofEarlierVersion = () =>
  `The data is of a version without events. It is kept, but each write may take longer than the last; "${startCommand("--fresh")}" begins anew without that.`;

/** Takes the data directory, and answers which tables `--fresh` leaves behind in the engine. */
async function takeData({ data, fresh }: StartOptions) {
  const dataDirectory = data === undefined ? temporaryDirectory() : resolve(data);
  await refuseSecondServer(dataDirectory);
  await takeDataDirectory(dataDirectory);
  const oldTables = fresh ? tablesOf(dataDirectory) : [];
  if (fresh) emptyDataDirectory(dataDirectory);
  refuseFullDisk(dataDirectory);
  refuseLaterData(dataDirectory);
  return { dataDirectory, oldTables };
}

/** Ends with the engine: without it, and at its address, every call would fail, and nobody might look why. */
function endWithEngine(how: string, removeNotes: readonly (() => void)[], keptIn: string | undefined): void {
  for (const remove of removeNotes) remove();
  const next = keptIn === undefined ? "start it again" : `its data is kept in ${keptIn}, so start it again`;
  console.error(`The database ended by itself (${how}), and so does Sunroom; ${next}.`);
  process.exit(1);
}

/** Decides who may call the test-control API. */
function controlAccess({ host }: StartOptions): ControlAccess {
  const given = setting("SUNROOM_CONTROL_TOKEN");
  return { token: given ?? newControlToken(), fromElsewhere: given !== undefined && host !== undefined };
}

/** What the table and the control of it need. */
interface Controlled {
  readonly access: ControlAccess;
  readonly accountKey: AccountKey;
  readonly outbox: LocalOutbox;
  readonly dataDirectory: string;
  readonly places: Places;
  readonly endpoint: string;
  readonly options: Pick<StartOptions, "quiet" | "json">;
  /** Answers the server, once it listens. */
  readonly server: () => LocalServer;
}

/** Opens the table with its events, and the test-control API, which resets it. */
async function openControlled({ endpoint, options: { quiet, json }, server, ...given }: Controlled) {
  const control = startControl({
    ...given,
    tables: () => tables,
    table: tableControl,
    attachments: given.places.attachments,
    resettable: resettablePlaces(given.dataDirectory, given.places),
    operationOf: operationFinder(routes),
    url: () => server().url,
    call: (request) => server().call(request),
  });
  const tables: LocalTables = await openTables({
    endpoint,
    dataDirectory: given.dataDirectory,
    invoke: (operation, event) => invokeWorker(operation, event).finally(inspector.changed),
    onPublished: (records) => {
      control.published(records);
      inspector.changed();
      if (!quiet) void printEvents(records);
    },
  });
  const inspector = inspectorPages({
    ...{ accountKey: given.accountKey, recordsOf, requests: control.requests, events: control.events },
    deadLetters: deadLetters(given.places, {
      ...{ tell: tellRecord, deliver: deliverAgain, store: () => storeDeliveries(given.places.queue) },
    }),
  });
  if (tables.gotStream && !json) console.log(ofEarlierVersion());
  return { control, tables, inspector };
}

/** Makes at first what a seed says, unless there is data from before. */
async function seedAtFirst(control: Control, seed: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    if (await control.begin(seed)) return;
  } catch (error) {
    throw error instanceof BadInput ? new StartError(`The seed cannot be made: ${error.message}`) : error;
  }
  console.error("There is data from before, so that nothing of the seed was made.");
}

/** What the server answers from. */
interface Serving {
  readonly options: StartOptions;
  readonly publicUrl: string | undefined;
  readonly dataDirectory: string;
  readonly outbox: LocalOutbox;
  readonly events: Pick<LocalTables, "kick">;
  readonly control: Pick<Control, "page" | "around">;
  readonly inspector: ReturnType<typeof inspectorPages>;
  readonly demo: Demo;
}

/** Serves the API, the pages and what there is about the outbox. */
function serve(serving: Serving): Promise<LocalServer> {
  const { options, publicUrl, dataDirectory, outbox, events, control, inspector, demo } = serving;
  const { pages, actions } = localPages({ demo, bundleSdk, findPeople });
  return startServer({
    port: options.port,
    host: options.host,
    refuse: options.host === undefined ? undefined : hostRefusal(options.allowedHosts, publicUrl),
    pages: { ...pages, ...outbox.pages, ...inspector.pages },
    actions: { ...actions, ...outbox.actions, ...inspector.actions },
    control: control.page,
    around: control.around,
    onAnswer: async ({ method, path, status, milliseconds, request }) => {
      const full = status >= 500 ? sentenceOfFullDisk(dataDirectory) : undefined;
      if (full !== undefined) sayOnce(full);
      const isReading = method === "GET";
      const isOfPage = path.startsWith("/local/") || (isReading && isWatching(request));
      if (!isReading || !isOfPage) inspector.changed();
      // Requests of the page itself would hide the calls of the API.
      if (isOfPage) return;
      if (!isReading) events.kick();
      outbox.notice(method, path);
      if (!options.quiet)
        printLines(`${status} ${method} ${path} ${milliseconds} ms${await describeReasons(status, request)}`);
    },
  });
}

/** Finds the web SDK: built in the package, else built at its first use, by what takes long to import. */
async function bundleSdk(): Promise<ReadonlyMap<string, string>> {
  const built = ["smooch.js", "index.js"].map((name) => [name, new URL(`../sdk/${name}`, import.meta.url)] as const);
  if (built.every(([, file]) => existsSync(file)))
    return new Map(built.map(([name, file]) => [name, readFileSync(file, "utf8")]));
  return (await import("../sdk/build.mjs")).bundle();
}

/** Points each channel's API at the outbox, unless the environment points it elsewhere. */
const channelApis = (outbox: LocalOutbox): Readonly<Record<string, string>> =>
  Object.fromEntries(
    outbox.apiUrls().map(([type, url]) => [apiUrlVariable(type), setting(apiUrlVariable(type)) ?? url]),
  );

/** Prints the events of records, also those that no webhook listens for. */
async function printEvents(records: readonly DynamoDBRecord[]): Promise<void> {
  const { eventsOf } = await import("../lib/events/eventsOf.ts");
  printLines(...describeEvents(records.flatMap(eventsOf)));
}

/** Lists what a reset deletes in the data directory, besides the table. */
const resettablePlaces = (dataDirectory: string, { queue, deadLetters, events }: Places) => [
  ...[queue, deadLetters, join(dataDirectory, "demo.json")],
  ...[events.first, events.later, events.dead, events.tasks, events.deadTasks],
  ...[events.records, events.removals, events.deadRemovals],
];

/** Stores the deliveries that wait in a folder. */
const storeDeliveries = (folder: string) => replayQueue(folder, () => importFunction("replayDelivery"));

/** Replays queued events and erases deleted apps, and again a while after that is done. */
async function workRegularly(queueFolder: string): Promise<void> {
  try {
    await storeDeliveries(queueFolder);
    await runSchedule("eraseDeletedApps", new Date());
  } catch (error) {
    reportFault(error);
  }
  setTimeout(() => workRegularly(queueFolder), workInterval);
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

/** Checks where channels' APIs are pointed, which the Lambdas would read only at the first request. */
function checkChannelApiUrls(): void {
  try {
    // With an engine of DynamoDB's, as here always, this machine and plain HTTP are allowed.
    readChannelApiUrls({ ...process.env, [variable.dynamodbEndpoint]: "here" });
  } catch (error) {
    throw error instanceof Error ? new StartError(error.message) : error;
  }
}

// A Lambda's unhandled rejection ends its own process on AWS; here it must not end the server for all.
process.on("unhandledRejection", reportFault);

run().catch((error: unknown) => {
  const sentence = error instanceof StartError ? error.message : sentenceOfFault(error);
  console.error(sentence === undefined ? error : `Sunroom cannot start. ${sentence}`);
  process.exit(1);
});
