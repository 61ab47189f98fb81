import { describe, expect, test } from "vitest";
import { newIntegration, seenByBusiness, textsOf } from "../../support/business.ts";
import { connect, deliver, onlyPerson, peopleOf, textsOf as textsBy, write } from "../../support/channelPeople.ts";
import { newDevice, sessionOf } from "../../support/newDevice.ts";
import { type OfficialError, officialClient } from "../../support/officialClient.ts";
import { signToken, userToken } from "../../support/signToken.ts";
import { unique } from "../../support/unique.ts";
import { target } from "../target.ts";

/** The four ways in which a user is created, at any server: by its address alone. */

const server = target();
const app = await server.newApp();
const integrationId = await newIntegration(app);
const device = () => newDevice(server, app, integrationId);

/** How many ask at the same moment. */
const atOnce = <Answer>(count: number, ask: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, ask));

const statuses = (replies: readonly { readonly status: number }[]) => replies.map(({ status }) => status).toSorted();

describe("way 1, an API call", () => {
  test("makes an app, a key and a user with the official client, and refuses the user a second time", async () => {
    const account = officialClient(server.url, server.accountKey);
    const { app: made } = await account<{ app: { id: string } }>("AppsApi.createApp", { displayName: "Bookshop" });
    const { key } = await account<{ key: { id: string; secret: string } }>("AppKeysApi.createAppKey", made.id, {
      displayName: "Server",
    });
    const client = officialClient(server.url, key);
    const said = { externalId: "jane@example.org", profile: { givenName: "Jane 🦊" }, metadata: { plan: "gold" } };
    const { user } = await client<{ user: { id: string } }>("UsersApi.createUser", made.id, said);
    expect(user).toMatchObject(said);
    expect(await client("UsersApi.getUser", made.id, "jane@example.org")).toMatchObject({ user: { id: user.id } });
    const refusal = await client("UsersApi.createUser", made.id, said).then(
      () => undefined,
      (error: OfficialError) => error,
    );
    expect(refusal).toMatchObject({ status: 409, body: { errors: [{ code: "conflict" }] } });
  });

  test("makes one user of sixteen calls at the same moment", async () => {
    const externalId = unique("person");
    const replies = await atOnce(16, () => app.api.post(`/v2/apps/${app.id}/users`, { externalId }));
    expect(statuses(replies)).toEqual([201, ...Array(15).fill(409)]);
  });
});

describe("way 2, a channel", () => {
  test("makes a user of a signed delivery, once, and its redelivery adds nothing", async () => {
    const shop = await server.newApp();
    const bot = await connect(shop, "telegram");
    const said = { id: "424242", text: "Hello 🦊", messageId: "7" };
    expect((await write(server, bot, said)).status).toBe(200);
    expect((await write(server, bot, said)).status).toBe(200);
    const person = await onlyPerson(server, shop);
    expect(person.clients).toMatchObject([{ type: "telegram", status: "active", externalId: "424242" }]);
    expect(person.participants).toMatchObject([{ userId: person.user.id }]);
    expect(textsBy(person)).toEqual(["Hello 🦊"]);
  });

  test("refuses a delivery that the channel did not sign", async () => {
    const shop = await server.newApp();
    const bot = await connect(shop, "telegram");
    const forged = { ...bot, credentials: { ...bot.credentials, secretToken: "guessed" } };
    expect((await write(server, forged)).status).toBe(401);
    expect(await peopleOf(server, shop)).toEqual([]);
  });

  test("makes one user of one delivery that comes eight times at the same moment", async () => {
    const shop = await server.newApp();
    const bot = await connect(shop, "telegram");
    const replies = await atOnce(8, () => write(server, bot, { id: "77", text: "Once", messageId: "1" }));
    expect(new Set(statuses(replies))).toEqual(new Set([200]));
    expect(textsBy(await onlyPerson(server, shop))).toEqual(["Once"]);
  });

  test.each(["whatsapp", "twilio", "line", "mailgun"] as const)(
    "takes %s, whose signature covers the body, or the URL with a form",
    async (type) => {
      const shop = await server.newApp();
      const channel = await connect(shop, type);
      expect((await write(server, channel, { text: "Grüße" })).status).toBe(200);
      expect(textsBy(await onlyPerson(server, shop))).toEqual(["Grüße"]);
    },
  );

  test("answers the handshake by which a channel checks the address", async () => {
    const shop = await server.newApp();
    const channel = await connect(shop, "whatsapp");
    const { pathname } = new URL(channel.webhookUrl);
    const token = String(channel.credentials.verifyToken);
    const asked = (verifyToken: string) =>
      server
        .as()
        .get(
          `${pathname}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(verifyToken)}`,
        );
    expect(await asked(token)).toMatchObject({ status: 200, text: "1158201444" });
    expect((await asked("guessed")).status).toBe(403);
  });

  test("acknowledges a genuine delivery of a kind that is unknown", async () => {
    const shop = await server.newApp();
    const bot = await connect(shop, "telegram");
    expect((await deliver(server, bot, { update_id: 1, business_news: { text: "?" } })).status).toBe(200);
    expect(await peopleOf(server, shop)).toEqual([]);
  });
});

