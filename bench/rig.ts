import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { variable } from "../lib/api/environment.ts";
import { routes } from "../lib/api/routes.ts";
import { bundleFunctions } from "../lib/infra/bundling/bundle.ts";
import { channelSample } from "../lib/local/channelSamples.ts";
import { createTable } from "../lib/local/createTable.ts";
import { startEngine } from "../lib/local/engine.ts";
import { startServer } from "../lib/local/server.ts";
import { type Caller, type Credentials, caller, newAccountKey } from "../test/support/caller.ts";

const require = createRequire(import.meta.url);

/** An engine with a table of its own, and the bundled Lambdas, so that the deployed code is measured. */
export interface Rig {
  readonly endpoint: string;
  readonly tableName: string;
  readonly accountKey: Credentials;
  /** Answers the path of an operation's bundle. */
  readonly artefact: (operation: string) => string;
  /** Makes the environment of a Lambda with this endpoint. */
  readonly environment: (endpoint: string) => Readonly<Record<string, string>>;
  /** Makes the environment as on AWS: credentials and region in it, and the endpoint in the AWS SDK's own variable. */
  readonly environmentOnAws: (endpoint: string) => Readonly<Record<string, string>>;
  /** Serves the bundled Lambdas, each freshly loaded, in this process. */
  readonly serve: (endpoint: string) => Promise<Served>;
  readonly stop: () => Promise<void>;
}

/** A server of bundled Lambdas, and the times of its handlers. */
export interface Served {
  readonly url: string;
  readonly account: Caller;
  /** Answers the runs of handlers since the last call of it; the CPU is a run's own if no other runs beside it. */
  readonly takeRuns: () => readonly Run[];
  readonly close: () => Promise<void>;
}

/** One run of a handler, in milliseconds. */
export interface Run {
  readonly wall: number;
  readonly cpu: number;
}

export async function startRig(): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-bench-"));
  await bundleFunctions(Object.keys(routes), directory);
  const engine = await startEngine();
  const tableName = "bench";
  await createTable(engine.endpoint, tableName);
  const accountKey = newAccountKey();
  const artefact = (operation: string) => join(directory, operation, "index.cjs");
  const environment = (endpoint: string) => ({
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: endpoint,
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.anonymousBurst]: "1000000",
    [variable.log]: "terminal",
  });
  return {
    endpoint: engine.endpoint,
    tableName,
    accountKey,
    artefact,
    environment,
    environmentOnAws(endpoint) {
      const { [variable.dynamodbEndpoint]: _, ...own } = environment(endpoint);
      const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
      return { ...own, ...credentials, AWS_REGION: "local", AWS_ENDPOINT_URL_DYNAMODB: endpoint };
    },
    async serve(endpoint) {
      Object.assign(process.env, environment(endpoint));
      const runs: Run[] = [];
      const server = await startServer({
        port: 0,
        async loadFunction(operation) {
          delete require.cache[artefact(operation)];
          const { handler } = require(artefact(operation));
          return async (event, context) => {
            const started = performance.now();
            const cpu = process.cpuUsage();
            const answer = await handler(event, context);
            const { user, system } = process.cpuUsage(cpu);
            runs.push({ wall: performance.now() - started, cpu: (user + system) / 1_000 });
            return answer;
          };
        },
      });
      process.env[variable.publicUrl] = server.url;
      await server.warm();
      return {
        url: server.url,
        account: caller(server.url, accountKey),
        takeRuns: () => runs.splice(0),
        close: server.close,
      };
    },
    async stop() {
      await engine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An app with a key, and callers of its server: a business with the key, and one without credentials. */
export interface BenchApp {
  readonly id: string;
  readonly key: Credentials;
  readonly api: Caller;
  readonly public: Caller;
  readonly url: string;
}

export async function newApp(
  { account, url }: Pick<Served, "account" | "url">,
  settings: object = {},
): Promise<BenchApp> {
  const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Bench", settings });
  const path = `/v2/apps/${made.app.id}`;
  const { body } = await account.post<{ key: Credentials }>(`${path}/keys`, { displayName: "Bench" });
  const key = { id: body.key.id, secret: body.key.secret };
  return { id: made.app.id, key, api: caller(url, key), public: caller(url), url };
}

/** Makes an integration and answers it. */
export async function newIntegration(app: BenchApp, fields: object): Promise<{ id: string; webhookUrl: string }> {
  const { body } = await app.api.post<{ integration: { id: string; webhookUrl: string } }>(
    `/v2/apps/${app.id}/integrations`,
    fields,
  );
  return body.integration;
}

/** Signs a token by which a business proves a user. */
export function userToken({ key }: BenchApp, externalId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT", kid: key.id })}.${part({ scope: "user", external_id: externalId })}`;
  return `${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
}

/** Signs a person in from a device. */
export function login(app: BenchApp, integrationId: string, externalId: string, deviceId: string) {
  return app.public.post<{ appUser: { _id: string } }>(
    `/sdk/v2/apps/${app.id}/login`,
    { userId: externalId, client: { id: deviceId, platform: "web", integrationId } },
    { authorization: `Bearer ${userToken(app, externalId)}` },
  );
}

/** Delivers a person's message on Telegram; the same message id is the same message. */
export async function writeOnTelegram(
  app: BenchApp,
  integration: { readonly webhookUrl: string },
  person: { readonly id: string; readonly messageId: string },
) {
  const credentials = { secretToken: telegramSecret };
  const publicUrl = integration.webhookUrl;
  const sample = channelSample("telegram", {
    credentials,
    publicUrl,
    now: new Date(),
    person: { ...person, name: "Ann Example", text: "Hello" },
  });
  return app.public.send(sample.method, sample.path, { body: sample.body, headers: sample.headers });
}

export const telegramSecret = "a-secret-token";

/** Creates a conversation, and an anonymous user with it, from a new device. */
export function createAnonymousUser(app: BenchApp, integrationId: string, deviceId: string) {
  return app.public.post<{ appUser: { _id: string }; sessionToken: string }>(`/sdk/v2/apps/${app.id}/appusers`, {
    client: { id: deviceId, platform: "web", integrationId },
  });
}
