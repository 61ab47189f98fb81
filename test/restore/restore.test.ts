import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { deletedAppKey, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { scanItems } from "../../lib/db/scanItems.ts";
import { deleteItem } from "../../lib/db/writeItems.ts";
import { createTable } from "../../lib/local/createTable.ts";
import type { Replayed } from "../../lib/restore/replayDeletions.ts";
import { runRestore } from "../../lib/restore/runRestore.ts";
import { newConversation, newGroup, newIntegration, newPersonal, newUser, say } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { putAll } from "../support/newTable.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { everyItem } from "../support/tableItems.ts";

/** The drill of docs/operations.md: a point in time, deletions after it, the restored table, and what is replayed on it. */

const server = await startTestServer();
const live = openDb(server.tableName, server.endpoint);

/** Copies the table as a restore to this moment would. */
async function pointInTime(): Promise<string> {
  const name = `restored-${randomBytes(6).toString("hex")}`;
  await createTable(server.endpoint, name);
  const restored = openDb(name, server.endpoint);
  for await (const items of scanItems(live)) await putAll(restored, items);
  return name;
}

async function restore(...words: readonly string[]) {
  const output = { stdout: "", stderr: "" };
  const code = await runRestore(
    words,
    { DYNAMODB_ENDPOINT: server.endpoint },
    {
      async write(text) {
        output.stdout += text;
      },
      complain(text) {
        output.stderr += text;
      },
    },
  );
  return { code, ...output };
}

const replay = async (restored: string, ...more: readonly string[]) => {
  const { code, stdout, stderr } = await restore(
    ...["replay", "--restored", restored, "--live", server.tableName],
    ...more,
  );
  return { code, stderr, report: JSON.parse(stdout || "{}") as Replayed };
};

/** Counts the items of a table that hold a word. */
const traces = async (tableName: string, word: string) =>
  (await everyItem({ tableName })).filter((item) => item.kind !== "vacancy" && JSON.stringify(item).includes(word))
    .length;

const remove = (app: TestApp, id: string) => app.api.delete(`/v2/apps/${app.id}/users/${id}`);

describe("replaying deletions on a restored table", () => {
  test("a user that was deleted since does not come back, nor does anything that the user said", async () => {
    const app = await server.newApp();
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "my address is 1 Secret Street", user.id);
    const kept = await newPersonal(app);
    await say(app, kept.conversationId, "kept as it was", kept.user.id);
    const restored = await pointInTime();
    await remove(app, user.id);
    expect(await traces(restored, "Secret Street")).toBeGreaterThan(0);
    const { code, report } = await replay(restored);
    expect(code).toBe(0);
    expect(report.deletedUsers).toEqual([{ appId: app.id, userId: user.id }]);
    expect(await traces(restored, "Secret Street")).toBe(0);
    expect(await traces(restored, user.externalId)).toBe(0);
    expect(await traces(restored, "kept as it was")).toBeGreaterThan(0);
    expect((await replay(restored)).report).toMatchObject({ deletedUsers: [], clearedUsers: [], deletedKeys: [] });
  });

  test("also where another user has the externalId since, who is not taken for the deleted one", async () => {
    const app = await server.newApp();
    const user = await newUser(app);
    const restored = await pointInTime();
    await remove(app, user.id);
    const { body } = await app.api.post<{ user: { id: string } }>(`/v2/apps/${app.id}/users`, {
      externalId: user.externalId,
    });
    expect(body.user.id).not.toBe(user.id);
    const later = await pointInTime();
    expect((await replay(restored)).report.deletedUsers).toEqual([{ appId: app.id, userId: user.id }]);
    expect((await replay(later)).report.deletedUsers).toEqual([]);
  });

  test("also where the deleted user signed in again as a guest that took the externalId over", async () => {
    const app = await server.newApp();
    const user = await newUser(app);
    const restored = await pointInTime();
    await remove(app, user.id);
    const device = newDevice(server, app, await newIntegration(app));
    const guest = await device.begin();
    const signedIn = await device.login(user.externalId, guest);
    expect(signedIn.body.appUser._id).toBe(guest.appUserId);
    expect((await replay(restored)).report.deletedUsers).toEqual([{ appId: app.id, userId: user.id }]);
  });

  test("a user that was merged since is kept, and goes if the other one was deleted", async () => {
    const app = await server.newApp();
    const integrationId = await newIntegration(app);
    const merged = async () => {
      const known = await newUser(app);
      const device = newDevice(server, app, integrationId);
      const guest = await device.begin();
      return { known, guest, device };
    };
    const [stays, goes] = [await merged(), await merged()];
    const restored = await pointInTime();
    for (const { known, guest, device } of [stays, goes])
      expect((await device.login(known.externalId, guest)).status).toBe(200);
    await remove(app, goes.known.externalId);
    const { report } = await replay(restored);
    const deletedIds = report.deletedUsers.map(({ userId }) => userId);
    expect(deletedIds.sort()).toEqual([goes.known.id, goes.guest.appUserId].sort());
  });

  test("a group keeps the messages of the others", async () => {
    const app = await server.newApp();
    const { users, conversationId } = await newGroup(app, 2);
    const [goes, stays] = [users[0]?.id ?? "", users[1]?.id ?? ""];
    await say(app, conversationId, "said by the one who goes", goes);
    await say(app, conversationId, "said by the one who stays", stays);
    const restored = await pointInTime();
    await remove(app, goes);
    expect((await replay(restored)).code).toBe(0);
    expect(await traces(restored, "said by the one who goes")).toBe(0);
    expect(await traces(restored, "said by the one who stays")).toBeGreaterThan(0);
  });

  test("personal information that was cleared since is cleared again, unless it was a mishap", async () => {
    const app = await server.newApp();
    const user = await newUser(app, { profile: { givenName: "Hortensia" } });
    const restored = await pointInTime();
    await app.api.delete(`/v2/apps/${app.id}/users/${user.id}/personalinformation`);
    expect((await replay(restored, "--keep-profiles")).report.clearedUsers).toEqual([]);
    expect(await traces(restored, "Hortensia")).toBe(1);
    expect((await replay(restored)).report.clearedUsers).toEqual([{ appId: app.id, userId: user.id }]);
    expect(await traces(restored, "Hortensia")).toBe(0);
  });

  test("a key that was deleted since opens nothing again", async () => {
    const app = await server.newApp();
    const { body } = await app.api.post<{ key: { id: string } }>(`/v2/apps/${app.id}/keys`, { displayName: "Leaked" });
    const made =
      body.key ??
      (await server.account.post<{ key: { id: string } }>(`/v2/apps/${app.id}/keys`, { displayName: "Leaked" })).body
        .key;
    const restored = await pointInTime();
    await server.account.delete(`/v2/apps/${app.id}/keys/${made.id}`);
    expect((await replay(restored)).report.deletedKeys).toEqual([made.id]);
    expect(await traces(restored, made.id)).toBe(0);
    expect(await traces(restored, app.key.id)).toBeGreaterThan(0);
  });

  test("an app that was deleted since is deleted; one that is only missing awaits a decision", async () => {
    const [deleted, missing] = [await server.newApp(), await server.newApp()];
    const person = await newUser(missing);
    const restored = await pointInTime();
    await server.account.delete(`/v2/apps/${deleted.id}`);
    await deleteItem(live, { pk: "apps", sk: `app#${missing.id}` });
    const first = await replay(restored);
    expect(first).toMatchObject({ code: 1, report: { deletedApps: [deleted.id], undecidedApps: [missing.id] } });
    expect(first.stderr).toContain(missing.id);
    expect(await getItem(openDb(restored, server.endpoint), deletedAppKey(deleted.id))).toBeDefined();
    expect(await replay(restored, "--lost-app", missing.id)).toMatchObject({ code: 0, report: { deletedApps: [] } });
    expect(await traces(restored, person.externalId)).toBe(1);
    expect((await replay(restored, "--deleted-app", missing.id)).report.deletedApps).toEqual([missing.id]);
    await deleteItem(live, deletedAppKey(deleted.id));
  });
});

