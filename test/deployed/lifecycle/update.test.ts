import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { connect, peopleOf, textsOf, write } from "../../support/channelPeople.ts";
import { serverAt } from "../../support/serverAt.ts";
import { unique } from "../../support/unique.ts";
import { deploy, destroy } from "../miniStack/deploy.ts";
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
const bot = await connect(app, "telegram");
const said = { id: "424242", text: "Before the update", messageId: "7" };

/** What the first deployment made is as it was, and new requests are answered. */
async function isServing(): Promise<void> {
  expect((await app.api.get(`/v2/apps/${app.id}/users/${externalId}`)).status).toBe(200);
  expect((await app.api.post(`/v2/apps/${app.id}/users`, { externalId })).status).toBe(409);
  expect((await app.api.post(`/v2/apps/${app.id}/users`, { externalId: unique("person") })).status).toBe(201);
  expect((await write(server, bot, said)).status).toBe(200);
  const people = await peopleOf(server, app);
  expect(people.map(textsOf).filter((texts) => texts.length > 0)).toEqual([["Before the update"]]);
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

test("only what docs/testing.md lists was done outside the stack", async () => {
  expect(first.workarounds).toEqual([{ resource: "ApiHttp", done: "CorsConfiguration set by UpdateApi" }]);
});

test("a dev stage that is destroyed leaves nothing but what the CDK's bootstrap made", async () => {
  await destroy(cloud, "dev");
  expect(await leftovers(cloud)).toEqual([]);
});

test("a destroyed stage is deployed again, with another account key and no data", async () => {
  const again = await deploy(cloud, "dev");
  expect(again.accountKey.id).not.toBe(first.accountKey.id);
  const door = await startDoor(again.outputs.ApiUrl);
  const anew = serverAt(door.url, again.accountKey);
  expect((await anew.account.get("/v2/apps")).body).toMatchObject({ apps: [] });
  const made = await anew.newApp();
  expect((await made.api.post(`/v2/apps/${made.id}/users`, { externalId })).status).toBe(201);
  door.close();
  await destroy(cloud, "dev");
  expect(await leftovers(cloud)).toEqual([]);
});
