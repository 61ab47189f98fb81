import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleBudget, lambdaFormat } from "../lib/infra/bundle.ts";
import { type Route, routes } from "../lib/routes.ts";
import { decimals, goal, table } from "./markdown.ts";
import { type BenchApp, login, newApp, newIntegration, startRig, telegramSecret, userToken } from "./rig.ts";
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

interface Candidate {
  readonly name: string;
  readonly bundle: string;
  readonly event: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly times: number[];
}

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
    times: [],
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
  const basic = `Basic ${Buffer.from(`${app.key.id}:${app.key.secret}`).toString("base64")}`;
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
        : { authorization: operation.startsWith("sdk") ? `Bearer ${userToken(app, "cold")}` : basic }),
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

/** Import and first request of every bundled Lambda in a fresh process, against a handler that has the AWS SDK alone. */
export const coldStart: Table = {
  title: "Cold start: import and first request in a fresh process",
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
      event: firstRequest(operation, route, stage),
      times: [],
    }));
    const createUser = ours.find(({ name }) => name === "createUser") as Candidate;
    const cached: Candidate = {
      ...createUser,
      name: "createUser, with Node.js's compile cache",
      environment: { NODE_COMPILE_CACHE: join(directory, "cache") },
      times: [],
    };
    await served.close();
    const candidates = [...others, ...ours, cached];
    const environment = { PATH: process.env.PATH ?? "", PUBLIC_URL: served.url, ...rig.environment(rig.endpoint) };
    // The first round is not counted: it brings the files into the page cache, and fills the compile cache.
    for (let round = 0; round <= (quick ? 1 : 20); round++)
      for (const candidate of candidates) {
        const output = execFileSync(
          process.execPath,
          [here("coldStart/startOnce.cjs"), candidate.bundle, JSON.stringify(candidate.event)],
          { env: { ...environment, ...candidate.environment }, encoding: "utf8" },
        );
        if (round > 0) candidate.times.push(Number(output.split("\n").at(-1)));
      }
    const bare = median(others[0]?.times ?? []);
    const row = ({ name, bundle, times }: Candidate) => {
      const time = median(times);
      return [name, decimals(statSync(bundle).size / 1_000, 0), decimals(time, 1), decimals(time / bare)];
    };
    const slow = ours.filter(({ times }) => median(times) > 0.9 * bare);
    const large = ours.filter(({ bundle }) => statSync(bundle).size > bundleBudget);
    const report = [
      "Median of 20 fresh processes each, all by turns. The others' bundles are what esbuild makes of them in the same format, minified.",
      table(
        ["handler", "kB", "ms", "× bare"],
        [...others, ...ours.sort((a, b) => median(b.times) - median(a.times)), cached].map(row),
      ),
      [
        goal(
          `every Lambda starts in at most 0.90 of the bare SDK handler's time${slow.length > 0 ? `: not ${slow.map(({ name }) => name).join(", ")}` : ""}`,
          slow.length === 0,
        ),
        goal(`every bundle is at most ${bundleBudget / 1_000} kB`, large.length === 0),
      ].join("\n"),
      "Node.js's compile cache (last row) is not used on Lambda. What V8 caches holds for one version of Node.js, one kind of processor and its flags, and is passed over silently where they differ; Lambda's code directory cannot be written to, so the cache would have to be made elsewhere, and nothing here shows that one made on another machine is accepted there. Its only certain effect would be a package three times as large.",
    ].join("\n\n");
    rmSync(directory, { recursive: true, force: true });
    await rig.stop();
    return report;
  },
};