describe("copying from a restored table", () => {
  test("brings back what was lost and nobody who was deleted", async () => {
    const app = await server.newApp();
    const lost = await newUser(app);
    const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: lost.id }] });
    await say(app, conversationId, "what was lost", lost.id);
    const [gone, late] = [await newUser(app), await newUser(app)];
    const restored = await pointInTime();
    const isMessage = (item: { sk?: string }) =>
      item.sk?.startsWith("message#") && JSON.stringify(item).includes("what was lost");
    const messages = (await everyItem(server)).filter(isMessage);
    expect(messages).toHaveLength(1);
    for (const { pk, sk } of messages) await deleteItem(live, { pk, sk });
    await remove(app, gone.id);
    await deleteItem(live, userKey(app.id, lost.id));
    const tables = ["--restored", restored, "--live", server.tableName];
    const apps = (await replay(restored)).report.undecidedApps.flatMap((id) => ["--lost-app", id]);
    expect(await restore("copy", ...tables, ...apps)).toMatchObject({ code: 2 });
    // What is deleted after the replay stops the copy, and is replayed by it.
    await remove(app, late.id);
    expect(await restore("copy", ...tables, ...apps, "--yes")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(late.id),
    });
    expect(await restore("copy", ...tables, ...apps, "--yes")).toMatchObject({ code: 0, stderr: "" });
    expect(await app.api.get(`/v2/apps/${app.id}/users/${lost.id}`)).toMatchObject({ status: 200 });
    expect(await app.api.get(`/v2/apps/${app.id}/users/${gone.id}`)).toMatchObject({ status: 404 });
    // Webhooks are told of no message anew.
    expect((await everyItem(server)).filter(isMessage)).toMatchObject([{ moved: true }]);
    const { stdout } = await restore("users", "--live", server.tableName, "--app", app.id);
    expect(stdout).toBe(`${lost.id}\n`);
  });
});

