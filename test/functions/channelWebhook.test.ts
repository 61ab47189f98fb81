import { describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { channelSample, signedDelivery } from "../../lib/local/channelSamples.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import { newIntegration } from "../support/business.ts";
import {
  connect,
  deliver,
  onlyPerson,
  peopleOf,
  type TestIntegration,
  textsOf,
  write,
} from "../support/channelPeople.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

const publicUrl = "https://sunroom.example";
const server = await startTestServer();
// The functions read it when they are first called; a slash at the end is none of the path.
process.env[variable.publicUrl] = `${publicUrl}/`;
const app = await server.newApp();

const pathOf = (integration: TestIntegration) => new URL(integration.webhookUrl).pathname;
const sampleOf = (to: TestIntegration, person: { id: string; name: string; text: string; messageId: string }) =>
  channelSample(to.type, { credentials: to.credentials, publicUrl: to.webhookUrl, now: new Date(), person });
const zoë = {
  id: "15145550123",
  name: "Zoë Müller",
  text: 'Grüße 🐙 & "more" + 100%',
  messageId: "4912661846655238145",
};

describe("a person's first message", () => {
  const named = { displayName: "Zoë Müller", profile: { givenName: "Zoë", surname: "Müller" } };
  test.each<
    [
      ChannelType,
      { externalId: string; displayName?: string; profile: object; info?: object; raw: object; said?: string },
    ]
  >([
    [
      "whatsapp",
      { externalId: "15145550123", ...named, raw: { from: "15145550123", profile: { name: "Zoë Müller" } } },
    ],
    ["messenger", { externalId: "15145550123", profile: {}, raw: { id: "15145550123" } }],
    ["instagram", { externalId: "15145550123", profile: {}, raw: { id: "15145550123" } }],
    [
      "telegram",
      {
        externalId: "15145550123",
        displayName: "Zoë Müller",
        profile: { givenName: "Zoë", surname: "Müller", locale: "en" },
        raw: { id: 15145550123, first_name: "Zoë", last_name: "Müller", language_code: "en" },
        said: "661846655238145",
      },
    ],
    [
      "twilio",
      {
        externalId: "+15145550123",
        displayName: "+1 514-555-0123",
        profile: {},
        info: { phoneNumber: "+15145550123", city: "MONTREAL", state: "QC", country: "CA" },
        raw: { From: "+15145550123", FromCity: "MONTREAL", FromState: "QC", FromCountry: "CA", FromZip: "" },
      },
    ],
    ["line", { externalId: "15145550123", profile: {}, raw: { userId: "15145550123" } }],
    [
      "viber",
      {
        externalId: "15145550123",
        displayName: "Zoë Müller",
        profile: { givenName: "Zoë", surname: "Müller", locale: "en" },
        info: { country: "CA", locale: "en" },
        raw: { id: "15145550123", name: "Zoë Müller", language: "en", country: "CA", api_version: 1 },
      },
    ],
    [
      "messagebird",
      {
        externalId: "+15145550123",
        displayName: "+1 514-555-0123",
        profile: {},
        info: { phoneNumber: "+15145550123" },
        raw: { originator: "15145550123" },
      },
    ],
    [
      "mailgun",
      {
        externalId: "15145550123@example.com",
        displayName: "Zoë Müller",
        profile: { givenName: "Zoë", surname: "Müller", email: "15145550123@example.com" },
        raw: { from: '"Zoë Müller" <15145550123@example.com>' },
        said: "<4912661846655238145@example.com>",
      },
    ],
  ])("on %s makes a user, client and default conversation that the official client lists", async (type, expected) => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    const { method, path, headers, body } = sampleOf(integration, zoë);
    expect((await server.as().send(method, path, { headers, body })).status).toBe(200);
    const { user, clients, conversations, participants, messages } = await onlyPerson(server, app);
    const { externalId, displayName, profile, info, raw, said = zoë.messageId } = expected;
    expect(user.profile).toEqual(profile);
    expect(user.externalId).toBeUndefined();
    expect(clients).toHaveLength(1);
    expect(clients[0]).toMatchObject({ type, status: "active", integrationId: integration.id, externalId, raw });
    expect(clients[0]?.displayName).toBe(displayName);
    expect(clients[0]?.info).toEqual(info);
    expect(conversations).toMatchObject([{ type: "personal", isDefault: true }]);
    expect(participants).toMatchObject([
      { userId: user.id, unreadCount: 0, clientAssociations: [{ type, clientId: clients[0]?.id }] },
    ]);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      author: { type: "user", userId: user.id },
      content: { type: "text", text: zoë.text },
      source: { type, integrationId: integration.id, originalMessageId: said },
    });
    expect(messages[0]?.author.displayName).toBe(displayName);
  });

  test.each(channelTypes)(
    "and the next ones on %s join its conversation, and move when the client was last seen",
    async (type) => {
      const app = await server.newApp();
      const integration = await connect(app, type);
      await write(server, integration, { id: "15145550124", text: "one" });
      const [before] = (await onlyPerson(server, app)).clients;
      for (const text of ["two", "three"]) await write(server, integration, { id: "15145550124", text });
      const person = await onlyPerson(server, app);
      expect(textsOf(person)).toEqual(["one", "two", "three"]);
      expect(person.conversations).toHaveLength(1);
      expect(person.clients).toHaveLength(1);
      expect(Date.parse(person.clients[0]?.lastSeen ?? "")).toBeGreaterThan(Date.parse(before?.lastSeen ?? ""));
    },
  );

  test("on two integrations with one phone number makes two users", async () => {
    const app = await server.newApp();
    for (const integration of [await connect(app, "twilio"), await connect(app, "twilio")])
      await write(server, integration, { id: "15145550125" });
    expect(await peopleOf(server, app)).toHaveLength(2);
  });
});

