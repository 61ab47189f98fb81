import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { variable } from "../lib/environment.ts";
import { keepAccountKey } from "../lib/local/accountKey.ts";
import { createTable, deleteTable } from "../lib/local/createTable.ts";
import { deliveryIn } from "../lib/local/deliveryIn.ts";
import { demo } from "../lib/local/demo.ts";
import { startEngine } from "../lib/local/engine.ts";
import { localPages, type PageSettings } from "../lib/local/pages.ts";
import { replayQueue } from "../lib/local/replayQueue.ts";
import { noteRunning, refuseSecondServer } from "../lib/local/runningServer.ts";
import { importFunction, startServer } from "../lib/local/server.ts";
import { StartError } from "../lib/local/startError.ts";
import { welcome } from "../lib/local/welcome.ts";

const dataDirectory = resolve(".local");
const tableName = "sunroom";
/** Where events wait that could not be stored, and how often they are tried again. */
const queueFolder = join(dataDirectory, "queue");
const replayInterval = 30_000;
/** A setting from the environment; an empty one counts as absent. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

async function run(): Promise<void> {
  const fresh = readOptions(process.argv.slice(2));
  const port = readPort(setting("PORT") ?? "3000");
  const publicUrl = readPublicUrl(setting(variable.publicUrl));
  await refuseSecondServer(dataDirectory);
  if (fresh) rmSync(dataDirectory, { recursive: true, force: true });
  const accountKey = keepAccountKey(dataDirectory, {
    id: setting(variable.accountKeyId),
    secret: setting(variable.accountKeySecret),
  });
  // The engine needs no stopping where anything below fails: it ends with this process.
  const engine = await startEngine({ endpoint: setting(variable.dynamodbEndpoint), dataDirectory });
  if (fresh) await deleteTable(engine.endpoint, tableName);
  await createTable(engine.endpoint, tableName);
  const server = await startServer({
    port,
    ...localPages({
      demo: demo(accountKey, dataDirectory),
      // Imported when it is first used, as it takes long.
      bundleSdk: async () => (await import("../sdk/build.mjs")).bundle(),
      findPeople,
    }),
    onAnswer: async ({ method, path, status, milliseconds, request }) => {
      // What the page is made of would hide the calls of the API.
      if (path.startsWith("/local/")) return;
      const delivered = status === 200 ? deliveryIn(request) : undefined;
      const people = delivered ? await findPeople(delivered.integrationId, delivered.delivery) : [];
      const from = people.length === 0 ? "" : ` from user ${people.join(", ")}`;
      console.log(`${status} ${method} ${path} ${milliseconds} ms${from}`);
    },
  });
  // The functions read these when they are imported, which is when they are first called.
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: engine.endpoint,
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.publicUrl]: publicUrl ?? server.url,
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
  await replayRegularly();
}

/** The users whom a delivery is of, which no answer tells. The module reads the environment, so it is imported when it is needed. */
const findPeople: PageSettings["findPeople"] = async (integrationId, delivery) =>
  (await import("../lib/peopleOfDelivery.ts")).peopleOfDelivery(integrationId, delivery);

/** Tries what waits in the queue, and again a while after that is done. */
async function replayRegularly(): Promise<void> {
  try {
    await replayQueue(queueFolder, () => importFunction("replayDelivery"));
  } catch (error) {
    console.error(error);
  }
  setTimeout(replayRegularly, replayInterval);
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
