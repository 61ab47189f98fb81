import { afterAll, describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { attachmentFilter } from "../../lib/api/eventFilter.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { importFunction } from "../../lib/local/server.ts";
import { newGroup } from "../support/business.ts";
import { openStream } from "../support/readStream.ts";
import { bucketEnvironment, startBucket } from "../support/startBucket.ts";
import { formOf, pathOf, png, upload } from "../support/startFiledServer.ts";
import { startTestServer } from "../support/startTestServer.ts";

const bucket = await startBucket();
afterAll(bucket.close);
Object.assign(process.env, bucketEnvironment, { [variable.attachmentsUrl]: bucket.url });
const server = await startTestServer({ streamed: true });
const app = await server.newApp();
const anyone = server.as();

const idIn = (mediaUrl: string): string => /[0-9a-f]{40}/.exec(mediaUrl)?.[0] ?? "";
const keyOf = (mediaUrl: string): string => `${app.id}/${idIn(mediaUrl)}`;

/** Hands the removal of an attachment to the Lambda that deletes files. */
async function erase(...mediaUrls: readonly string[]) {
  const eraseAttachments = await importFunction("eraseAttachments");
  const Records = mediaUrls.map((mediaUrl, index) => ({
    eventName: "REMOVE",
    dynamodb: {
      SequenceNumber: String(index),
      Keys: { pk: { S: `attachment#${app.id}#${idIn(mediaUrl)}` }, sk: { S: "attachment" } },
    },
  }));
  return eraseAttachments({ Records }, {});
}

describe("in a bucket", () => {
  test("a file is stored by a signed call, under a key without a name", async () => {
    const { status, body } = await upload(app, "access=public", { fileName: "../a b.png" });
    expect(status).toBe(201);
    expect(bucket.calls.at(-1)).toMatchObject({
      method: "PUT",
      path: expect.stringMatching(/^\/attachments\/[0-9a-f]{24}\/[0-9a-f]{40}$/),
    });
    expect(bucket.objects.get(keyOf(body.attachment.mediaUrl))).toEqual({ bytes: png, type: "image/png" });
  });

  test("it is handed out by a signed link of minutes, which fixes its type and name", async () => {
    const { body } = await upload(app, "", { type: "text/html", fileName: "süß (1).html", content: "<p>" });
    const { status, headers, text } = await anyone.get(pathOf(body.attachment.mediaUrl));
    expect({ status, text }).toEqual({ status: 302, text: "" });
    expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    const location = String(headers.location);
    expect(new URL(location).searchParams.get("X-Amz-Expires")).toBe("300");
    const got = await fetch(location);
    expect({ status: got.status, text: await got.text() }).toEqual({ status: 200, text: "<p>" });
    expect(got.headers.get("content-type")).toBe("application/octet-stream");
    expect(got.headers.get("content-disposition")).toMatch(/^attachment; filename="s__ \(1\)\.html"/);
    const other = location.replace("application%2Foctet-stream", "text%2Fhtml");
    expect((await fetch(other)).status).toBe(403);
  });

  test("a question without its bytes is led to a link for that", async () => {
    const { body } = await upload(app, "");
    const { status, headers } = await anyone.send("HEAD", pathOf(body.attachment.mediaUrl));
    expect(status).toBe(302);
    const location = String(headers.location);
    expect(await fetch(location, { method: "HEAD" })).toMatchObject({ status: 200 });
    expect(await fetch(location)).toMatchObject({ status: 403 });
  });

  test("a private one gets no link without credentials", async () => {
    const { body } = await upload(app, "access=private");
    const path = pathOf(body.attachment.mediaUrl);
    expect(await anyone.get(path)).toMatchObject({ status: 401 });
    expect(await app.api.get(path)).toMatchObject({ status: 302 });
  });

  test("a larger file than a Lambda takes is refused, and the other way is named", async () => {
    const answer = await upload(app, "", { content: Buffer.alloc(4_500_001), type: "video/mp4", fileName: "a.mp4" });
    expect(answer).toMatchObject({
      status: 413,
      body: {
        errors: [
          { code: "request_entity_too_large", title: expect.stringContaining("/v2/apps/{appId}/attachments/uploads") },
        ],
      },
    });
    expect(await upload(app, "", { content: Buffer.alloc(4_499_000) })).toMatchObject({ status: 201 });
  });

  test("a form lets in a file of its type and size, and nothing else", async () => {
    const { body } = await app.api.post<{
      attachment: { mediaUrl: string };
      upload: { url: string; fields: Record<string, string> };
    }>(`/v2/apps/${app.id}/attachments/uploads`, { name: "a.mp4", mediaType: "video/mp4" });
    const { url, fields } = body.upload;
    expect(url).toBe(`${bucket.url}/`);
    const send = async (changed: Record<string, string>, content: Buffer | string = "movie") => {
      const parts = Object.entries({ ...fields, ...changed }).map(([name, value]) => ({ name, content: value }));
      const form = formOf(...parts, { name: "file", fileName: "x", content });
      return (await fetch(url, { method: "POST", body: new Uint8Array(form.body), headers: form.headers })).status;
    };
    expect(await send({ "Content-Type": "text/html" })).toBe(403);
    expect(await send({ key: `${app.id}/other` })).toBe(403);
    expect(await send({ acl: "public-read" })).toBe(403);
    expect(await send({}, "")).toBe(403);
    expect(await send({}, Buffer.alloc(25 * 1024 * 1024 + 1))).toBe(403);
    expect(await send({})).toBe(204);
    expect(bucket.objects.get(keyOf(body.attachment.mediaUrl))).toEqual({
      bytes: Buffer.from("movie"),
      type: "video/mp4",
    });
    // The bucket's forms are the only ones: the API's own takes none.
    const form = formOf({ name: "file", fileName: "a", type: "video/mp4", content: "x" });
    const own = pathOf(body.attachment.mediaUrl).replace(/\/[^/]*$/, "");
    expect(await anyone.post(own, form.body, form.headers)).toMatchObject({ status: 403 });
  });

  test("a file is deleted by a signed call, and again without harm", async () => {
    const { body } = await upload(app);
    const { mediaUrl } = body.attachment;
    for (let time = 0; time < 2; time++) expect(await erase(mediaUrl)).toEqual({ batchItemFailures: [] });
    expect(bucket.objects.has(keyOf(mediaUrl))).toBe(false);
  });

  test("a file that comes after the deletion of its attachment is told to be deleted again", async () => {
    const { conversationId } = await newGroup(app, 2);
    const stream = await openStream(server.endpoint, server.tableName);
    bucket.beforeNext(() => app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}`));
    const answer = await upload(app, `access=public&for=message&conversationId=${conversationId}`);
    expect(answer).toMatchObject({
      status: 404,
      body: { errors: [{ title: "The attachment was deleted meanwhile" }] },
    });
    const key = String(bucket.calls.at(-1)?.path).replace("/attachments/", "");
    expect(bucket.objects.has(key)).toBe(true);
    const removed = (await stream.read()).filter((record) => matchesFilter(record, attachmentFilter));
    stream.close();
    expect(removed.length).toBeGreaterThanOrEqual(2);
    await (await importFunction("eraseAttachments"))({ Records: removed.slice(-1) }, {});
    expect(bucket.objects.has(key)).toBe(false);
  });

  test("a bucket that fails is asked again; then the upload leaves nothing, and a deletion comes back", async () => {
    bucket.fail(503, 500);
    const { status, body } = await upload(app);
    expect(status).toBe(201);
    bucket.fail(503, 503, 503);
    expect(await upload(app)).toMatchObject({ status: 500 });
    bucket.fail(403);
    expect(await erase(body.attachment.mediaUrl)).toEqual({ batchItemFailures: [{ itemIdentifier: "0" }] });
    expect(await erase(body.attachment.mediaUrl)).toEqual({ batchItemFailures: [] });
  });
});
