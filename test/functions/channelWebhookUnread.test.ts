import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import { connect, deliver, onlyPerson, peopleOf, textsOf } from "../support/channelPeople.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

/** Deliveries that are genuine and say something in a form that is unknown: none is acknowledged and lost. */

const folder = mkdtempSync(join(tmpdir(), "unread-"));
const deadLetters = join(folder, "dead-letters");
process.env[variable.deadLetterQueueUrl] = pathToFileURL(deadLetters).href;
const server = await startTestServer();
beforeEach(() => rmSync(deadLetters, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

interface Letter {
  readonly requestId: string;
  readonly appId: string;
  readonly integrationId: string;
  readonly receivedAt: string;
  readonly reason: string;
  readonly pieces: readonly unknown[];
}
const letters = (): readonly Letter[] => {
  try {
    return readdirSync(deadLetters).map((name) => JSON.parse(readFileSync(join(deadLetters, name), "utf8")));
  } catch {
    return [];
  }
};

const account = "17841400000000000";
const metaChange = (object: string, id: string, field: string, value: object) => ({
  object,
  entry: [{ id, time: 1784000000, changes: [{ field, value }] }],
});
const direct = (recipient: string, more: object) => ({
  sender: { id: "200000000000001" },
  recipient: { id: recipient },
  timestamp: "1784000000000",
  ...more,
});

describe("the same event in another envelope", () => {
  test.each([
    ["instagram", "instagram", account, { businessId: account }],
    ["messenger", "page", "106731941223392", {}],
  ] as const)("on %s is the same: messages and pressed buttons in `changes`", async (type, object, id, fields) => {
    const app = await server.newApp();
    const integration = await connect(app, type, fields);
    const said = direct(id, { message: { mid: "m_c1", text: "hello from changes" } });
    const inMessaging = { object, entry: [{ id, time: 1784000000, messaging: [said] }] };
    const pressed = direct(id, { postback: { mid: "m_c2", title: "Talk", payload: "TALK" } });
    await deliver(server, integration, metaChange(object, id, "messages", said));
    // The same message in the other form is the same message.
    await deliver(server, integration, inMessaging);
    await deliver(server, integration, metaChange(object, id, "messaging_postbacks", pressed));
    const person = await onlyPerson(server, app);
    expect(person.clients).toMatchObject([{ type, externalId: "200000000000001" }]);
    expect(textsOf(person)).toEqual(["hello from changes", "Talk"]);
    expect(letters()).toEqual([]);
  });
});

/** Per channel: something new that a person sent, and something of which nobody can tell who sent it. */
const unknown: Readonly<Record<ChannelType, { of: string; said: SamplePayload; ofNobody: SamplePayload }>> = {
  whatsapp: {
    of: "491700000001",
    said: whatsappChange({
      contacts: [{ profile: { name: "Test User" }, wa_id: "491700000001" }],
      messages: [
        { from: "491700000001", id: "wamid.B", timestamp: "1653253313", type: "unknown", errors: [{ code: 1 }] },
      ],
    }),
    ofNobody: whatsappChange({ messages: [{ id: "wamid.C", type: "text", text: { body: "hello" } }] }),
  },
  messenger: {
    of: "200000000000001",
    said: metaChange("page", "106731941223392", "hologram", direct("106731941223392", { hologram: { a: 1 } })),
    ofNobody: metaChange("page", "106731941223392", "hologram", { hologram: { text: "hello" } }),
  },
  instagram: {
    of: "200000000000001",
    said: metaChange("instagram", account, "messages", direct(account, { hologram: { a: 1 } })),
    ofNobody: { object: "instagram", entry: [{ id: account, holograms: ["hello"] }] },
  },
  telegram: {
    of: "7",
    said: {
      update_id: 1,
      message: { message_id: 1, date: 1700000000, from: { id: 7 }, chat: { id: 7, type: "private" }, hologram: {} },
    },
    ofNobody: { update_id: 2, hologram: { text: "hello" } },
  },
  twilio: {
    of: "whatsapp:+15140000021",
    said: {
      AccountSid: "ACa1b4c65ee0722712fab89867cb14eac7",
      MessageSid: "SM00000000000000000000000000000001",
      From: "whatsapp:+15140000021",
      Body: "",
      MessageType: "interactive",
      InteractiveData: '{"type":"flow","pages":[{"name":"QUESTION_ONE","answer":"yes"}]}',
    },
    ofNobody: { AccountSid: "ACa1b4c65ee0722712fab89867cb14eac7", MessageSid: "SM2", Body: "hello" },
  },
  line: {
    of: "U4af4980629000000000000000000001",
    said: {
      events: [
        {
          type: "message",
          webhookEventId: "01A",
          source: { type: "user", userId: "U4af4980629000000000000000000001" },
          message: { type: "new" },
        },
      ],
    },
    ofNobody: { events: [{ type: "message", message: { id: "1", type: "text", text: "hello" } }] },
  },
  viber: {
    of: "01234567890A=",
    said: { event: "something_new", message_token: 1, user: { id: "01234567890A=" }, hologram: {} },
    ofNobody: { event: "message", message_token: 2, message: { type: "text", text: "hello" } },
  },
  messagebird: {
    of: "+31612345678",
    said: { id: "1", originator: "31612345678", hologram: { a: 1 } },
    ofNobody: { id: "2", body: "hello" },
  },
  mailgun: {
    of: "bob@example.com",
    said: { from: "Bob <bob@example.com>", sender: "bob@example.com", "Message-Id": "<1@a>", "body-amp": "hello" },
    ofNobody: "no-mail=hello",
  },
};

describe.each(channelTypes)("on %s", (type) => {
  test("what is new is kept untranslated, once, with what the channel sent", async () => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    for (let times = 0; times < 2; times++)
      expect((await deliver(server, integration, unknown[type].said)).status).toBe(200);
    const person = await onlyPerson(server, app);
    expect(person.clients).toMatchObject([{ externalId: unknown[type].of }]);
    // The official client leaves out what it does not know.
    const path = `/v2/apps/${app.id}/conversations/${person.conversations[0]?.id}/messages`;
    const { messages } = (await app.api.get<{ messages: { content: object }[] }>(path)).body;
    expect(messages.map(({ content }) => content)).toEqual([{ type: "unsupported", raw: expect.any(Object) }]);
    expect(JSON.stringify(messages)).toMatch(/hologram|InteractiveData|"new"|"unknown"|body-amp/);
    expect(letters()).toEqual([]);
  });

  test("what is of nobody is a dead letter with its reason", async () => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    expect((await deliver(server, integration, unknown[type].ofNobody)).status).toBe(200);
    expect(await peopleOf(server, app)).toEqual([]);
    expect(letters()).toEqual([
      {
        requestId: expect.any(String),
        appId: app.id,
        integrationId: integration.id,
        receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        reason: expect.any(String),
        pieces: [expect.anything()],
      },
    ]);
    expect(JSON.stringify(letters()[0]?.pieces)).toContain("hello");
    expect(JSON.stringify(letters())).not.toContain('"signature"');
  });
});

