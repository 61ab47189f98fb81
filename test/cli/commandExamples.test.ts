import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { Command } from "../../lib/cli/command.ts";
import { commands } from "../../lib/cli/commands.ts";
import { newConversation, newIntegration, newUser, newWebhook, say, type TestUser } from "../support/business.ts";
import { connect } from "../support/channelPeople.ts";
import { compileCache } from "../support/compileCache.ts";
import { type Run, runSunroom } from "../support/runSunroom.ts";
import { startControlled } from "../support/startControlled.ts";
import { startReceiver } from "../support/startReceiver.ts";

const server = await startControlled();
afterAll(server.stop);
const receiver = await startReceiver();
afterAll(receiver.close);

// What examples read.
writeFileSync(join(server.directory, "people.txt"), "jane@example.org\n");
writeFileSync(join(server.directory, "secret.json"), '{"id":"act_old","secret":"s"}');
const settings = { TELEGRAM_TOKEN: "123:abc", APP_SECRET: "hush", CHANNEL_SECRET: "hush" };

const program = fileURLToPath(new URL("../../bin/sunroom.ts", import.meta.url));

/** Runs an example: by a shell, where it reads or writes a file or a variable, else in this process, which is faster. */
function runExample(example: string, appId: string): Promise<Run> {
  const environment = {
    ...{ SUNROOM_URL: server.url, SUNROOM_APP_ID: appId },
    ...{ SUNROOM_KEY_ID: server.accountKey.id, SUNROOM_KEY_SECRET: server.accountKey.secret },
  };
  if (/[$<>]|\.txt|\.json/.test(example)) return runByShell(`sunroom ${example}`, { ...environment, ...settings });
  const words = example.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return runSunroom(
    words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2")),
    environment,
  );
}

function runByShell(line: string, environment: Readonly<Record<string, string>>): Promise<Run> {
  const child = spawn("sh", ["-c", `sunroom() { "$NODE" --import "$COMPILED" "$PROGRAM" "$@"; }\n${line}`], {
    cwd: server.directory,
    env: { ...environment, PATH: process.env.PATH, NODE: process.execPath, COMPILED: compileCache, PROGRAM: program },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text) => {
      output[stream] += text;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
  });
}

type App = Awaited<ReturnType<typeof server.newApp>>;

/** Makes what a command is about in an app: for each name of a parameter a record. */
async function prepare(app: App, { name }: Command): Promise<Readonly<Record<string, string>>> {
  if (name === "user create") return {};
  const jane = await newUser(app, { externalId: "jane@example.org", profile: { givenName: "Jane" } });
  const other: TestUser = await newUser(app);
  const participants = [{ userId: jane.id }];
  const first = await newConversation(app, { type: "personal", participants });
  const another = await newConversation(app, { type: "personal", participants });
  const line = await connect(app, "line");
  await newIntegration(app, { type: "telegram", token: "456:def" });
  const webhook = await newWebhook(app, await newIntegration(app, { type: "custom" }), { target: receiver.url });
  return {
    ...{ appId: app.id, keyId: app.key.id, userIdOrExternalId: other.id, integrationId: line.id },
    ...{ conversationId: another, webhookId: webhook.id },
    ...(name === "webhook replay" ? { deliveryId: await deliveryOf(app, webhook.id, first) } : {}),
  };
}

/** Has a message delivered to a webhook, and answers the delivery's id. */
async function deliveryOf(app: App, webhookId: string, conversationId: string): Promise<string> {
  await say(app, conversationId, "Hello");
  const path = `/v2/apps/${app.id}/integrations`;
  const { body } = await app.api.get<{ integrations: { id: string }[] }>(`${path}?filter[types]=custom`);
  const deliveries = `${path}/${body.integrations[0]?.id}/webhooks/${webhookId}/deliveries`;
  const listed = async () => (await app.api.get<{ deliveries: { id: string }[] }>(deliveries)).body.deliveries;
  await expect.poll(listed, { timeout: 60_000 }).toHaveLength(1);
  return (await listed())[0]?.id ?? "";
}

/** Puts the ids of records in the place of an example's, in the order of the command's parameters. */
function withIds(example: string, { parameters }: Command, records: Readonly<Record<string, string>>): string {
  const names = parameters.map((parameter) => parameter.replaceAll(/[^a-zA-Z]/g, ""));
  let place = 0;
  return example.replaceAll(/\b(?:app_)?[0-9a-f]{24}\b/g, (id) => {
    const name = names[Math.min(place++, names.length - 1)];
    return records[name ?? ""] ?? id;
  });
}

describe.each(commands)("sunroom $name", (command) => {
  test.each(command.examples)("%s", async (example) => {
    const app = await server.newApp();
    const records = await prepare(app, command);
    const { code, stdout, stderr } = await runExample(withIds(example, command, records), app.id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    if (example.endsWith("--json")) expect(() => JSON.parse(stdout)).not.toThrow();
    else if (!example.includes(" > ")) expect(stdout).not.toBe("");
  });
});
