import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { variable } from "../lib/environment.ts";
import { lambdaFormat } from "../lib/infra/bundle.ts";
import { type Route, routes } from "../lib/routes.ts";
import { basic } from "../test/support/caller.ts";
import { decimals, goal, table } from "./markdown.ts";
import { type BenchApp, login, newApp, newIntegration, startRig, telegramSecret, userToken } from "./rig.ts";
import { secureFront } from "./secureFront.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Handlers to compare with, bundled as esbuild does by itself for the same platform and format. */
const peers: Readonly<Record<string, string>> = {
  "bare AWS SDK (document client)": "bareSdk",
  "AWS SDK, one conditional put": "awsSdkHandler",
  ElectroDB: "electroDbHandler",
  "DynamoDB-OneTable": "oneTableHandler",
  "DynamoDB-Toolbox": "toolboxHandler",
  Dynamoose: "dynamooseUsersHandler",
};

/** What one start took, in milliseconds: import and first request together, their CPU, and the request's alone. */
interface Start {
  readonly wall: number;
  readonly cpu: number;
  readonly requestCpu: number;
}

interface Candidate {
  readonly name: string;
  readonly bundle: string;
  /** What Lambda loads, where it is not the bundle itself. */
  readonly entry?: string;
  readonly event: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly starts: Start[];
}

/** The most of the bare handler's that a start of ours, its CPU and its first request's CPU may take. */
const shares = { wall: 0.75, cpu: 0.75, requestCpu: 0.4 };
/** What a bundle is meant to weigh at most; what tests hold is `bundleBudget`. */
const budget = 200_000;

async function bundlePeers(directory: string): Promise<Candidate[]> {
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
    starts: [],
  }));
}

