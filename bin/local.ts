import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { variable } from "../lib/environment.ts";
import { keepAccountKey } from "../lib/local/accountKey.ts";
import { createTable, deleteTable } from "../lib/local/createTable.ts";
import { emptyDataDirectory, takeDataDirectory } from "../lib/local/dataDirectory.ts";
import { deliveryIn } from "../lib/local/deliveryIn.ts";
import { demo } from "../lib/local/demo.ts";
import { startEngine } from "../lib/local/engine.ts";
import type { WireRequest } from "../lib/local/gateway.ts";
import { keepLocalKeys } from "../lib/local/localKeys.ts";
import { localPages } from "../lib/local/pages.ts";
import { replayQueue } from "../lib/local/replayQueue.ts";
import { noteRunning, refuseSecondServer } from "../lib/local/runningServer.ts";
import { importFunction, runSchedule, startServer } from "../lib/local/server.ts";
import { StartError } from "../lib/local/startError.ts";
import { welcome } from "../lib/local/welcome.ts";

const dataDirectory = resolve(".local");
const tableName = "sunroom";
/** Where events wait that could not be stored. */
const queueFolder = join(dataDirectory, "queue");
/** How often the workers are called that a queue or a schedule invokes on AWS. */
const workInterval = 30_000;
/** A setting from the environment; an empty one counts as absent. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

async function run(): Promise<void> {
  const fresh = readOptions(process.argv.slice(2));
  const port = readPort(setting("PORT") ?? "3000");
  const publicUrl = readPublicUrl(setting(variable.publicUrl));
  await refuseSecondServer(dataDirectory);
  await takeDataDirectory(dataDirectory);
  if (fresh) emptyDataDirectory(dataDirectory);
  const accountKey = keepAccountKey(dataDirectory, {
    id: setting(variable.accountKeyId),
    secret: setting(variable.accountKeySecret),
  });
  const { engineAccessKey, secretsKey } = keepLocalKeys(dataDirectory);
  const endpoint = setting(variable.dynamodbEndpoint);
  // The engine needs no stopping where anything below fails: it ends with this process.
  const engine = await startEngine({ endpoint, dataDirectory, accessKey: engineAccessKey });
  if (fresh) await deleteTable(engine.endpoint, tableName);
  await createTable(engine.endpoint, tableName);
  const server = await startServer({
    port,
    ...localPages({
      demo: demo(accountKey, dataDirectory),
      // Imported when it is first used, as it takes long.
      bundleSdk: async () => (await import("../sdk/build.mjs")).bundle(),
      findPeople: async (integrationId, delivery) =>
        (await (await deliveryOutcomes()).outcomeOfDelivery(integrationId, delivery)).userIds,
    }),
    onAnswer: async ({ method, path, status, milliseconds, request }) => {
      // What the page is made of would hide the calls of the API.
      if (path.startsWith("/local/")) return;
      console.log(`${status} ${method} ${path} ${milliseconds} ms${await outcomeOf(status, request)}`);
    },
  });
  // The functions read these when they are imported, which is when they are first called.
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: engine.endpoint,
    // An engine of somebody else's may be shared with other servers, which have keys of their own.
    ...(endpoint === undefined ? { [variable.secretsKey]: secretsKey } : {}),
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.publicUrl]: publicUrl ?? "",
    [variable.localUrl]: server.url,
    [variable.deliveryQueueUrl]: pathToFileURL(queueFolder).href,
    [variable.deadLetterQueueUrl]: pathToFileURL(join(dataDirectory, "dead-letters")).href,
    [variable.log]: "faults",
  });
  const removeNote = noteRunning(dataDirectory, server.url);
  const stop = async () => {
    removeNote();
    await server.close();
    await engine.stop();
    process.exit();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
  console.log(welcome(server.url, accountKey, engine.name));
  await server.warm();
  await workRegularly();
}

/** What reads the environment when it is imported, so it is imported when it is needed. */
const deliveryOutcomes = () => import("../lib/outcomeOfDelivery.ts");

/** Of whom a channel's delivery was, or why of nobody, which no answer tells; nothing of every other request. */
async function outcomeOf(status: number, request: WireRequest): Promise<string> {
  const delivered = status < 500 ? deliveryIn(request) : undefined;
  if (!delivered) return "";
  const { outcomeOfDelivery, refusalOfDelivery } = await deliveryOutcomes();
  const tell = status === 200 ? outcomeOfDelivery : refusalOfDelivery;
  const { userIds, reasons } = await tell(delivered.integrationId, delivered.delivery);
  const nobody = reasons.length > 0 ? ` (${reasons.slice(0, 5).join("; ")})` : "";
  return (userIds.length === 0 ? "" : ` from user ${userIds.join(", ")}`) + nobody;
}

/** Tries what waits in the queue and deletes what is left of deleted apps, and again a while after that is done. */
async function workRegularly(): Promise<void> {
  try {
    await replayQueue(queueFolder, () => importFunction("replayDelivery"));
    await runSchedule("eraseDeletedApps", new Date());
  } catch (error) {
    console.error(error);
  }
  setTimeout(workRegularly, workInterval);
}

/** npm, when it is told to end, leaves what it started running; so its end is noticed here. */
function whenOrphaned(stop: () => Promise<void>): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    void stop();
  }, 200);
}

/** Whether to begin anew. */
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

/** Webhook URLs begin with it, and some channels sign it: a slip here would show only as refused deliveries. */
function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined || (/^https?:\/\/[^?#]+$/.test(text) && URL.canParse(text))) return text;
  throw new StartError(`PUBLIC_URL is "${text}", which is not a base URL like https://abc123.example.org.`);
}

// A Lambda's stray rejection ends its own process on AWS; here it must not end everybody's.
process.on("unhandledRejection", (error) => console.error(error));

run().catch((error: unknown) => {
  console.error(error instanceof StartError ? `Sunroom cannot start. ${error.message}` : error);
  process.exit(1);
});
