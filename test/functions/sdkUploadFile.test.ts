import { describe, expect, test, vi } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { type ConversationResponse, type Guest, newDevice, newGuest, sessionHeader } from "../support/newDevice.ts";
import { formOf, pathOf, png, startFiledServer, type TestPart } from "../support/startFiledServer.ts";

const { server, files } = await startFiledServer();
// It reads the environment, which the server sets.
const { sdkRuntime } = await import("../../lib/runtime.ts");
const app = await server.newApp();
const integrationId = await newIntegration(app);
const anyone = server.as();

interface Sent extends ConversationResponse {
  readonly message: { readonly _id: string; readonly mediaUrl: string };
}

const guestOf = () => newGuest(newDevice(server, app, integrationId));

/** Sends a file as the vendor's web client does: author, message and source in one form. */
function sendFile(guest: Guest, path: string, file: Partial<TestPart> = {}, more: Record<string, string> = {}) {
  const { message = JSON.stringify({ metadata: { from: "page" } }), ...headers } = more;
  const author = { role: "appUser", appUserId: guest.appUserId, client: guest.client };
  const form = formOf(
    { name: "author", content: JSON.stringify(author) },
    { name: "message", content: message },
    { name: "source", fileName: "cat.png", type: "image/png", content: png, ...file },
  );
  return guest.call<Sent>("POST", path, { body: form.body, as: guest, headers: { ...form.headers, ...headers } });
}

describe("sdkUploadFile", () => {
  test("sends an image as a message of its conversation", async () => {
    const guest = await guestOf();
    const { status, body } = await sendFile(guest, `/conversations/${guest.conversationId}/files`);
    expect(status).toBe(201);
    const shown = {
      type: "image",
      role: "appUser",
      mediaUrl: expect.stringMatching(/\/cat\.png$/),
      mediaType: "image/png",
      mediaSize: png.length,
      altText: "cat.png",
      metadata: { from: "page" },
      authorId: guest.appUserId,
    };
    expect(body).toMatchObject({ message: shown, messages: [shown], conversation: { _id: guest.conversationId } });
    expect((await anyone.get(pathOf(body.message.mediaUrl))).text).toBe(png.toString());
    const listed = await app.api.get(`/v2/apps/${app.id}/conversations/${guest.conversationId}/messages`);
    const content = { type: "image", mediaUrl: body.message.mediaUrl, mediaType: "image/png" };
    expect(listed.body).toMatchObject({ messages: [{ content, source: { type: "web", integrationId } }] });
  });

  test.each([
    ["conversations", "files"],
    ["conversations", "images"],
    ["appusers", "files"],
    ["appusers", "images"],
  ])("is served below /%s at /%s, by the type of the file", async (owner, kind) => {
    const guest = await guestOf();
    const id = owner === "appusers" ? guest.appUserId : guest.conversationId;
    const { body } = await sendFile(guest, `/${owner}/${id}/${kind}`, { fileName: "a.pdf", type: "application/pdf" });
    expect(body).toMatchObject({ message: { type: "file" }, conversation: { _id: guest.conversationId } });
    const form = formOf({ name: "source", fileName: "a.gif", type: "image/gif", content: "GIF89a" });
    const headers = {
      ...form.headers,
      authorization: sessionHeader(guest),
      "x-smooch-clientid": guest.clientId,
    };
    const unversioned = `/sdk/apps/${app.id}/${owner}/${id}/${kind}`;
    expect(await anyone.post(unversioned, form.body, headers)).toMatchObject({
      status: 201,
      body: { message: { type: "image" } },
    });
  });

  test("sends a file once under an idempotency key", async () => {
    const guest = await guestOf();
    const before = files(app).length;
    const send = () =>
      sendFile(guest, `/conversations/${guest.conversationId}/files`, {}, { "idempotency-key": "once" });
    const [first, second] = [await send(), await send()];
    expect(second.body.message).toEqual(first.body.message);
    expect(files(app).length).toBe(before + 1);
  });

  test("keeps the file of a message that was sent though the table's answer was lost", async () => {
    const guest = await guestOf();
    const send = () =>
      sendFile(guest, `/conversations/${guest.conversationId}/files`, {}, { "idempotency-key": "lost" });
    const { client } = sdkRuntime.db;
    const call = client.send.bind(client) as (command: { readonly input: object }) => Promise<unknown>;
    const lost = vi.spyOn(client, "send").mockImplementation(async (command: { readonly input: object }) => {
      const answer = await call(command);
      if (JSON.stringify(command.input).includes("mediaSize")) throw new Error("The connection was lost.");
      return answer;
    });
    expect((await send()).status).toBe(500);
    lost.mockRestore();
    const { body } = await send();
    expect((await anyone.get(pathOf(body.message.mediaUrl))).text).toBe(png.toString());
  });

  test.each<[string, Partial<TestPart>, Record<string, string>]>([
    ["no file", { name: "other" }, {}],
    ["an empty file", { content: "" }, {}],
    ["a program", { fileName: "a.exe" }, {}],
    ["a message that is no JSON", {}, { message: "{" }],
    ["a message that is no object", {}, { message: "[]" }],
    ["metadata of another form", {}, { message: '{"metadata":1}' }],
  ])("refuses a form with %s, and keeps nothing of it", async (_, file, more) => {
    const guest = await guestOf();
    const before = files(app).length;
    const answer = await sendFile(guest, `/conversations/${guest.conversationId}/files`, file, more);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
    expect(await guest.texts(guest.conversationId, guest)).toEqual([]);
    expect(files(app).length).toBe(before);
  });

  test("is for the person's own conversations", async () => {
    const [guest, { user, conversationId }] = [await guestOf(), await newPersonal(app)];
    expect(await sendFile(guest, `/conversations/${conversationId}/files`)).toMatchObject({ status: 404 });
    expect(await sendFile(guest, `/appusers/${user.id}/files`)).toMatchObject({ status: 403 });
    const path = `/sdk/v2/apps/${app.id}/conversations/${guest.conversationId}/files`;
    expect(await anyone.post(path, {})).toMatchObject({ status: 401 });
  });
});
