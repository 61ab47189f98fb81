import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { variable } from "../lib/api/environment.ts";
import { type Route, routes } from "../lib/api/routes.ts";
import { lambdaFormat } from "../lib/infra/bundling/bundle.ts";
import { basic } from "../test/support/caller.ts";
import { decimals, goal, table } from "./markdown.ts";
import {
  type BenchApp,
  login,
  newApp,
  newIntegration,
  type Rig,
  type Served,
  startRig,
  telegramSecret,
  userToken,
} from "./rig.ts";
import { secureFront } from "./secureFront.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Handlers for comparison, bundled with esbuild's own settings for the same platform and format. */
const peers: Readonly<Record<string, string>> = {
  "bare AWS SDK (document client)": "bareSdk",
  "AWS SDK, one conditional put": "awsSdkHandler",
  ElectroDB: "electroDbHandler",
  "DynamoDB-OneTable": "oneTableHandler",
  "DynamoDB-Toolbox": "toolboxHandler",
  Dynamoose: "dynamooseUsersHandler",
};

/** The milliseconds of one start: import and first request together, their CPU, and that of the request alone. */
interface Start {
  readonly wall: number;
  readonly cpu: number;
  readonly requestCpu: number;
}

interface Candidate {
  readonly name: string;
  readonly bundle: string;
  /** The file that Lambda loads, if it is not the bundle itself. */
  readonly entry?: string;
  readonly event: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly starts: Start[];
}

/** All handlers that are started. */
interface Candidates {
  readonly others: readonly Candidate[];
  readonly ours: readonly Candidate[];
  /** Our handler that is compared more closely. */
  readonly createUser: Candidate;
  /** The same with something changed. */
  readonly variants: readonly Candidate[];
}

/** The resources of the first requests. */
interface Stage {
  readonly app: BenchApp;
  readonly web: string;
  readonly telegram: string;
  readonly userId: string;
}

/** The share of the bare handler's figures that a start of ours, its CPU and its first request's CPU may take. */
const shares = { wall: 0.75, cpu: 0.75, requestCpu: 0.4 };
/** Bytes of a bundle by design; tests enforce `bundleBudget`. */
const budget = 200_000;

/** Bundles the handlers for comparison, which get the engine's endpoint; ours find it as on AWS. */
async function bundlePeers(directory: string, endpoint: string): Promise<Candidate[]> {
  await build({
    entryPoints: Object.values(peers).map((file) => ({ in: here(`coldStart/${file}.ts`), out: file })),
    outdir: directory,
    ...lambdaFormat,
    logLevel: "error",
  });
  return Object.entries(peers).map(([name, file]) => ({
    name,
    bundle: join(directory, `${file}.cjs`),
    event: {},
    environment: { [variable.dynamodbEndpoint]: endpoint },
    starts: [],
  }));
}

async function setStage(served: Served): Promise<Stage> {
  const app = await newApp(served);
  const web = await newIntegration(app, { type: "web" });
  const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
  const { body } = await login(app, web.id, "cold", "cold");
  return { app, web: web.id, telegram: telegram.id, userId: body.appUser._id };
}

