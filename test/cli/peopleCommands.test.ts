import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Report } from "../../lib/cli/people/erasure.ts";
import { openDb } from "../../lib/db/db.ts";
import { deletionKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { newConversation, newGroup, newPersonal, newUser, say, textsOf } from "../support/business.ts";
import { putAll } from "../support/newTable.ts";
import { runSunroom } from "../support/runSunroom.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { tracesOf } from "../support/tableItems.ts";

const server = await startTestServer();
const app = await server.newApp();
const folder = mkdtempSync(join(tmpdir(), "sunroom-erase-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sunroomAs = (key: { id: string; secret: string }, ...parameters: readonly string[]) =>
  runSunroom(parameters, {
    SUNROOM_URL: server.url,
    SUNROOM_KEY_ID: key.id,
    SUNROOM_KEY_SECRET: key.secret,
    SUNROOM_APP_ID: app.id,
  });
const sunroom = (...parameters: readonly string[]) => sunroomAs(app.key, ...parameters);

let files = 0;
/** A file of its own, with this content. */
function fileOf(content?: string): string {
  const file = join(folder, `${files++}`);
  if (content !== undefined) writeFileSync(file, content);
  return file;
}
const read = (file: string): Report => JSON.parse(readFileSync(file, "utf8"));

describe("sunroom people export", () => {
  test("writes a line of everything for each person of a file", async () => {
    const [one, other] = [await newPersonal(app), await newPersonal(app)];
    await say(app, one.conversationId, "Hello\nthere", one.user.id);
    const from = fileOf(`${one.user.externalId}\r\n\n${other.user.id}\n${one.user.externalId}\n`);
    const { code, stdout } = await sunroom("people", "export", "--from", from);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ user }) => user.id)).toEqual([one.user.id, other.user.id]);
    expect(lines[0].conversations[0].messages[0].content.text).toBe("Hello\nthere");
    const single = await sunroom("user", "export", one.user.id);
    expect({ ...JSON.parse(single.stdout), exportedAt: "" }).toEqual({ ...lines[0], exportedAt: "" });
  });

  test("names nobody, or somebody unknown, and fails", async () => {
    expect(await sunroom("people", "export")).toMatchObject({ code: 2 });
    expect(await sunroom("people", "export", "--from", "missing")).toMatchObject({ code: 2 });
    expect(await sunroom("people", "export", "unknown")).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("sunroom people erase", () => {
  test("deletes people with all they said, and proves it", async () => {
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "one", user.id);
    await say(app, conversationId, "two");
    const group = await newGroup(app, 2);
    const [member, stays] = group.users.map(({ id }) => id) as [string, string];
    await say(app, group.conversationId, "of the member", member);
    await say(app, group.conversationId, "of the other", stays);
    const report = fileOf();
    const names = [user.externalId, member, "nobody"];
    const { code, stdout, stderr } = await sunroom("people", "erase", ...names, "--report", report, "--yes");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^erased +2\nnot found +1\nclients +1\nconversations +2\nmessages +3\n/);
    const { people } = read(report).erasure;
    expect(people.map(({ outcome, userId, messages, left }) => ({ outcome, userId, messages, left }))).toEqual([
      { outcome: "erased", userId: user.id, messages: 2, left: [] },
      { outcome: "erased", userId: member, messages: 1, left: [] },
      { outcome: "not found" },
    ]);
    expect(readFileSync(report, "utf8")).not.toContain(user.externalId);
    expect(await tracesOf(server, [user.externalId, "of the member"])).toEqual([]);
    expect(await textsOf(app, group.conversationId)).toEqual(["of the other"]);
    expect(await sunroom("people", "verify", report)).toMatchObject({ code: 0 });
  });

  test("deletes nobody without --yes, without a report, or over another file", async () => {
    const { id } = await newUser(app);
    const refused = [["--report", fileOf()], ["--yes"], ["--yes", "--report", fileOf("precious")]];
    for (const options of refused)
      expect(await sunroom("people", "erase", id, ...options)).toMatchObject({ code: 2, stdout: "" });
    expect(await app.api.get(`/v2/apps/${app.id}/users/${id}`)).toMatchObject({ status: 200 });
  });

  test("finishes a deletion that was interrupted, of a user that no request finds any more", async () => {
    const { id } = await newUser(app);
    await app.api.delete(`/v2/apps/${app.id}/users/${id}`);
    const db = openDb(server.tableName, server.endpoint);
    await putAll(db, [{ ...deletionKey(app.id, id), hasMoreConversations: false, addresses: [] }]);
    const report = fileOf();
    expect(await sunroom("people", "erase", id, "--report", report, "--yes")).toMatchObject({ code: 0 });
    expect(read(report).erasure.people).toMatchObject([{ outcome: "erased", erasedAt: expect.any(String) }]);
    expect(await getItem(db, deletionKey(app.id, id))).toBeUndefined();
  });

  test("says in the report what could not be deleted, and fails", async () => {
    const report = fileOf();
    const { id } = await newUser(app);
    const refused = await sunroomAs(
      { ...app.key, secret: "wrong" },
      "people",
      "erase",
      id,
      "--report",
      report,
      "--yes",
    );
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("1 of 1 people are not erased") });
    expect(read(report).erasure.people).toMatchObject([{ outcome: "failed", error: expect.any(String) }]);
  });
});

describe("sunroom people verify", () => {
  test("refuses a report that was changed, or signed with another key, or that is none", async () => {
    const { id } = await newUser(app);
    const report = fileOf();
    await sunroom("people", "erase", id, "--report", report, "--yes");
    const { erasure, ...proof } = read(report);
    const changed = fileOf(JSON.stringify({ erasure: { ...erasure, appId: "another" }, ...proof }));
    expect(await sunroom("people", "verify", changed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("changed"),
    });
    const forged = { ...proof, signature: { ...proof.signature, hmacSha256: "0".repeat(64) } };
    expect(await sunroom("people", "verify", fileOf(JSON.stringify({ erasure, ...forged })))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not signed with this key"),
    });
    expect(await sunroomAs(server.accountKey, "people", "verify", report)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(app.key.id),
    });
    expect(await sunroom("people", "verify", fileOf("{}"))).toMatchObject({ code: 2 });
  });

  test("fails where the server knows the id of a person again", async () => {
    const { user } = await newPersonal(app);
    const report = fileOf();
    await sunroom("people", "erase", user.id, "--report", report, "--yes");
    const { conversationIds = [] } = read(report).erasure.people[0] ?? {};
    expect(conversationIds).toHaveLength(1);
    // The id of the user is what an externalId may look like as well.
    const again = await newUser(app, { externalId: user.id });
    await newConversation(app, { type: "personal", participants: [{ userId: again.id }] });
    expect(await sunroom("people", "verify", report)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(user.id),
    });
  });
});