describe("copying over what is there", () => {
  test("brings back a profile, and gives no externalId to another user", async () => {
    const app = await server.newApp();
    const changed = await newUser(app, { profile: { givenName: "Before" } });
    const taken = await newUser(app);
    const restored = await pointInTime();
    await app.api.patch(`/v2/apps/${app.id}/users/${changed.id}`, { profile: { givenName: "After" } });
    await remove(app, taken.id);
    const { body } = await app.api.post<{ user: { id: string } }>(`/v2/apps/${app.id}/users`, {
      externalId: taken.externalId,
    });
    const tables = ["--restored", restored, "--live", server.tableName];
    const apps = (await replay(restored)).report.undecidedApps.flatMap((id) => ["--lost-app", id]);
    const named = async (name: string) =>
      (await app.api.get<{ user: object }>(`/v2/apps/${app.id}/users/${name}`)).body.user;
    expect(await restore("copy", ...tables, ...apps, "--yes")).toMatchObject({ code: 0 });
    expect(await named(changed.id)).toMatchObject({ profile: { givenName: "After" } });
    expect(await restore("copy", ...tables, ...apps, "--yes", "--overwrite")).toMatchObject({ code: 0 });
    expect(await named(changed.id)).toMatchObject({ profile: { givenName: "Before" } });
    expect(await named(taken.externalId)).toMatchObject({ id: body.user.id });
  });
});

describe("copying leaves out", () => {
  test("what is left of an app that was deleted since, and what has expired", async () => {
    const [app, deleted] = [await server.newApp(), await server.newApp()];
    const person = await newUser(deleted);
    const birth = { pk: `birth#${app.id}#0`, sk: "birth", userId: "0" };
    const lasting = { pk: `birth#${app.id}#1`, sk: "birth", userId: "1" };
    const now = Math.floor(Date.now() / 1_000);
    await putAll(live, [
      { ...birth, expiresAt: now - 60 },
      { ...lasting, expiresAt: now + 86_400 },
    ]);
    const restored = await pointInTime();
    await server.account.delete(`/v2/apps/${deleted.id}`);
    for (const key of [birth, lasting, userKey(deleted.id, person.id)]) await deleteItem(live, key);
    const tables = ["--restored", restored, "--live", server.tableName];
    const apps = (await replay(restored)).report.undecidedApps.flatMap((id) => ["--lost-app", id]);
    expect(await restore("copy", ...tables, ...apps, "--yes")).toMatchObject({ code: 0, stderr: "" });
    expect(await getItem(live, userKey(deleted.id, person.id))).toBeUndefined();
    expect(await getItem(live, birth)).toBeUndefined();
    expect(await getItem(live, lasting)).toMatchObject(lasting);
  });
});

describe("the command line of a restore", () => {
  test.each([
    [["replay", "--restored", "a"], "--live is missing: the name of a table.\n"],
    [["replay", "--restored", "a", "--live", "a"], "--restored and --live name the same table.\n"],
    [["users", "--live", "a"], "--app is missing: the id of an app.\n"],
    [["users", "--yes"], "restore users has no option --yes.\n"],
    [["undo"], 'There is no command "undo"; --help lists them.\n'],
    [["--what"], "Unknown option '--what'.\n"],
  ])("refuses %j", async (words, stderr) => {
    expect(await restore(...words)).toEqual({ code: 2, stdout: "", stderr });
  });

  test("tells of a table that is not there in one sentence", async () => {
    const { code, stdout, stderr } = await restore("users", "--live", "nowhere", "--app", "a");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^DynamoDB answered ResourceNotFoundException: .+ Check the tables' names, .+\n$/);
  });

  test("shows how it is used", async () => {
    expect(await restore("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("restore -- replay") });
  });
});
