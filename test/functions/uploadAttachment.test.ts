import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { officialClient } from "../support/officialClient.ts";
import { formOf, pathOf, png, startFiledServer, type TestPart, upload } from "../support/startFiledServer.ts";

const { server, files } = await startFiledServer();
const app = await server.newApp();
const anyone = server.as();
const attachments = `/v2/apps/${app.id}/attachments`;

describe("uploadAttachment", () => {
  test("stores a file and answers its URL, at which anyone gets it", async () => {
    const { status, body } = await upload(app);
    expect(status).toBe(201);
    expect(body).toEqual({
      attachment: {
        mediaUrl: expect.stringMatching(new RegExp(`^${server.url}/attachments/${app.id}/[0-9a-f]{40}/cat\\.png$`)),
        mediaType: "image/png",
      },
    });
    expect(await anyone.get(pathOf(body.attachment.mediaUrl))).toMatchObject({
      status: 200,
      text: png.toString(),
      headers: {
        "content-type": "image/png",
        "content-length": String(png.length),
        "content-disposition": `inline; filename="cat.png"; filename*=UTF-8''cat.png`,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
      },
    });
  });

  test("takes a file as programs send it by hand, for a message of a conversation, also below /sc", async () => {
    const { conversationId } = await newPersonal(app);
    const { body, headers } = formOf({ name: "source", fileName: "a.pdf", type: "application/pdf", content: "%PDF-" });
    const path = `/sc${attachments}?access=public&for=message&conversationId=${conversationId}`;
    const answer = await app.api.post<{ attachment: { mediaUrl: string } }>(path, body, headers);
    expect(answer.status).toBe(201);
    expect((await anyone.get(pathOf(answer.body.attachment.mediaUrl))).text).toBe("%PDF-");
  });

  test("takes a file of the official client", async () => {
    const client = officialClient(server.url, app.key);
    const { attachment } = await client<{ attachment: { mediaUrl: string; mediaType: string } }>(
      "AttachmentsApi.uploadAttachment",
      ...[app.id, "public", png, { _for: "message" }],
    );
    expect((await anyone.get(pathOf(attachment.mediaUrl))).text).toBe(png.toString());
  });

  test.each([
    ["../../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["....", "file"],
    ["", "file"],
    ["a/", "file"],
    ["x%0D%0Aset-cookie: a=b.png", "xset-cookie a=b.png"],
    ["photo\u202egnp.txt", "photognp.txt"],
    [`${"ä".repeat(300)}.png`, `${"ä".repeat(98)}.png`],
    ["日本 1.png", "日本 1.png"],
  ])("keeps of the name %j no more than a name: %j", async (fileName, name) => {
    const { body } = await upload(app, "access=public", { fileName });
    const { mediaUrl } = body.attachment;
    expect(decodeURIComponent(mediaUrl.split("/").at(-1) ?? "")).toBe(name);
    const { status, headers } = await anyone.get(pathOf(mediaUrl));
    expect(status).toBe(200);
    expect(Object.keys(headers)).not.toContain("set-cookie");
    expect(headers["content-disposition"]).toContain(`filename*=UTF-8''${encodeURIComponent(name)}`);
  });

  test.each(["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript", "x/y"])(
    "serves %s for saving, and never as a page or a script",
    async (type) => {
      const { body } = await upload(app, "", { type, fileName: "a.html", content: "<script>alert(1)</script>" });
      expect(body.attachment.mediaType).toBe(type);
      expect((await anyone.get(pathOf(body.attachment.mediaUrl))).headers).toMatchObject({
        "content-type": "application/octet-stream",
        "content-disposition": expect.stringMatching(/^attachment;/),
        "x-content-type-options": "nosniff",
      });
    },
  );

  test.each<[string, Partial<TestPart>, RegExp]>([
    ["a program", { fileName: "setup.EXE", type: "application/octet-stream" }, /^Files of this kind/],
    ["a type that is none", { type: "image" }, /content type is not valid$/],
    ["no content", { content: "" }, /^source should NOT be empty$/],
    ["another part", { name: "file" }, /^should have required property 'source'$/],
  ])("refuses a file with %s", async (_, part, title) => {
    const before = files(app).length;
    expect(await upload(app, "", part)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: expect.stringMatching(title) }] },
    });
    expect(files(app).length).toBe(before);
  });

  test.each([
    ["access=secret", 400],
    ["access=public&for=avatar", 400],
    ["access=public&conversationId=0123456789abcdef01234567", 404],
  ])("refuses what it is asked for by %s", async (query, status) => {
    expect(await upload(app, query)).toMatchObject({ status });
  });

  test.each<[string, unknown, Record<string, string>]>([
    ["no body", undefined, {}],
    ["JSON", {}, {}],
    ["no boundary", "--x--", { "content-type": "multipart/form-data" }],
    ["no part", "--x--", { "content-type": "multipart/form-data; boundary=x" }],
    [
      "a part that is cut",
      '--x\r\ncontent-disposition: form-data; name="source"\r\n\r\nab',
      { "content-type": "multipart/form-data; boundary=x" },
    ],
  ])("refuses a body of %s", async (_, body, headers) => {
    expect(await app.api.post(attachments, body, headers)).toMatchObject({ status: 400 });
  });

  test("takes 25 MB locally and no more", async () => {
    const largest = Buffer.alloc(25 * 1024 * 1024, "a");
    const { status, body } = await upload(app, "", { content: largest, type: "text/plain", fileName: "a.txt" });
    expect(status).toBe(201);
    const got = await anyone.get(pathOf(body.attachment.mediaUrl));
    expect(got.headers["content-length"]).toBe(String(largest.length));
    const more = await upload(app, "", { content: Buffer.alloc(largest.length + 1) });
    expect(more).toMatchObject({ status: 413, body: { errors: [{ code: "request_entity_too_large" }] } });
    expect(await upload(app, "", { content: Buffer.alloc(27 * 1024 * 1024) })).toMatchObject({ status: 413 });
  });

  test("is for keys of this app alone", async () => {
    const other = await server.newApp();
    const { body, headers } = formOf({ name: "source", fileName: "a.png", type: "image/png", content: png });
    expect(await other.api.post(attachments, body, headers)).toMatchObject({ status: 403 });
    expect(await anyone.post(attachments, body, headers)).toMatchObject({ status: 401 });
    expect(files(other)).toEqual([]);
  });
});
