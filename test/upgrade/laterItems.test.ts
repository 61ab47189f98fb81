import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { LaterFormError } from "../../lib/db/decodeItem.ts";
import { isPermanentFault } from "../../lib/db/permanentFault.ts";
import { refuseLaterData } from "../../lib/local/start/dataDirectory.ts";
import { StartError } from "../../lib/local/startError.ts";
import { itemForm } from "../../lib/model/itemForm.ts";
import { newUser } from "../support/business.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { writtenLog } from "../support/watchLog.ts";
import { putItems, type StoredItem, scanTable } from "./storedItem.ts";

const server = await startTestServer();
const app = await server.newApp();
const page = await newWebPage(server, app);
const base = `/v2/apps/${app.id}/users`;

const itemOf = async (id: string) =>
  (await scanTable(server.endpoint, server.tableName)).find(({ pk, sk }) => pk.S.endsWith(id) && sk.S === "user");

/** Makes a user as a later version might write it, in a form that this one would misread. */
async function laterUser() {
  const user = await newUser(app);
  const item = await itemOf(user.id);
  const later = { ...item, form: { N: String(itemForm + 1) }, profile: { S: "not JSON" } } as unknown as StoredItem;
  await putItems(server.endpoint, server.tableName, [later]);
  return { ...user, later };
}

describe("a user in a form of a later version", () => {
  test.each([
    ["read", "GET", undefined],
    ["changed", "PATCH", { profile: { givenName: "Ada" } }],
    ["deleted", "DELETE", undefined],
  ] as const)("is not %s, and stays as it is", async (_, method, body) => {
    const { id, later } = await laterUser();
    expect((await app.api.send(method, `${base}/${id}`, { body })).status).toBe(500);
    expect(await itemOf(id)).toEqual(later);
  });

  test("is neither created again nor signed in", async () => {
    const { id, externalId, later } = await laterUser();
    const before = writtenLog().length;
    expect((await app.api.post(base, { externalId })).status).toBe(500);
    expect((await page.signIn(externalId)).status).toBe(500);
    expect(await itemOf(id)).toEqual(later);
    expect(writtenLog().slice(before)).toContain('"name":"LaterFormError"');
  });

  test("does not hinder the users beside it", async () => {
    await laterUser();
    const { id } = await newUser(app);
    expect((await app.api.get(`${base}/${id}`)).status).toBe(200);
  });

  test("keeps a channel's message waiting, as a fault that may pass", () => {
    expect(isPermanentFault(new LaterFormError("later"))).toBe(false);
  });
});

describe("the data directory of the local server", () => {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  const file = join(directory, "form");
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("notes the form of its data, and is opened again", () => {
    refuseLaterData(directory);
    expect(readFileSync(file, "utf8")).toBe(`${itemForm}\n`);
    expect(() => refuseLaterData(directory)).not.toThrow();
  });

  test("of a later version is refused in one sentence, and left as it is", () => {
    writeFileSync(file, `${itemForm + 1}\n`);
    expect(() => refuseLaterData(directory)).toThrow(StartError);
    expect(() => refuseLaterData(directory)).toThrow(
      /^A later version of Sunroom wrote the data in [^\n]*begins anew\.$/,
    );
    expect(readFileSync(file, "utf8")).toBe(`${itemForm + 1}\n`);
  });
});
