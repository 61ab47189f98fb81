import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { pathOf, png, startFiledServer, upload } from "../support/startFiledServer.ts";

const { server } = await startFiledServer();
const app = await server.newApp();
const other = await server.newApp();
const anyone = server.as();
const integrationId = await newIntegration(app);

const uploaded = async (query: string): Promise<string> => pathOf((await upload(app, query)).body.attachment.mediaUrl);

describe("a private attachment", () => {
  test("is for the keys of its app alone, if it names no conversation", async () => {
    const path = await uploaded("access=private");
    expect(await app.api.get(path)).toMatchObject({ status: 200, text: png.toString() });
    for (const caller of [anyone, other.api, server.as({ ...app.key, secret: "wrong" }), server.account])
      expect(await caller.get(path)).toMatchObject({ status: 401 });
    const guest = await newGuest(newDevice(server, app, integrationId));
    expect(await readAs(guest, path)).toMatchObject({ status: 404 });
  });

  test("is for the users of its conversation, by their session or token", async () => {
    const device = newDevice(server, app, integrationId);
    const guest = await newGuest(device);
    const path = await uploaded(`access=private&for=message&conversationId=${guest.conversationId}`);
    expect(await readAs(guest, path)).toMatchObject({ status: 200, text: png.toString() });
    const stranger = await newGuest(newDevice(server, app, integrationId));
    expect(await readAs(stranger, path)).toMatchObject({ status: 404 });
    await device.login("known", guest);
    expect(await anyone.get(path, undefined, { authorization: bearer(app, "known") })).toMatchObject({ status: 200 });
    expect(await anyone.get(path, undefined, { authorization: bearer(app, "nobody") })).toMatchObject({ status: 404 });
    expect(await anyone.get(path, undefined, { authorization: bearer(other, "known") })).toMatchObject({ status: 401 });
  });

  test("stays readable when its conversation is merged into another", async () => {
    const known = newDevice(server, app, integrationId);
    await known.login("merged");
    await known.call("POST", "/appusers", {
      body: { client: known.client, intent: "conversation:start", conversation: { type: "personal" } },
      as: bearer(app, "merged"),
    });
    const device = newDevice(server, app, integrationId);
    const guest = await newGuest(device, { conversation: { messages: [{ type: "text", text: "Hi" }] } });
    const path = await uploaded(`access=private&for=message&conversationId=${guest.conversationId}`);
    const signedIn = await device.login("merged", guest);
    const conversationId = signedIn.body.conversations[0]?._id ?? "";
    expect(conversationId).not.toBe(guest.conversationId);
    expect(await anyone.get(path, undefined, { authorization: bearer(app, "merged") })).toMatchObject({ status: 200 });
  });

  const readAs = (guest: Awaited<ReturnType<typeof newGuest>>, path: string) =>
    anyone.get(path, undefined, {
      authorization: `Basic ${Buffer.from(`${guest.appUserId}:${guest.sessionToken}`).toString("base64")}`,
      "x-smooch-clientid": guest.clientId,
    });
});

describe("getAttachment", () => {
  test("does not find what is not there, or is another app's", async () => {
    const path = await uploaded("access=public");
    const refusal = { status: 404, body: { errors: [{ code: "not_found", title: "Attachment not found" }] } };
    expect(await anyone.get(path.replace(app.id, other.id))).toMatchObject(refusal);
    expect(await anyone.get(path.replace(/[0-9a-f]{40}/, "0".repeat(40)))).toMatchObject(refusal);
    expect(await anyone.get(`/attachments/${app.id}/..%2F..%2Flock/a`)).toMatchObject({ status: 404 });
    expect(await anyone.get(`/attachments/${app.id}/%00/a`)).toMatchObject({ status: 404 });
  });

  test("tells of a file without its bytes by HEAD", async () => {
    const path = await uploaded("access=public");
    const { headers } = await anyone.get(path);
    const answer = await anyone.send("HEAD", path);
    expect(answer).toMatchObject({ status: 200, text: "" });
    for (const name of ["content-type", "content-disposition", "x-content-type-options", "accept-ranges"])
      expect(answer.headers[name]).toBe(headers[name]);
    expect(answer.headers["content-length"]).toBe(String(png.length));
    expect(await anyone.send("HEAD", await uploaded("access=private"))).toMatchObject({ status: 401, text: "" });
    expect(await anyone.send("HEAD", path.replace(/[0-9a-f]{40}/, "0".repeat(40)))).toMatchObject({ status: 404 });
  });

  test("answers a part of a file, or that it has none there", async () => {
    const path = await uploaded("access=public");
    const part = await anyone.get(path, undefined, { range: "bytes=1-3" });
    expect(part).toMatchObject({
      status: 206,
      text: "PNG",
      headers: { "content-range": `bytes 1-3/${png.length}`, "content-type": "image/png", "content-length": "3" },
    });
    expect(await anyone.get(path, undefined, { range: "bytes=99-" })).toMatchObject({ status: 416, text: "" });
  });

  test("finds nothing of a deleted app", async () => {
    const own = await server.newApp();
    const { body } = await upload(own);
    await server.account.delete(`/v2/apps/${own.id}`);
    expect(await anyone.get(pathOf(body.attachment.mediaUrl))).toMatchObject({ status: 404 });
  });
});
