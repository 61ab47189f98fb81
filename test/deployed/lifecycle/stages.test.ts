import { fileURLToPath } from "node:url";
import { afterAll, expect, inject, test } from "vitest";
import { routes, workers } from "../../../lib/api/routes.ts";
import { sdkFileRoutes } from "../../../lib/infra/sdkHosting.ts";
import { newPersonal, say } from "../../support/business.ts";
import { connect, peopleOf, textsOf, write } from "../../support/channelPeople.ts";
import { serverAt } from "../../support/serverAt.ts";
import { unique } from "../../support/unique.ts";
import { newHearing } from "../hearing.ts";
import { failAtLast } from "../miniStack/assembly.ts";
import { deploy, deployReduced, destroy, statusOf, unprotect } from "../miniStack/deploy.ts";
import { leftovers } from "../miniStack/leftovers.ts";
import { startDoor } from "../miniStack/startDoor.ts";
import { target } from "../target.ts";

/** What becomes of a stage that is deployed: each test goes on from the one before. */

const cloud = inject("cloud");
const first = inject("deployment");

const server = target();
const app = await server.newApp();
const laterVersion = fileURLToPath(new URL("laterVersion.ts", import.meta.url));
const externalId = unique("person");
/** The workers of a stage without a canary, which is an operator's choice. */
const { probeUsers: _, ...deployedWorkers } = workers;
const bot = await connect(app, "telegram");
const hearing = await newHearing(server, ["conversation:message"]);
afterAll(hearing.receiver.close);
const { user, conversationId } = await newPersonal(hearing.app);
const said = { id: "424242", text: "Before the update", messageId: "7" };

/** What is done outside the stack for every stage. */
const corsSet = { resource: "ApiHttp", done: "CorsConfiguration set by UpdateApi" };

/** What has been said in the conversation that the webhook hears. */
const told: string[] = [];

/** What the account had before production. */
let beforeProduction: readonly string[] = [];

/** The key of the deployment that failed. */
let ofFailure: readonly string[] = [];

/** What production has, as soon as it is there. */
let ofProduction: readonly string[] = [];

/** What the first deployment made is as it was, new requests are answered, and events told. */
async function isServing(): Promise<void> {
  expect((await app.api.get(`/v2/apps/${app.id}/users/${externalId}`)).status).toBe(200);
  expect((await app.api.post(`/v2/apps/${app.id}/users`, { externalId })).status).toBe(409);
  expect((await app.api.post(`/v2/apps/${app.id}/users`, { externalId: unique("person") })).status).toBe(201);
  expect((await write(server, bot, said)).status).toBe(200);
  const people = await peopleOf(server, app);
  expect(people.map(textsOf).filter((texts) => texts.length > 0)).toEqual([["Before the update"]]);
  const text = unique("text");
  await say(hearing.app, conversationId, text, user.id);
  told.push(text);
  const heard = await hearing.hears(told.length);
  expect(heard.map(({ payload }) => payload.message.content.text)).toEqual(told);
}

const openApi = () => server.as().get("/openapi.json");
const later = () => server.as().get(`/v2/apps/${app.id}/later`);

test("the first version serves, and has no later operation", async () => {
  await app.api.post(`/v2/apps/${app.id}/users`, { externalId });
  await write(server, bot, said);
  await isServing();
  expect((await later()).status).toBe(404);
});

test("an update changes a Lambda, adds an operation, and keeps address, key and data", async () => {
  const updated = await deploy(cloud, "dev", "--app", `node ${laterVersion}`);
  expect(updated.outputs).toEqual(first.outputs);
  expect(updated.accountKey).toEqual(first.accountKey);
  expect(await openApi()).toMatchObject({ status: 200, text: "changed" });
  expect(await later()).toMatchObject({ status: 200, text: "added" });
  await isServing();
});

test("the earlier version, deployed again, takes the operation back and keeps the data", async () => {
  const earlier = await deploy(cloud, "dev");
  expect(earlier.outputs).toEqual(first.outputs);
  expect(earlier.accountKey).toEqual(first.accountKey);
  expect((await openApi()).body).toHaveProperty("openapi");
  expect((await later()).status).toBe(404);
  await isServing();
});

