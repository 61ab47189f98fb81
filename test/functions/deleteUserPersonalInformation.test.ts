import { describe, expect, test } from "vitest";
import { newBot } from "../support/channelPeople.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { userIdOnChannel } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";

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
