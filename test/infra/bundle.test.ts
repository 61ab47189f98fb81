import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { routes, workers } from "../../lib/api/routes.ts";
import { type Bundle, bundleBudget, bundleFunctions } from "../../lib/infra/bundling/bundle.ts";
import { channelSample } from "../../lib/local/channelSamples.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { type Engine, startEngine } from "../../lib/local/engine.ts";
import { type LocalServer, startServer } from "../../lib/local/server.ts";
import { channelTypes } from "../../lib/model/channel.ts";
import { type Caller, type Credentials, caller, newAccountKey } from "../support/caller.ts";
import { openStream } from "../support/readStream.ts";
import { type AwsService, startAwsService } from "../support/startAwsService.ts";
import { type DynamodbProxy, startProxy } from "../support/startProxy.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { synthesize } from "./synthesize.ts";

const require = createRequire(import.meta.url);
const operations = [...Object.keys(routes), ...Object.keys(workers)];
const directory = mkdtempSync(join(tmpdir(), "sunroom-bundle-"));
const artefact = (operation: string) => join(directory, operation, "index.cjs");

const accountKey = newAccountKey();
const tableName = `bundle-${randomBytes(6).toString("hex")}`;

let bundles: ReadonlyMap<string, Bundle>;
let engine: Engine;
let proxy: DynamodbProxy;
/** What the secret of the account key holds. */
let secret: object = accountKey;
let secretsManager: AwsService;
let sqs: AwsService;
let server: LocalServer;
let account: Caller;

/** What Lambda and the stack set, with the SDK's own variables to lead it to the engine instead of to AWS. */
const onLambda = () => ({
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "session",
  AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
});

beforeAll(async () => {
  bundles = await bundleFunctions(operations, directory);
  engine = await startEngine({});
  await createTable(engine.endpoint, tableName, { streamed: true });
  proxy = await startProxy(engine.endpoint);
  secretsManager = await startAwsService(() => ({ body: { SecretString: JSON.stringify(secret) } }));
  sqs = await startAwsService(() => ({ body: { MessageId: "1" } }));
  Object.assign(process.env, onLambda(), {
    TABLE_NAME: tableName,
    ACCOUNT_KEY_ARN: "arn:aws:secretsmanager:account-key",
    DELIVERY_QUEUE_URL: `${sqs.endpoint}/111111111111/deliveries`,
    DEAD_LETTER_QUEUE_URL: `${sqs.endpoint}/111111111111/dead-letters`,
    EVENT_QUEUE_URL: `${sqs.endpoint}/111111111111/events.fifo`,
    EVENT_RETRY_QUEUE_URL: `${sqs.endpoint}/111111111111/events-later`,
    EVENT_DEAD_LETTER_QUEUE_URL: `${sqs.endpoint}/111111111111/events-dead`,
    // The receiver of the tests is on this machine; the stack allows no such target.
    WEBHOOK_TARGETS: "loopback",
  });
  server = await startServer({ port: 0, loadFunction: async (operation) => require(artefact(operation)).handler });
  account = caller(server.url, accountKey);
});