/** A first request as the gateway hands it over: with credentials, about something that may not be there. */
function firstRequest(
  operation: string,
  { routeKeys: [routeKey = ""] }: Route,
  stage: { readonly app: BenchApp; readonly web: string; readonly telegram: string; readonly userId: string },
): object {
  const { app } = stage;
  const [method = "GET", template = "/"] = routeKey === "$default" ? ["GET", "/nowhere"] : routeKey.split(" ");
  const integrationId = operation === "channelWebhook" ? stage.telegram : stage.web;
  const known: Readonly<Record<string, string>> = {
    appId: app.id,
    integrationId,
    appUserId: stage.userId,
    userIdOrExternalId: "cold",
  };
  const pathParameters = Object.fromEntries(
    [...template.matchAll(/\{(\w+)\+?\}/g)].map(([, name = ""]) => [name, known[name] ?? "0".repeat(24)]),
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

/** The entry that opens the connection, where the Lambda has one. */
function entryOf(bundle: string): string {
  const opened = bundle.replace(/\.cjs$/, ".mjs");
  return existsSync(opened) ? opened : bundle;
}

async function startOnce({ bundle, entry, event }: Candidate, env: Readonly<Record<string, string>>): Promise<Start> {
  const script = [here("coldStart/startOnce.cjs"), entry ?? bundle, JSON.stringify(event)];
  // Beside this process, in which TLS is put in front of the engine.
  const { stdout } = await promisify(execFile)(process.execPath, script, { env });
  return JSON.parse(stdout.split("\n").at(-1) ?? "");
}

/** Import and first request of every bundled Lambda in a fresh process, against a handler that has the AWS SDK alone. */
export const coldStart: Table = {
  title: "Cold start: import and first request in a fresh process, over TLS",
  async measure(quick) {
    const rig = await startRig();
    const directory = mkdtempSync(join(tmpdir(), "sunroom-peers-"));
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served);
    const web = await newIntegration(app, { type: "web" });
    const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
    const { body } = await login(app, web.id, "cold", "cold");
    const stage = { app, web: web.id, telegram: telegram.id, userId: body.appUser._id };
    const others = await bundlePeers(directory);
    const ours: Candidate[] = Object.entries<Route>(routes).map(([operation, route]) => ({
      name: operation,
      bundle: rig.artefact(operation),
      entry: entryOf(rig.artefact(operation)),
      event: firstRequest(operation, route, stage),
      starts: [],
    }));
    const createUser = ours.find(({ name }) => name === "createUser") as Candidate;
    const { entry: _, ...unopened } = createUser;
    const variants: Candidate[] = [
      { ...unopened, name: "createUser, its connection opened by the request", starts: [] },
      {
        ...createUser,
        name: "createUser, with Node.js's compile cache",
        environment: { NODE_COMPILE_CACHE: join(directory, "cache") },
        starts: [],
      },
    ];
    await served.close();
    const front = await secureFront(rig.endpoint);
    const candidates = [...others, ...ours, ...variants];
    const environment = {
      PATH: process.env.PATH ?? "",
      NODE_EXTRA_CA_CERTS: front.certificate,
      PUBLIC_URL: served.url,
      ...rig.environmentOnAws(front.endpoint),
    };
    // The first round is not counted: it brings the files into the page cache, and fills the compile cache.
    for (let round = 0; round <= (quick ? 1 : 20); round++)
      for (const candidate of candidates) {
        // The others are told where the engine is, ours find it as on AWS.
        const own: Candidate["environment"] = others.includes(candidate)
          ? { [variable.dynamodbEndpoint]: front.endpoint }
          : candidate.environment;
        const start = await startOnce(candidate, { ...environment, ...own });
        if (round > 0) candidate.starts.push(start);
      }
    front.close();
    const medianOf = (candidate: Candidate | undefined, measure: keyof Start) =>
      median((candidate?.starts ?? []).map((start) => start[measure]));
    const [bare] = others;
    const ratio = (candidate: Candidate, measure: keyof Start) =>
      medianOf(candidate, measure) / medianOf(bare, measure);
    const row = (candidate: Candidate) => [
      candidate.name,
      decimals(statSync(candidate.bundle).size / 1_000, 0),
      ...(["wall", "cpu", "requestCpu"] as const).flatMap((measure) => [
        decimals(medianOf(candidate, measure), 1),
        decimals(ratio(candidate, measure)),
      ]),
    ];
    const beyond = (measure: keyof Start) => {
      const names = ours.filter((one) => ratio(one, measure) > shares[measure]).map(({ name }) => name);
      return { met: names.length === 0, not: names.length > 0 ? `: not ${names.join(", ")}` : "" };
    };
    const [wall, cpu] = [beyond("wall"), beyond("cpu")];
    const large = ours.filter(({ bundle }) => statSync(bundle).size > budget);
    const first = ratio(createUser, "requestCpu");
    const report = [
      "Median of 20 fresh processes each, all by turns, with TLS in front of the engine as DynamoDB has it. The others' bundles are what esbuild makes of them in the same format, minified. Ours are loaded by the entry that Lambda loads, which opens the connection meanwhile: what that takes is part of the start, and no part of the first request.",
      table(
        ["handler", "kB", "ms", "× bare", "CPU ms", "× bare", "first request's CPU ms", "× bare"],
        [...others, ...ours.sort((a, b) => medianOf(b, "wall") - medianOf(a, "wall")), ...variants].map(row),
      ),
      [
        goal(`every Lambda starts in at most ${shares.wall} of the bare SDK handler's time${wall.not}`, wall.met),
        goal(`and with at most ${shares.cpu} of its CPU${cpu.not}`, cpu.met),
        goal(
          `createUser's first request takes ${decimals(first)} of the bare handler's first request's CPU (at most ${shares.requestCpu})`,
          first <= shares.requestCpu,
        ),
        goal(`every bundle is at most ${budget / 1_000} kB`, large.length === 0),
      ].join("\n"),
      "Node.js's compile cache (last row) is not used on Lambda. What V8 caches holds for one version of Node.js, one kind of processor and its flags, and is passed over silently where they differ; Lambda's code directory cannot be written to, so the cache would have to be made elsewhere, and nothing here shows that one made on another machine is accepted there. Its only certain effect would be a package three times as large.",
    ].join("\n\n");
    rmSync(directory, { recursive: true, force: true });
    await rig.stop();
    return report;
  },
};