describe("the webhook of an integration", () => {
  test.each<[ChannelType, string, string]>([
    ["whatsapp", "text/plain", "EVENT_RECEIVED"],
    ["messenger", "text/plain", "EVENT_RECEIVED"],
    ["instagram", "text/plain", "EVENT_RECEIVED"],
    ["telegram", "text/plain; charset=utf-8", ""],
    ["twilio", "text/xml", '<?xml version="1.0" encoding="UTF-8"?><Response/>'],
    ["line", "text/plain; charset=utf-8", ""],
    ["viber", "text/plain; charset=utf-8", ""],
    ["messagebird", "text/plain; charset=utf-8", ""],
    ["mailgun", "text/plain; charset=utf-8", ""],
  ])("acknowledges on %s with %s and the body %j, the first time and again", async (type, contentType, text) => {
    const integration = await connect(app, type);
    for (let time = 0; time < 2; time++) {
      const answer = await write(server, integration, { id: "15145550126", messageId: "1" });
      expect(answer).toMatchObject({ status: 200, text, headers: { "content-type": contentType } });
    }
  });

  test.each<[ChannelType, number]>([
    ["whatsapp", 401],
    ["messenger", 401],
    ["instagram", 401],
    ["telegram", 401],
    ["twilio", 403],
    ["line", 401],
    ["viber", 401],
    ["messagebird", 401],
    ["mailgun", 406],
  ])("refuses on %s with %i what another secret signed, or nobody, and nobody is made", async (type, status) => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    const stranger = Object.fromEntries(
      Object.entries(integration.credentials).map(([name, value]) => [
        name,
        /secret|token|key/i.test(name) ? `${value}x` : value,
      ]),
    );
    const forged = sampleOf({ ...integration, credentials: stranger }, zoë);
    const send = (headers: Record<string, string>, body: string) => server.as().post(forged.path, body, headers);
    expect(await send(forged.headers, forged.body)).toMatchObject({ status, text: "" });
    const genuine = sampleOf(integration, zoë);
    const unsigned = { "content-type": genuine.headers["content-type"] ?? "" };
    const body = type === "mailgun" ? genuine.body.replace(/signature=[^&]*/, "") : genuine.body;
    expect((await send(unsigned, body)).status).toBe(type === "twilio" ? 400 : status);
    expect(await peopleOf(server, app)).toEqual([]);
    expect((await send(genuine.headers, genuine.body)).status).toBe(200);
  });

  test.each(["line", "whatsapp"] as const)(
    "refuses everything on %s as long as the integration has no secret, an empty one included",
    async (type) => {
      const app = await server.newApp();
      const none = { appSecret: null, channelSecret: null };
      const integration = await connect(app, type, none);
      const name = type === "line" ? "channelSecret" : "appSecret";
      const signed = sampleOf({ ...integration, credentials: { ...integration.credentials, [name]: "guessed" } }, zoë);
      expect((await server.as().post(signed.path, signed.body, signed.headers)).status).toBe(401);
      expect(await app.api.patch(`/v2/apps/${app.id}/integrations/${integration.id}`, { [name]: "" })).toMatchObject({
        status: 400,
      });
      await app.api.patch(`/v2/apps/${app.id}/integrations/${integration.id}`, { [name]: "guessed" });
      expect((await server.as().post(signed.path, signed.body, signed.headers)).status).toBe(200);
      expect(await peopleOf(server, app)).toHaveLength(1);
    },
  );

  test("is not found when there is no such integration, when it was deleted or is inactive, and when it is no channel's", async () => {
    const notFound = { status: 404, body: { errors: [{ code: "integration_not_found" }] } };
    for (const id of ["0".repeat(24), "x".repeat(3000), "%00", "..", "%F0%9F%A6%8A", "%ED%A0%80"])
      expect(await server.as().post(`/webhooks/${id}`, "{}"), id).toMatchObject(notFound);
    expect(await server.as().post(`/webhooks/${await newIntegration(app)}`, "{}")).toMatchObject(notFound);
    const inactive = await connect(app, "viber");
    const { openDb } = await import("../../lib/db/db.ts");
    const { integrationKey } = await import("../../lib/db/keys.ts");
    await updateItem(openDb(server.tableName, server.endpoint), integrationKey(inactive.id), {
      set: { status: "inactive" },
    });
    expect(await write(server, inactive)).toMatchObject(notFound);
    const integration = await connect(app, "viber");
    await write(server, integration);
    await app.api.delete(`/v2/apps/${app.id}/integrations/${integration.id}`);
    expect(await write(server, integration)).toMatchObject(notFound);
  });

  test.each(["whatsapp", "messenger", "instagram"] as const)(
    "on %s answers the handshake with the challenge, verbatim and as text",
    async (type) => {
      const integration = await connect(app, type);
      const ask = (query: string) => server.as().get(`${pathOf(integration)}?${query}`);
      const token = encodeURIComponent(String(integration.credentials.verifyToken));
      expect(await ask(`hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`)).toMatchObject({
        status: 200,
        text: "1158201444",
        headers: { "content-type": "text/plain", "x-content-type-options": "nosniff" },
      });
      expect((await ask(`hub.mode=subscribe&hub.challenge=%3Cb%3E1%3C%2Fb%3E&hub.verify_token=${token}`)).text).toBe(
        "<b>1</b>",
      );
      for (const query of [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1",
        `hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=${token}`,
        `hub.mode=subscribe&hub.verify_token=${token}`,
      ])
        expect(await ask(query)).toMatchObject({ status: 403, text: "" });
      expect((await ask("")).status).toBe(401);
    },
  );

  test("on LINE and Viber answers the console's check, which is signed like any delivery", async () => {
    const line = await connect(app, "line");
    expect(await deliver(server, line, { destination: "U8e742f61d673b39c7fff3cecb7536ef0", events: [] })).toMatchObject(
      { status: 200, text: "" },
    );
    const viber = await connect(app, "viber");
    expect(
      await deliver(server, viber, '{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'),
    ).toMatchObject({ status: 200, text: "" });
  });

  test("takes a message in the query where the channel sends it so", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    const query = "?From=%2B15145550127&Body=Hello+there&MessageSid=SM1&SmsStatus=received";
    const to = { ...integration, webhookUrl: integration.webhookUrl + query };
    const { path, headers } = signedDelivery("twilio", "", {
      credentials: to.credentials,
      publicUrl: to.webhookUrl,
      now: new Date(),
    });
    const { "content-type": _, ...signature } = headers;
    expect((await server.as().get(path, undefined, signature)).status).toBe(200);
    expect(textsOf(await onlyPerson(server, app))).toEqual(["Hello there"]);
  });

  test("takes a person's answer to a message with the id of what it answers, on WhatsApp", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const reply = {
      from: "16505551234",
      id: "wamid.R1",
      timestamp: "1749416383",
      type: "text",
      text: { body: "this one" },
      context: { from: "15550783881", id: "wamid.OUT" },
    };
    await deliver(server, integration, whatsappChange({ messages: [reply] }));
    const { messages } = await onlyPerson(server, app);
    expect(messages).toMatchObject([{ quotedMessage: { type: "externalMessageId", externalMessageId: "wamid.OUT" } }]);
  });

  test("takes bytes that no text type announces, as API Gateway encodes them", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "viber");
    const { path, headers, body } = sampleOf(integration, zoë);
    const { "content-type": _, ...signature } = headers;
    expect(
      (await server.as().post(path, Buffer.from(body), { ...signature, "content-type": "application/octet-stream" }))
        .status,
    ).toBe(200);
    expect(textsOf(await onlyPerson(server, app))).toEqual([zoë.text]);
  });

  test("takes a mail with attachments, which comes in parts", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "mailgun");
    const { path, body } = sampleOf(integration, zoë);
    const parts = [...new URLSearchParams(body)].map(
      ([name, value]) => `--frontier\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = `--frontier\r\nContent-Disposition: form-data; name="attachment-1"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
    const form = Buffer.concat([
      Buffer.from(parts.join("") + file),
      Buffer.from([0, 255, 13, 10, 0]),
      Buffer.from("\r\n--frontier--\r\n"),
    ]);
    const type = { "content-type": "multipart/form-data; boundary=frontier" };
    expect((await server.as().post(path, form, type)).status).toBe(200);
    expect(textsOf(await onlyPerson(server, app))).toEqual([zoë.text]);
  });

  test("is where PUBLIC_URL says, for signatures that cover the URL", async () => {
    for (const type of ["twilio", "messagebird"] as const) {
      const integration = await connect(app, type);
      expect(integration.webhookUrl).toBe(`${publicUrl}/webhooks/${integration.id}`);
      const elsewhere = { ...integration, webhookUrl: `${server.url}/webhooks/${integration.id}` };
      expect((await write(server, elsewhere)).status).toBe(type === "twilio" ? 403 : 401);
      // A query that the channel adds to the URL is covered too.
      expect((await write(server, { ...integration, webhookUrl: `${integration.webhookUrl}?a=%20b` })).status).toBe(
        200,
      );
    }
  });

  test("shows what it generated, and every secret, to who creates it and to nobody after", async () => {
    const app = await server.newApp();
    for (const type of channelTypes) {
      const { id, credentials, webhookUrl } = await connect(app, type);
      const path = `/v2/apps/${app.id}/integrations`;
      const secrets = Object.entries(credentials).filter(([name]) => /secret|token|key/i.test(name));
      expect(secrets.length).toBeGreaterThan(0);
      for (const { text } of [
        await app.api.get(`${path}/${id}`),
        await app.api.get(path),
        await app.api.patch(`${path}/${id}`, {}),
      ]) {
        expect(text).toContain(webhookUrl);
        for (const [name, value] of secrets) {
          expect(text, `${type}.${name}`).not.toContain(`"${name}"`);
          expect(text).not.toContain(String(value));
        }
      }
    }
  });

  test("takes an id that the vendor's API describes as a number", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "messenger", { pageId: 1067319412 });
    expect(integration.credentials.pageId).toBe("1067319412");
    await write(server, integration);
    expect(await peopleOf(server, app)).toHaveLength(1);
    const fields = { type: "messenger", pageAccessToken: "a", appId: "b", appSecret: "c" };
    for (const pageId of [1.5, -1, 2 ** 60, true])
      expect(await app.api.post(`/v2/apps/${app.id}/integrations`, { ...fields, pageId })).toMatchObject({
        status: 400,
      });
  });
});
