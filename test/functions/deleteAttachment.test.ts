import { describe, expect, test } from "vitest";
import { eraseDeletedApps } from "../../lib/apps/eraseDeletedApps.ts";
import { openDb } from "../../lib/db/db.ts";
import { newGroup, newPersonal } from "../support/business.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { pathOf, startFiledServer, upload } from "../support/startFiledServer.ts";
import type { TestApp } from "../support/startTestServer.ts";

const { server, files, erase } = await startFiledServer();
const anyone = server.as();

const uploaded = async (app: TestApp, query = "access=public&for=message"): Promise<string> =>
  (await upload(app, query)).body.attachment.mediaUrl;

/** Posts a file as a message, and answers the message's id. */
async function show(app: TestApp, conversationId: string, mediaUrl: string, userId?: string): Promise<string> {
  const author = userId === undefined ? { type: "business" } : { type: "user", userId };
  const { body } = await app.api.post<{ messages: [{ id: string }] }>(
    `/v2/apps/${app.id}/conversations/${conversationId}/messages`,
    { author, content: { type: "image", mediaUrl } },
  );
  return body.messages[0].id;
}

const statusAt = async (mediaUrl: string): Promise<number> => (await anyone.get(pathOf(mediaUrl))).status;

describe("deleteAttachment", () => {
  test("deletes the attachment at once, and then its file", async () => {
    const app = await server.newApp();
    const mediaUrl = await uploaded(app);
    const remove = () => app.api.post(`/v2/apps/${app.id}/attachments/remove`, { mediaUrl });
    expect(await remove()).toMatchObject({ status: 200, body: {} });
    expect(await statusAt(mediaUrl)).toBe(404);
    expect(files(app).length).toBe(1);
    await erase();
    expect(files(app)).toEqual([]);
    expect(await remove()).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found", title: "Attachment not found" }] },
    });
  });

  test("deletes no attachment of another app", async () => {
    const [app, other] = [await server.newApp(), await server.newApp()];
    const mediaUrl = await uploaded(app);
    expect(await other.api.post(`/v2/apps/${other.id}/attachments/remove`, { mediaUrl })).toMatchObject({
      status: 404,
    });
    expect(await other.api.post(`/v2/apps/${app.id}/attachments/remove`, { mediaUrl })).toMatchObject({ status: 403 });
    expect(await statusAt(mediaUrl)).toBe(200);
  });

  test.each(["https://badhost.com/image.png", "https://badhost.com/attachments/a/b/c", "x", "/attachments/../x"])(
    "refuses the URL %s, which is none of ours",
    async (mediaUrl) => {
      const app = await server.newApp();
      const title = `Unsupported media URL for attachment deletion: ${mediaUrl}`;
      expect(await app.api.post(`/v2/apps/${app.id}/attachments/remove`, { mediaUrl })).toMatchObject({
        status: 400,
        body: { errors: [{ code: "bad_request", title }] },
      });
    },
  );
});

describe("an attachment for a message is deleted with", () => {
  test("the message that shows it", async () => {
    const app = await server.newApp();
    const { conversationId } = await newPersonal(app);
    const [gone, kept] = [await uploaded(app), await uploaded(app, "access=public")];
    for (const mediaUrl of [gone, kept]) {
      const id = await show(app, conversationId, mediaUrl);
      await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${id}`);
    }
    expect([await statusAt(gone), await statusAt(kept)]).toEqual([404, 200]);
    await erase();
    expect(files(app).length).toBe(1);
  });

  test("all messages of its conversation", async () => {
    const app = await server.newApp();
    const { conversationId } = await newPersonal(app);
    const mediaUrl = await uploaded(app, `access=public&for=message&conversationId=${conversationId}`);
    await show(app, conversationId, mediaUrl);
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages`);
    expect(await statusAt(mediaUrl)).toBe(404);
  });

  test("its conversation, whether a message showed it or not", async () => {
    const app = await server.newApp();
    const { conversationId } = await newGroup(app, 2);
    const shown = await uploaded(app);
    await show(app, conversationId, shown);
    const unshown = await uploaded(app, `access=public&for=message&conversationId=${conversationId}`);
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}`);
    expect([await statusAt(shown), await statusAt(unshown)]).toEqual([404, 404]);
    await erase();
    expect(files(app)).toEqual([]);
  });

  test("its user, in the user's own conversation and in a group", async () => {
    const app = await server.newApp();
    const { user, conversationId } = await newPersonal(app);
    const group = await newGroup(app, 2);
    const [leaving, staying] = group.users;
    const own = await uploaded(app, `access=public&for=message&conversationId=${conversationId}`);
    const [theirs, others] = [await uploaded(app), await uploaded(app)];
    await show(app, group.conversationId, theirs, leaving?.id);
    await show(app, group.conversationId, others, staying?.id);
    for (const id of [user.id, leaving?.id]) await app.api.delete(`/v2/apps/${app.id}/users/${id}`);
    expect([await statusAt(own), await statusAt(theirs), await statusAt(others)]).toEqual([404, 404, 200]);
  });

  test("its app", async () => {
    const app = await server.newApp();
    await uploaded(app);
    await uploaded(app, "access=public");
    await server.account.delete(`/v2/apps/${app.id}`);
    const db = openDb(server.tableName, engineEndpoint());
    await eraseDeletedApps({ db }, new Date(Date.now() + 3_600_000), () => true);
    await erase();
    expect(files(app)).toEqual([]);
  });

  test("no message of another conversation that shows it too", async () => {
    const app = await server.newApp();
    const [home, elsewhere] = [await newPersonal(app), await newPersonal(app)];
    const mediaUrl = await uploaded(app, `access=public&for=message&conversationId=${home.conversationId}`);
    await show(app, elsewhere.conversationId, mediaUrl);
    await app.api.delete(`/v2/apps/${app.id}/users/${elsewhere.user.id}`);
    expect(await statusAt(mediaUrl)).toBe(200);
  });
});