afterAll(async () => {
  await server?.close();
  await proxy?.close();
  await engine?.stop();
  secretsManager?.close();
  sqs?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The most that a bundle carries of the code that keeps records, in kB: an operation carries no stores that it never calls. */
const recordBudgets: Readonly<Record<string, readonly string[]>> = {
  60.5: ["channelWebhook"],
  55: ["replayDelivery"],
  47: ["sdkCreateConversation"],
  42: ["callChannels"],
  36.5: ["sdkLogin", "createClient"],
  35: ["publishEvents"],
  31.5: ["deleteUser"],
  27.5: ["sdkPostActivity"],
  24.5: ["sdkUploadFile"],
  23: [
    "postMessage",
    "sdkSendMessage",
    "sdkTriggerPostback",
    "sdkGetUser",
    "sdkUpdateUser",
    "deleteUserPersonalInformation",
  ],
  21: [
    ...["sdkListConversations", "sdkGetConversation", "sdkUpdateConversation", "sdkSubscribe", "sdkListMessages"],
    ...["deliverEvents", "postActivity"],
  ],
  21.2: ["createUser"],
  19.3: ["createConversation", "joinConversation", "leaveConversation", "removeClient"],
  19: ["createIntegration", "listConversations", "sdkGetConfig", "sdkLogout", "sdkValidateMessage", "getAttachment"],
  15.3: [
    "updateIntegration",
    "updateConversation",
    "deleteConversation",
    "listMessages",
    "deleteMessage",
    "deleteAllMessages",
  ],
  13: ["uploadAttachment", "createAttachmentUpload", "getConversation", "listParticipants"],
  11: ["pingWebhook", "replayWebhookDelivery", "updateUser", "deleteApp"],
};
const budgetOf = (operation: string): number =>
  Number(Object.entries(recordBudgets).find(([, names]) => names.includes(operation))?.[0] ?? 9) * 1_000;
const keepsRecords = /^lib\/(?:db(?!\/dynamodb)|conversations|users|channels|apps|events)\//;

describe("a bundled Lambda", () => {
  test.each(operations)("%s carries no more of what keeps records than its budget", (operation) => {
    const parts = [...(bundles.get(operation)?.parts ?? [])].filter(([path]) => keepsRecords.test(path));
    expect(
      parts.reduce((sum, [, bytes]) => sum + bytes, 0),
      "recordBudgets",
    ).toBeLessThanOrEqual(budgetOf(operation));
  });

  test.each(operations)("%s weighs at most 230 kB", (operation) => {
    expect(bundles.get(operation)?.bytes).toBeLessThanOrEqual(bundleBudget);
  });

  test("has a source map beside it", () => {
    for (const operation of operations) expect(existsSync(`${artefact(operation)}.map`)).toBe(true);
  });

  test.each(operations)("%s starts with exactly the environment that the stack gives it", async (operation) => {
    const { Environment } = stack.named(`${operation}Function`).Properties as {
      Environment: { Variables: Record<string, unknown> };
    };
    const variables = Object.keys(Environment.Variables).map((name) => [name, "x"]);
    const code = `const { handler } = require(${JSON.stringify(artefact(operation))}); if (typeof handler !== "function") throw new Error("no handler")`;
    await expect(run(code, { ...onLambda(), ...Object.fromEntries(variables) })).resolves.toBe(0);
  });

  test("serves its route, with the credentials and the account key where Lambda has them", async () => {
    const made = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Bundled" });
    expect(made.status).toBe(201);
    const users = `/v2/apps/${made.body.app.id}/users`;
    expect((await account.post(users, { externalId: "a/b" })).status).toBe(201);
    expect((await account.post(users, { externalId: "a/b" })).status).toBe(409);
    expect((await account.get(`${users}/a%2Fb`)).body).toMatchObject({ user: { externalId: "a/b" } });
    expect((await caller(server.url).get(`${users}/a%2Fb`)).status).toBe(401);
    expect((await caller(server.url).get("/nowhere")).body).toMatchObject({ errors: [{ code: "not_found" }] });
  });

  test("that posts messages loads what converts Markdown when the first message has any, and no other has it at all", async () => {
    const made = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Bundled" });
    const base = `/v2/apps/${made.body.app.id}`;
    await account.post(`${base}/users`, { externalId: "reader" });
    const started = await account.post<{ conversation: { id: string } }>(`${base}/conversations`, {
      type: "personal",
      participants: [{ userExternalId: "reader" }],
    });
    const converter = require.resolve(join(directory, "postMessage", "http-markdown.cjs"));
    const post = (content: object) =>
      account.post(`${base}/conversations/${started.body.conversation.id}/messages`, {
        author: { type: "business" },
        content: { type: "text", ...content },
      });
    expect((await post({ text: "Hi" })).status).toBe(201);
    expect(require.cache[converter]).toBeUndefined();
    expect(await post({ markdownText: "# Hi" })).toMatchObject({
      status: 201,
      body: { messages: [{ content: { htmlText: "<h1>Hi</h1>" } }] },
    });
    expect(require.cache[converter]).toBeDefined();
    expect(
      operations.filter((operation) => existsSync(join(directory, operation, "http-markdown.cjs"))).toSorted(),
    ).toEqual(["createClient", "postMessage"]);
  });

  test("that takes channels' deliveries loads a channel when its first delivery comes, and weighs no more with it", async () => {
    const files = channelTypes.map((type) => join(directory, "channelWebhook", `channels-${type}-receive.cjs`));
    for (const file of files)
      expect((bundles.get("channelWebhook")?.bytes ?? 0) + statSync(file).size).toBeLessThanOrEqual(bundleBudget);
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Loaded" });
    const credentials = { channelSecret: "secret" };
    const { body } = await account.post<{ integration: { webhookUrl: string } }>(
      `/v2/apps/${made.app.id}/integrations`,
      { type: "line", ...credentials },
    );
    const publicUrl = body.integration.webhookUrl;
    const person = { id: "U2", name: "Ann", text: "Hello", messageId: "2" };
    const sample = channelSample("line", { credentials, publicUrl, now: new Date(), person });
    const { status } = await caller(server.url).send(sample.method, sample.path, sample);
    expect(status).toBe(200);
    const loaded = files.filter((file) => require.cache[file] !== undefined);
    expect(loaded).toEqual([join(directory, "channelWebhook", "channels-line-receive.cjs")]);
  });

  const keys = Object.entries(routes).flatMap(([operation, { routeKeys }]) => routeKeys.map((key) => [key, operation]));
  test.each(keys)("answers %s without a fault", async (routeKey, operation) => {
    const [method = "GET", path = "/nowhere"] = routeKey === "$default" ? [] : routeKey.split(" ");
    const target = path.replace(/\{\w+\+?\}/g, "0123456789abcdef01234567");
    const { status, text } = await account.send(method, target, { body: method === "GET" ? undefined : {} });
    const isNotServed = operation === "unknownRoute" && path.endsWith("/sync");
    if (isNotServed) expect([status, text]).toEqual([501, expect.stringContaining("not_offered")]);
    else expect(status, text).toBeLessThan(500);
  });
});

describe("the account key on Lambda", () => {
  afterEach(() => void vi.useRealTimers());

  let now = 0;
  /** A minute later, which is as long as a Lambda remembers what the secret held. */
  const aMinuteLater = () => {
    now = Math.max(now, Date.now()) + 60_001;
    vi.useFakeTimers({ toFake: ["Date"], now });
  };
  const statusFor = async (key: Credentials) => (await caller(server.url, key).get("/v2/apps")).status;

  test("is read from its secret once a minute", async () => {
    const called = secretsManager.calls.length;
    aMinuteLater();
    for (let request = 0; request < 3; request++) expect(await statusFor(accountKey)).toBe(200);
    expect(secretsManager.calls.slice(called)).toMatchObject([
      { target: "secretsmanager.GetSecretValue", input: { SecretId: "arn:aws:secretsmanager:account-key" } },
    ]);
  });

  test("is rotated without a moment at which a caller is refused", async () => {
    const [old, next] = [accountKey, newAccountKey()];
    secret = { ...next, previous: old };
    aMinuteLater();
    expect([await statusFor(old), await statusFor(next)]).toEqual([200, 200]);
    expect(await statusFor({ id: old.id, secret: next.secret })).toBe(401);
    secret = next;
    aMinuteLater();
    expect([await statusFor(old), await statusFor(next)]).toEqual([401, 200]);
    secret = old;
    aMinuteLater();
    expect(await statusFor(old)).toBe(200);
  });
});

describe("the people of a deleted app", () => {
  test("are deleted when the schedule invokes the worker", async () => {
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Deleted" });
    const users = `/v2/apps/${made.app.id}/users`;
    await account.post(users, { externalId: "gone" });
    expect((await account.delete(`/v2/apps/${made.app.id}`)).status).toBe(200);
    const { handler } = require(artefact("eraseDeletedApps"));
    const deleted = proxy.calls.filter((action) => action === "BatchWriteItem").length;
    const time = new Date(Date.now() + 180_000).toISOString();
    await handler({ time }, { awsRequestId: "1", getRemainingTimeInMillis: () => 60_000 });
    expect(proxy.calls).toContain("Scan");
    expect(proxy.calls.filter((action) => action === "BatchWriteItem").length).toBeGreaterThan(deleted);
  });
});

describe("a delivery that cannot be stored", () => {
  test("is put into the queue, and stored when the queue invokes the worker with it", async () => {
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Queued" });
    const integrations = `/v2/apps/${made.app.id}/integrations`;
    const credentials = { channelSecret: "secret" };
    const { body } = await account.post<{ integration: { webhookUrl: string } }>(integrations, {
      type: "line",
      ...credentials,
    });
    const person = { id: "U1", name: "Ann", text: "Hello", messageId: "1" };
    const sample = channelSample("line", {
      credentials,
      publicUrl: body.integration.webhookUrl,
      now: new Date(),
      person,
    });
    const { method, path, headers, body: text } = sample;
    proxy.fault({ kind: "throttle", action: "TransactWriteItems" });
    const answer = await caller(server.url).send(method, path, { body: text, headers });
    expect(answer.status).toBe(200);
    expect(sqs.calls).toMatchObject([
      {
        target: "AmazonSQS.SendMessage",
        input: { QueueUrl: process.env.DELIVERY_QUEUE_URL, MessageBody: expect.stringContaining("Hello") },
      },
    ]);
    const queued = JSON.parse(String(sqs.calls[0]?.input.MessageBody));
    expect(queued.requestId).toBe(answer.headers["x-request-id"]);
    proxy.fault(undefined);
    const written = proxy.calls.filter((action) => action === "TransactWriteItems").length;
    const record = { messageId: "1", body: sqs.calls[0]?.input.MessageBody };
    const { handler } = require(artefact("replayDelivery"));
    expect(await handler({ Records: [record] }, { awsRequestId: "1" })).toEqual({ batchItemFailures: [] });
    expect(proxy.calls.filter((action) => action === "TransactWriteItems").length).toBe(written + 1);
  });
});

describe("an event", () => {
  test("is put into the queue when the stream invokes the worker that publishes, and reaches its webhook from the queue", async () => {
    await using receiver = await startReceiver();
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Told" });
    const base = `/v2/apps/${made.app.id}`;
    const webhooks = [{ target: receiver.url, triggers: ["user:remove"] }];
    await account.post(`${base}/integrations`, { type: "custom", webhooks });
    await account.post(`${base}/users`, { externalId: "leaves" });
    const stream = await openStream(engine.endpoint, tableName);
    await stream.read();
    await account.delete(`${base}/users/leaves`);
    const Records = await stream.read();
    stream.close();

    const called = sqs.calls.length;
    const publish = require(artefact("publishEvents")).handler;
    expect(await publish({ Records }, { awsRequestId: "1" })).toEqual({ batchItemFailures: [] });
    const [call, ...others] = sqs.calls.slice(called);
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      target: "AmazonSQS.SendMessageBatch",
      input: { QueueUrl: process.env.EVENT_QUEUE_URL, Entries: [{ MessageGroupId: expect.any(String) }] },
    });
    const { Entries } = call?.input ?? {};
    const [entry] = Entries as [{ MessageBody: string }];

    const deliver = require(artefact("deliverEvents")).handler;
    const batch = { Records: [{ messageId: "1", body: entry.MessageBody }] };
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 50_000 };
    expect(await deliver(batch, context)).toEqual({ batchItemFailures: [] });
    expect(receiver.events()).toMatchObject([{ type: "user:remove" }]);
    // A queue may hand out a message twice, and the record of the first delivery tells.
    expect(await deliver(batch, context)).toEqual({ batchItemFailures: [] });
    expect(receiver.received.length).toBe(1);
  });
});

const stack = synthesize({ canaryAppId: "64d1e3a5b7c9f0a1b2c3d4e5" });

/** Runs code in a thread with an environment of its own; its exit code, or what it threw. */
function run(code: string, env: NodeJS.Dict<string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, env });
    worker.on("error", reject);
    worker.on("exit", resolve);
  });
}