test("production whose first deployment fails at the very end leaves nothing but a key that waits for its deletion", async () => {
  const before = await leftovers(cloud);
  beforeProduction = before;
  const failing = deployReduced(cloud, "prod", (assembly) => failAtLast(assembly, "Sunroom-prod"));
  await expect(failing).rejects.toThrow("Sunroom-prod failed to deploy");
  expect(await statusOf(cloud, "prod")).toBe("ROLLBACK_COMPLETE");
  const left = (await leftovers(cloud)).filter((one) => !before.includes(one));
  ofFailure = left.filter((one) => one.startsWith("key "));
  expect(left.map((one) => one.replace(/^key .*/, "key"))).toEqual(["key", "stack Sunroom-prod"]);
});

test("production is deployed beside it after that, with every alias at once instead of by canaries", async () => {
  // The CDK deletes what was rolled back, and may not while it is protected.
  await expect(deployReduced(cloud, "prod")).rejects.toThrow("TerminationProtection");
  await unprotect(cloud, "prod");
  const { taken, outputs, accountKey, workarounds } = await deployReduced(cloud, "prod");
  const aliases = Object.keys({ ...routes, ...deployedWorkers, ...sdkFileRoutes }).length;
  expect(taken).toEqual({
    "AWS::CodeDeploy::Application": 1,
    "AWS::CodeDeploy::DeploymentGroup": aliases,
    "UpdatePolicy of AWS::Lambda::Alias": aliases,
    "AWS::CloudWatch::Alarm with Metrics": 5,
    "AWS::Logs::QueryDefinition": 5,
  });
  expect(workarounds).toEqual([corsSet]);
  ofProduction = (await leftovers(cloud)).filter((one) => ![...beforeProduction, ...ofFailure].includes(one));
  using door = await startDoor(outputs.ApiUrl);
  const production = serverAt(door.url, accountKey);
  const made = await production.newApp();
  const users = `/v2/apps/${made.id}/users`;
  expect((await made.api.post(users, { externalId })).status).toBe(201);
  expect((await made.api.post(users, { externalId })).status).toBe(409);
  expect((await production.as(app.key).get(users)).status).toBe(401);
  await isServing();
});

test("only what docs/testing.md lists was done outside the stack", () => {
  const targetsSet = { resource: "deliverEvents", done: "WEBHOOK_TARGETS set by UpdateFunctionConfiguration" };
  expect(first.workarounds).toEqual([corsSet, targetsSet]);
});

test("a dev stage that is destroyed leaves nothing", async () => {
  await destroy(cloud, "dev");
  expect((await leftovers(cloud)).filter((one) => !ofProduction.includes(one))).toEqual(ofFailure);
});

test("production is not destroyed while it is protected, and then keeps its table, keys, queues, bucket and logs", async () => {
  await expect(destroy(cloud, "prod")).rejects.toThrow("TerminationProtection");
  await unprotect(cloud, "prod");
  await destroy(cloud, "prod");
  const left = (await leftovers(cloud)).filter((one) => ofProduction.includes(one));
  const kept = /^(bucket|key|logGroup|queue|secret|table) /;
  // MiniStack deletes what is in a nested stack, whatever its policy says: docs/testing.md.
  expect(left).toEqual(ofProduction.filter((one) => kept.test(one) && !one.includes("NestedStack")));
  expect(left.filter((one) => one.startsWith("logGroup")).length).toBe(Object.keys(deployedWorkers).length + 1);
});

test("production is deployed again beside what it kept, with another account key and no data", async () => {
  const { outputs, accountKey } = await deployReduced(cloud, "prod");
  using door = await startDoor(outputs.ApiUrl);
  const anew = serverAt(door.url, accountKey);
  expect((await anew.account.get("/v2/apps")).body).toMatchObject({ apps: [] });
  const made = await anew.newApp();
  expect((await made.api.post(`/v2/apps/${made.id}/users`, { externalId })).status).toBe(201);
});