describe("a dead letter", () => {
  test("holds all pieces of a delivery that have its reason, and the readable ones are stored", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const text = (from: string | undefined, id: string) => ({ from, id, type: "text", text: { body: id } });
    const messages = [text(undefined, "a"), text("15145550001", "b"), text(undefined, "c"), "d"];
    await deliver(server, integration, whatsappChange({ messages }));
    expect(textsOf(await onlyPerson(server, app))).toEqual(["b"]);
    expect(letters()).toMatchObject([{ reason: "no sender", pieces: [{ id: "a" }, { id: "c" }, "d"] }]);
  });

  test("weighs what a queue takes; many pieces make several, and too large ones are shortened", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const piece = { type: "text", text: { body: "hello ".repeat(5000) }, more: Array(20).fill("x".repeat(3000)) };
    await deliver(server, integration, whatsappChange({ messages: Array(40).fill(piece) }));
    const all = letters();
    expect(all.flatMap(({ pieces }) => pieces)).toHaveLength(40);
    expect(all.length).toBeGreaterThan(1);
    for (const letter of all) expect(Buffer.byteLength(JSON.stringify(letter))).toBeLessThanOrEqual(250 * 1024);
    expect(all[0]?.pieces[0]).toMatchObject({ text: { body: expect.stringMatching(/^hello /) } });
  });

  test("is what a delivery waits for: where none can be written, it is not acknowledged, and comes again", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const messages = [
      { id: "a", text: { body: "hello" } },
      { from: "15145550001", id: "b", type: "text", text: { body: "b" } },
    ];
    // A file is where the folder should be.
    writeFileSync(deadLetters, "");
    const delivery = whatsappChange({ messages });
    expect((await deliver(server, integration, delivery)).status).toBe(500);
    rmSync(deadLetters);
    expect((await deliver(server, integration, delivery)).status).toBe(200);
    expect(textsOf(await onlyPerson(server, app))).toEqual(["b"]);
    expect(letters()).toHaveLength(1);
  });

  test("is not written of what is known to be of no person, nor of what says nothing", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp", { phoneNumberId: "106540352242922" });
    for (const payload of [
      whatsappChange({ statuses: [{ id: "wamid.1", status: "read", recipient_id: "15145550001" }] }),
      whatsappChange({ errors: [{ code: 130429 }] }),
      whatsappChange({ messages: [{ from: "15145550001", id: "1", type: "reaction", reaction: { emoji: "👍" } }] }),
      whatsappChange({ messages: [null, {}] }),
      whatsappChange({ event: "VERIFIED_ACCOUNT" }, "account_update"),
      whatsappChange({ metadata: { phone_number_id: "999" }, messages: [{ from: "15145550001", id: "2" }] }),
      { object: "whatsapp_business_account", entry: [] },
      "{}",
    ])
      expect((await deliver(server, integration, payload)).status).toBe(200);
    expect(await peopleOf(server, app)).toEqual([]);
    expect(letters().map(({ reason }) => reason)).toEqual([]);
  });
});
