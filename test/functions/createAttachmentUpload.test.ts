import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { formOf, pathOf, startFiledServer, type TestPart } from "../support/startFiledServer.ts";

const { server, files } = await startFiledServer();
const app = await server.newApp();
const anyone = server.as();

interface Made {
  readonly attachment: { readonly mediaUrl: string; readonly mediaType: string };
  readonly upload: {
    readonly url: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly expiresAt: string;
    readonly maxSize: number;
  };
}

const create = (body: object, query = "access=public") =>
  app.api.post<Made>(`/v2/apps/${app.id}/attachments/uploads?${query}`, body);

const movie = { name: "a.mp4", mediaType: "video/mp4" };

/** Sends the form that was answered, with other fields in place of its own. */
async function send({ upload }: Made, fields: Readonly<Record<string, string>> = {}, file: Partial<TestPart> = {}) {
  const { body, headers } = formOf(
    ...Object.entries({ ...upload.fields, ...fields }).map(([name, content]) => ({ name, content })),
    { name: "file", fileName: "any.mp4", type: "video/mp4", content: "movie", ...file },
  );
  return anyone.post(pathOf(upload.url), body, headers);
}

describe("createAttachmentUpload", () => {
  test("answers a form, by which the file is uploaded without credentials and once", async () => {
    const { status, body } = await create(movie);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      attachment: { mediaUrl: expect.stringMatching(/\/a\.mp4$/), mediaType: "video/mp4" },
      upload: { expiresAt: expect.any(String), maxSize: 25 * 1024 * 1024 },
    });
    expect(await anyone.get(pathOf(body.attachment.mediaUrl))).toMatchObject({ status: 404 });
    expect(await send(body)).toMatchObject({ status: 204, text: "" });
    expect(await anyone.get(pathOf(body.attachment.mediaUrl))).toMatchObject({
      status: 200,
      text: "movie",
      headers: { "content-type": "video/mp4" },
    });
    expect(await send(body, {}, { content: "another" })).toMatchObject({ status: 403 });
    expect((await anyone.get(pathOf(body.attachment.mediaUrl))).text).toBe("movie");
  });

  test.each<[string, Record<string, string>, Partial<TestPart>, number]>([
    ["another token", { token: "x" }, {}, 403],
    ["another type", { "Content-Type": "text/html" }, {}, 403],
    ["no file", {}, { name: "other" }, 400],
    ["an empty file", {}, { content: "" }, 400],
    ["too large a file", {}, { content: Buffer.alloc(25 * 1024 * 1024 + 1) }, 413],
  ])("takes no form with %s", async (_, fields, file, status) => {
    const { body } = await create(movie);
    expect(await send(body, fields, file)).toMatchObject({ status });
    expect(await anyone.get(pathOf(body.attachment.mediaUrl))).toMatchObject({ status: 404 });
    expect(await send(body)).toMatchObject({ status: 204 });
  });

  test("takes no form of an attachment that was deleted since", async () => {
    const { conversationId } = await newPersonal(app);
    const { body } = await create(movie, `access=public&for=message&conversationId=${conversationId}`);
    const before = files(app).length;
    await app.api.post(`/v2/apps/${app.id}/attachments/remove`, { mediaUrl: body.attachment.mediaUrl });
    expect(await send(body)).toMatchObject({ status: 404 });
    expect(files(app).length).toBe(before);
  });

  test.each([
    [{}, "access=public", 400],
    [{ ...movie, mediaType: "video" }, "access=public", 400],
    [{ ...movie, name: "a.exe" }, "access=public", 400],
    [movie, "access=all", 400],
    [movie, "access=public&conversationId=0123456789abcdef01234567", 404],
  ])("refuses %j with %s", async (body, query, status) => {
    expect(await create(body, query)).toMatchObject({ status });
  });
});