/** Makes a first request as the gateway hands it over: with credentials, of resources that may not exist. */
function firstRequest(operation: string, { routeKeys: [routeKey = ""] }: Route, stage: Stage): object {
  const { app } = stage;
  const [method = "GET", template = "/"] = routeKey === "$default" ? ["GET", "/nowhere"] : routeKey.split(" ");
  const integrationId = operation === "channelWebhook" ? stage.telegram : stage.web;
  const parameters: Readonly<Record<string, string>> = {
    appId: app.id,
    integrationId,
    appUserId: stage.userId,
    userIdOrExternalId: "cold",
  };
  const pathParameters = Object.fromEntries(
    [...template.matchAll(/\{(\w+)\+?\}/g)].map(([, name = ""]) => [name, parameters[name] ?? "0".repeat(24)]),
  );
  const path = template.replace(/\{(\w+)\+?\}/g, (_, name) => pathParameters[name] ?? "");
  const client = { id: "cold", platform: "web", integrationId: stage.web };
  const body = { displayName: "Cold", externalId: "cold", client, message: { type: "text", text: "Hello" } };
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: "",
    headers: {
      host: "localhost",
      "content-type": "application/json",
      "x-telegram-bot-api-secret-token": telegramSecret,
      ...(operation === "sdkCreateConversation"
        ? {}
        : { authorization: operation.startsWith("sdk") ? `Bearer ${userToken(app, "cold")}` : basic(app.key) }),
    },
    pathParameters,
    requestContext: {
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
      requestId: "1",
      routeKey,
      timeEpoch: Date.now(),
    },
    ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

/** Finds the entry that opens the connection, if the Lambda has one. */
function entryOf(bundle: string): string {
  const opened = bundle.replace(/\.cjs$/, ".mjs");
  return existsSync(opened) ? opened : bundle;
}

async function startOnce({ bundle, entry, event }: Candidate, env: Readonly<Record<string, string>>): Promise<Start> {
  const script = [here("coldStart/startOnce.cjs"), entry ?? bundle, JSON.stringify(event)];
  // Run in another process, since this one puts TLS in front of the engine.
  const { stdout } = await promisify(execFile)(process.execPath, script, { env });
  return JSON.parse(stdout.split("\n").at(-1) ?? "");
}

const operationsOf = (rig: Rig, stage: Stage): Candidate[] =>
  Object.entries<Route>(routes).map(([operation, route]) => ({
    name: operation,
    bundle: rig.artefact(operation),
    entry: entryOf(rig.artefact(operation)),
    event: firstRequest(operation, route, stage),
    starts: [],
  }));

function variantsOf({ entry, ...unopened }: Candidate, compileCache: string): Candidate[] {
  return [
    { ...unopened, name: "createUser, its connection opened by the request", starts: [] },
    {
      ...unopened,
      entry,
      name: "createUser, with Node.js's compile cache",
      environment: { NODE_COMPILE_CACHE: compileCache },
      starts: [],
    },
  ];
}

/**
 * Starts every candidate by turns. The first round is not counted: it brings the files into the page cache, and fills
 * the compile cache.
 */
async function startByTurns(
  candidates: readonly Candidate[],
  environment: Readonly<Record<string, string>>,
  rounds: number,
): Promise<void> {
  for (let round = 0; round <= rounds; round++)
    for (const candidate of candidates) {
      const start = await startOnce(candidate, { ...environment, ...candidate.environment });
      if (round > 0) candidate.starts.push(start);
    }
}

const medianOf = ({ starts }: Candidate, measure: keyof Start) => median(starts.map((start) => start[measure]));

function report({ others, createUser, ours, variants }: Candidates): string {
  const [bare = createUser] = others;
  const ratio = (candidate: Candidate, measure: keyof Start) => medianOf(candidate, measure) / medianOf(bare, measure);
  const row = (candidate: Candidate) => [
    candidate.name,
    decimals(statSync(candidate.bundle).size / 1_000, 0),
    ...(["wall", "cpu", "requestCpu"] as const).flatMap((measure) => [
      decimals(medianOf(candidate, measure), 1),
      decimals(ratio(candidate, measure)),
    ]),
  ];
  const everyStart = (measure: "wall" | "cpu", text: string) => {
    const names = ours.filter((one) => ratio(one, measure) > shares[measure]).map(({ name }) => name);
    return goal(names.length > 0 ? `${text}: not ${names.join(", ")}` : text, names.length === 0);
  };
  const first = ratio(createUser, "requestCpu");
  return [
    "Median of 20 fresh processes each, all by turns, with TLS in front of the engine as DynamoDB has it. The others' bundles are what esbuild makes of them in the same format, minified. Ours are loaded by the entry that Lambda loads, which opens the connection meanwhile: what that takes is part of the start, and no part of the first request.",
    table(
      ["handler", "kB", "ms", "× bare", "CPU ms", "× bare", "first request's CPU ms", "× bare"],
      [...others, ...ours.toSorted((a, b) => medianOf(b, "wall") - medianOf(a, "wall")), ...variants].map(row),
    ),
    [
      everyStart("wall", `every Lambda starts in at most ${shares.wall} of the bare SDK handler's time`),
      everyStart("cpu", `and with at most ${shares.cpu} of its CPU`),
      goal(
        `createUser's first request takes ${decimals(first)} of the bare handler's first request's CPU (at most ${shares.requestCpu})`,
        first <= shares.requestCpu,
      ),
      goal(
        `every bundle is at most ${budget / 1_000} kB`,
        ours.every(({ bundle }) => statSync(bundle).size <= budget),
      ),
    ].join("\n"),
    "Node.js's compile cache (last row) is not used on Lambda. What V8 caches holds for one version of Node.js, one kind of processor and its flags, and is passed over silently where they differ; Lambda's code directory cannot be written to, so the cache would have to be made elsewhere, and nothing here shows that one made on another machine is accepted there. Its only certain effect would be a package three times as large.",
  ].join("\n\n");
}

/** Import and first request of every bundled Lambda in a fresh process, against a handler that has the AWS SDK alone. */
export const coldStart: Table = {
  title: "Cold start: import and first request in a fresh process, over TLS",
  async measure(quick) {
    const rig = await startRig();
    const directory = mkdtempSync(join(tmpdir(), "sunroom-peers-"));
    const served = await rig.serve(rig.endpoint);
    const stage = await setStage(served);
    await served.close();
    const front = await secureFront(rig.endpoint);
    const others = await bundlePeers(directory, front.endpoint);
    const ours = operationsOf(rig, stage);
    const createUser = ours.find(({ name }) => name === "createUser") as Candidate;
    const variants = variantsOf(createUser, join(directory, "cache"));
    const environment = {
      PATH: process.env.PATH ?? "",
      NODE_EXTRA_CA_CERTS: front.certificate,
      PUBLIC_URL: served.url,
      ...rig.environmentOnAws(front.endpoint),
    };
    await startByTurns([...others, ...ours, ...variants], environment, quick ? 1 : 20);
    front.close();
    const text = report({ others, createUser, ours, variants });
    rmSync(directory, { recursive: true, force: true });
    await rig.stop();
    return text;
  },
};
