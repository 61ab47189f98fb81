import { describe, expect, test } from "vitest";
import { conversationsOf, newConversation, newUser, say } from "../support/business.ts";
import { connect, deliver, newBot } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { everyItem, userIdOnChannel } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

const server = await startTestServer();
const app = await server.newApp();

const users = () => `/v2/apps/${app.id}/users`;
interface Made {
  readonly user: { readonly id: string };
}
interface Devices {
  readonly devices: readonly { readonly info?: object }[];
}
interface Clients {
  readonly clients: readonly { readonly displayName?: string; readonly raw?: object }[];
}
interface Told {
  readonly id: string;
  readonly author: { readonly userId?: string; readonly displayName?: string };
  readonly content: Readonly<Record<string, unknown>>;
  readonly source: { readonly originalMessageId?: string };
  readonly raw?: unknown;
}
const cleared = { profile: {}, metadata: {}, identities: [] };

describe("deleteUserPersonalInformation", () => {
  test("profile, metadata, email and what devices told go; ids, dates and conversations stay", async () => {
    const page = await newWebPage(server, app, { info: { userAgent: "Browser/1" } });
    const externalId = unique("person");
    const email = `${unique("sue")}@example.org`;
    const claims = { email, email_verified: true, name: "Sue Doe" };
    await page.signIn(externalId, claims, await page.visit("words"));
    await page.signIn(externalId, claims);
    await app.api.patch(`${users()}/${externalId}`, {
      metadata: { a: 1 },
      profile: { locale: "en" },
      toBeRetained: true,
    });
    const { body } = await app.api.get<Made>(`${users()}/${externalId}`);
    const devices = async () => (await app.api.get<Devices>(`${users()}/${externalId}/devices`)).body.devices;
    const told = await devices();
    expect(told.map((device) => device.info)).toEqual([{ userAgent: "Browser/1" }, { userAgent: "Browser/1" }]);
    expect((await app.api.delete(`${users()}/${externalId}/personalinformation`)).body).toEqual({
      user: { ...body.user, ...cleared },
    });
    expect((await app.api.get(`${users()}/${externalId}`)).body).toEqual({ user: { ...body.user, ...cleared } });
    expect(await devices()).toEqual(told.map(({ info: _, ...kept }) => kept));
    expect(await app.api.get(`/v2/apps/${app.id}/conversations?filter[userExternalId]=${externalId}`)).toMatchObject({
      body: { conversations: [{ isDefault: true }] },
    });
    // The email is anybody's now.
    expect((await app.api.get(`${users()}?filter[identities.email]=${email}`)).body).toEqual({ users: [] });
    expect(await page.signIn(unique("other"), claims)).toMatchObject({ status: 200 });
    expect(await page.signIn(externalId, claims)).toMatchObject({ status: 409 });
  });

  test("what a channel told of its client goes, and the person is known again by what is left", async () => {
    const bot = await newBot(server, app);
    await bot.write("4242", "hello");
    const userId = await userIdOnChannel(server, "4242");
    const clients = async () => (await app.api.get<Clients>(`${users()}/${userId}/clients`)).body.clients;
    const [client] = await clients();
    expect(client).toMatchObject({ displayName: expect.any(String), raw: expect.any(Object) });
    expect(await app.api.delete(`${users()}/${userId}/personalinformation`)).toMatchObject({
      status: 200,
      body: { user: { id: userId, ...cleared } },
    });
    const { displayName: _, raw: __, ...kept } = client ?? {};
    expect(await clients()).toEqual([kept]);
    await bot.write("4242", "again");
    expect(await userIdOnChannel(server, "4242")).toBe(userId);
  });

  test("what messages tell of who wrote them goes, and what was said stays", async () => {
    const other = await server.newApp();
    const api = other.api;
    const rest = `/v2/apps/${other.id}`;
    const whatsapp = await connect(other, "whatsapp");
    const from = "491700000401";
    const about = { profile: { name: "Ada Lovelace" }, wa_id: from, user_id: "GB.401" };
    const sent = (id: string, message: object) =>
      deliver(
        server,
        whatsapp,
        whatsappChange({
          contacts: [about],
          messages: [{ from, from_user_id: "GB.401", id, timestamp: "1749416383", ...message }],
        }),
      );
    await sent("wamid.HBgMNDkxNzAwMDAwNDAx-1", { type: "text", text: { body: "Hello" } });
    await sent("wamid.HBgMNDkxNzAwMDAwNDAx-2", {
      type: "contacts",
      contacts: [{ name: { formatted_name: "Ada Lovelace" }, phones: [{ wa_id: from }] }],
    });
    await sent("wamid.HBgMNDkxNzAwMDAwNDAx-3", {
      type: "image",
      image: { id: "5", mime_type: "image/png", caption: "See" },
    });
    const userId = (await userIdOnChannel(server, from)) ?? "";
    const [personal = ""] = await conversationsOf(other, userId);
    await say(other, personal, "Welcome");
    await say(other, personal, "By the business for the user", userId);
    const friend = await newUser(other, { profile: { givenName: "Friend" } });
    const group = await newConversation(other, {
      type: "sdkGroup",
      participants: [userId, friend.id].map((id) => ({ userId: id, subscribeSDKClient: false })),
    });
    await say(other, group, "To all", userId);
    await say(other, group, "To you", friend.id);
    await say(other, group, "The last word", userId);
    const all = async () =>
      (
        await Promise.all(
          [personal, group].map((id) => api.get<{ messages: Told[] }>(`${rest}/conversations/${id}/messages`)),
        )
      ).flatMap(({ body }) => body.messages);
    const before = await all();
    expect(before).toHaveLength(8);
    expect(JSON.stringify(before)).toContain("Lovelace");
    expect(await api.delete(`${rest}/users/${userId}/personalinformation`)).toMatchObject({ status: 200 });
    const after = await all();
    expect(after.map(({ id, content }) => [id, content.type, content.text])).toEqual(
      before.map(({ id, content }) => [id, content.type, content.text]),
    );
    for (const { author, content, raw, source } of after) {
      if (author.userId !== userId) continue;
      expect(author).toEqual({ type: "user", userId });
      expect([content.raw, raw, source.originalMessageId]).toEqual([undefined, undefined, undefined]);
    }
    expect(after.filter(({ author }) => author.userId === friend.id).map(({ author }) => author.displayName)).toEqual([
      "Friend",
    ]);
    const left = (await everyItem(server)).filter((item) => String(item.pk).includes(other.id));
    expect(JSON.stringify(left)).not.toMatch(/Lovelace|HBgMNDkxNzAwMDAwNDAx/);
    // What comes again was stored before, whatever it is called there now.
    await sent("wamid.HBgMNDkxNzAwMDAwNDAx-1", { type: "text", text: { body: "Hello" } });
    expect(await all()).toEqual(after);
    expect((await brokenInvariants(server.tableName)).filter((one) => one.includes(other.id))).toEqual([]);
  });

  test("a user whose externalId has slashes is found", async () => {
    const externalId = "team/7/sue";
    await app.api.post(users(), { externalId, profile: { givenName: "Sue" } });
    expect(await app.api.delete(`${users()}/${encodeURIComponent(externalId)}/personalinformation`)).toMatchObject({
      status: 200,
      body: { user: { externalId, ...cleared } },
    });
  });

  test("a user who is not there, or another app's, is not found", async () => {
    const other = await server.newApp();
    const { body } = await other.api.post<Made>(`/v2/apps/${other.id}/users`, {});
    for (const name of ["nobody", "no%2Fbody", body.user.id])
      expect(await app.api.delete(`${users()}/${name}/personalinformation`)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "user_not_found", title: "User not found" }] },
      });
  });
});