describe("way 3, createConversation() of a Messaging SDK", () => {
  test("makes an anonymous user with a session, which writes and is read by the business", async () => {
    const browser = device();
    const { conversationId, ...session } = await browser.begin();
    const said = await browser.say(conversationId, "Is somebody there?", session);
    expect(said.status).toBe(201);
    expect(await textsOf(app, conversationId)).toEqual(["Is somebody there?"]);
    expect((await browser.resume(session)).body.appUser._id).toBe(session.appUserId);
    expect((await newDevice(server, app, integrationId).resume(session)).status).toBe(401);
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ authenticated: false });
  });

  test("answers the configuration that an SDK begins with", async () => {
    const config = await server.as().get<{ config: object }>(`/sdk/v2/integrations/${integrationId}/config`);
    expect(config).toMatchObject({ status: 200, body: { config: { app: { _id: app.id } } } });
  });
});

describe("way 4, login() with a token", () => {
  test("makes an unknown user, and finds it the next time", async () => {
    const externalId = unique("someone");
    const first = await device().login(externalId);
    expect(first).toMatchObject({ status: 200, body: { appUser: { userId: externalId } } });
    const second = await device().login(externalId);
    expect(second.body.appUser._id).toBe(first.body.appUser._id);
    expect(await seenByBusiness(app, externalId)).toMatchObject({ authenticated: true });
  });

  test("refuses a token that another key signed", async () => {
    const externalId = unique("someone");
    const forged = signToken({ ...app.key, secret: "guessed" }, { scope: "user", external_id: externalId });
    expect(await device().login(externalId, undefined, forged)).toMatchObject({
      status: 401,
      body: { error: { code: "invalid_auth" } },
    });
    expect(await seenByBusiness(app, externalId)).toBe(404);
  });

  test("makes an anonymous user a known one, who keeps what was said", async () => {
    const externalId = unique("someone");
    const browser = device();
    const { conversationId, ...session } = await browser.begin();
    await browser.say(conversationId, "Before I sign in", session);
    const { status } = await browser.login(externalId, session, userToken(app, externalId));
    expect(status).toBe(200);
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ externalId, authenticated: true });
    expect(await textsOf(app, conversationId)).toEqual(["Before I sign in"]);
  });

  test("makes one user of eight devices that sign in at the same moment", async () => {
    const externalId = unique("someone");
    const replies = await atOnce(8, () => device().login(externalId));
    expect(new Set(replies.map(({ status, body }) => `${status} ${sessionOf(body).appUserId}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(200);
  });

  test("makes one user of a login and a call of the API at the same moment", async () => {
    const externalId = unique("someone");
    const [login, created] = await Promise.all([
      device().login(externalId),
      app.api.post<{ user?: { id: string } }>(`/v2/apps/${app.id}/users`, { externalId }),
    ]);
    expect(login.status).toBe(200);
    expect([201, 409]).toContain(created.status);
    expect(await seenByBusiness(app, externalId)).toMatchObject({ id: login.body.appUser._id });
  });
});
