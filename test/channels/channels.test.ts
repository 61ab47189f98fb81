import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadChannel } from "../../lib/channels/loadChannel.ts";
import { loadSender } from "../../lib/channels/loadSender.ts";
import { channelSample, channelSamples } from "../../lib/local/channelSamples.ts";
import type { ChannelEvent, ChannelType, CredentialField, Parsed } from "../../lib/model/channel.ts";
import { idLimit } from "../../lib/model/values/providerValue.ts";
import { channels } from "../support/channels.ts";
import { replaced, strange } from "../support/mutations.ts";
import { channelRequest, readExamples, requestOf, webhookUrl } from "./examples.ts";

const fileNames = (folder: string): readonly string[] => readdirSync(new URL(folder, import.meta.url)).sort();

const types = Object.values(channels).map((channel) => channel.type);
const now = new Date("2026-11-24T08:00:00.000Z");
const person = {
  id: "15145550123",
  name: "Zoë 🦊 Müller",
  text: 'Grüße 🐙 & "more" + 100%',
  messageId: "4912661846655238145",
};
const credentials = Object.fromEntries(
  types.map((type) => {
    const generated = Object.entries(channels[type].fields).filter(([, field]) => field.generated);
    return [
      type,
      { ...channelSamples[type].demoFields(), ...Object.fromEntries(generated.map(([name]) => [name, `own-${name}`])) },
    ];
  }),
) as Readonly<Record<ChannelType, Readonly<Record<string, string>>>>;

function sampleRequest(type: ChannelType) {
  const sample = channelSample(type, { credentials: credentials[type], publicUrl: webhookUrl, now, person });
  return channelRequest({ ...sample, receivedAt: now });
}

describe("the folder of channels", () => {
  const rooms = ["inbound", "kit", "links", "media", "meta", "outbound"];

  test("each folder is a channel, and each channel has its folder", () => {
    const folders = readdirSync(new URL("../../lib/channels/", import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !rooms.includes(entry.name))
      .map(({ name }) => name);
    expect(folders.sort()).toEqual([...types].sort());
  });

  test.each(types)(
    "%s has its settings, its receiver, its sender and its sample, each the one export of its file",
    async (type) => {
      for (const part of ["settings", "receive", "send", "sample"])
        expect(Object.keys(await import(`../../lib/channels/${type}/${part}.ts`))).toEqual([part]);
      expect(await loadChannel(type)).toBe((await import(`../../lib/channels/${type}/receive.ts`)).receive);
      // Its reading stands behind that of what is no API's answer.
      const { send } = await import(`../../lib/channels/${type}/send.ts`);
      expect(await loadSender(type)).toEqual({ ...send, read: expect.any(Function) });
    },
  );

  test.each(types)("%s has tests, and examples of a message, of a refusal and of what makes nobody", (type) => {
    expect(fileNames(`./${type}/`)).toEqual(expect.arrayContaining(["receive.test.ts", "send.test.ts"]));
    const expected = readExamples(type).map(([, example]) => example.expect);
    expect(expected.some(({ events }) => events?.[0]?.kind === "message")).toBe(true);
    expect(expected.some(({ refusal }) => refusal !== undefined)).toBe(true);
    expect(expected.some(({ skipped }) => skipped?.length)).toBe(true);
  });
});

/** What speaks to providers, by a Lambda of its own: nothing that reads or stores a delivery imports it. */
const calling = /^(?:outbound|media)\/|(?:^|\/)(?:media|loadMediaReader|sendLink)\.ts$/;

describe("before a delivery is acknowledged", () => {
  test("nothing speaks to the provider: no file that reads or stores one can reach a network but by the store", () => {
    const passed = ["channels", "model", "users", "conversations"].flatMap((room) =>
      readdirSync(new URL(`../../lib/${room}/`, import.meta.url), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !calling.test(name))
        .map((name) => `../../lib/${room}/${name}`),
    );
    for (const file of passed)
      expect(readFileSync(new URL(file, import.meta.url), "utf8"), file).not.toMatch(
        /"[./]+\/(?:outbound|media)\/\w+\.ts"|\/sendLink\.ts"/,
      );
    for (const file of [...passed, "../../functions/channelWebhook.ts", "../../lib/runtime.ts"])
      expect(readFileSync(new URL(file, import.meta.url), "utf8"), file).not.toMatch(
        /\bfetch\(|node:(https?|net|tls|dgram)/,
      );
  });
});

describe("what each channel declares", () => {
  const names = (type: ChannelType, property: keyof CredentialField): readonly string[] =>
    Object.entries<CredentialField>(channels[type].fields).flatMap(([name, field]) => (field[property] ? [name] : []));

  test.each<[ChannelType, readonly string[]]>([
    ["whatsapp", []],
    ["messenger", ["pageAccessToken", "appId", "appSecret"]],
    ["instagram", ["pageAccessToken", "appId", "appSecret"]],
    ["telegram", ["token"]],
    ["twilio", ["accountSid", "authToken"]],
    ["line", []],
    ["viber", ["token"]],
    ["messagebird", ["accessKey", "signingKey", "originator"]],
    ["mailgun", ["apiKey", "domain", "incomingAddress"]],
  ])("%s requires what the vendor's API requires: %s", (type, required) => {
    expect(names(type, "required")).toEqual(required);
  });

  test("docs/channels.md lists the fields of each, and their secrets in italics", () => {
    // Without what aligns the cells of a table.
    const documented = readFileSync(new URL("../../docs/channels.md", import.meta.url), "utf8").replaceAll(/ +/g, " ");
    for (const type of types) {
      const fields = Object.entries<CredentialField>(channels[type].fields);
      const list = (chosen: (field: CredentialField) => boolean): string =>
        fields.flatMap(([name, field]) => (chosen(field) ? [field.secret ? `_${name}_` : name] : [])).join(", ") || "–";
      const cells = [
        type,
        list((field) => field.required === true),
        list((field) => !field.required && !field.generated),
        list((field) => field.generated === true),
      ];
      expect(documented).toContain(`| ${cells.join(" | ")} |`);
    }
  });

  test("twilio takes a number or a messaging service", () => {
    expect(channels.twilio.oneOf).toEqual([["phoneNumberSid", "messagingServiceSid"]]);
  });

  test("what may be generated is what is ours to choose, and is secret", () => {
    const generated = types.flatMap((type) => names(type, "generated").map((name) => `${type}.${name}`));
    expect(generated.sort()).toEqual([
      "instagram.verifyToken",
      "messagebird.webhookSecret",
      "messenger.verifyToken",
      "telegram.secretToken",
      "whatsapp.verifyToken",
    ]);
    for (const type of types)
      expect(names(type, "secret")).toEqual(expect.arrayContaining([...names(type, "generated")]));
  });

  test("every field whose name says that it is a secret is one", () => {
    for (const type of types) {
      const telling = Object.keys(channels[type].fields).filter((name) => /secret|token|key$/i.test(name));
      expect(names(type, "secret")).toEqual(expect.arrayContaining(telling));
    }
  });

  test.each<[ChannelType, { body: string; type?: string; redelivers: boolean }]>([
    ["whatsapp", { body: "EVENT_RECEIVED", type: "text/plain", redelivers: true }],
    ["messenger", { body: "EVENT_RECEIVED", type: "text/plain", redelivers: true }],
    ["instagram", { body: "EVENT_RECEIVED", type: "text/plain", redelivers: true }],
    ["telegram", { body: "", redelivers: true }],
    ["twilio", { body: '<?xml version="1.0" encoding="UTF-8"?><Response/>', type: "text/xml", redelivers: false }],
    ["line", { body: "", redelivers: false }],
    ["viber", { body: "", redelivers: true }],
    ["messagebird", { body: "", redelivers: false }],
    ["mailgun", { body: "", redelivers: true }],
  ])("%s is acknowledged as its provider expects", (type, expected) => {
    const { acknowledgement, redelivers } = channels[type];
    expect(acknowledgement.status).toBe(200);
    expect(acknowledgement.body ?? "").toBe(expected.body);
    expect(acknowledgement.headers?.["content-type"]).toBe(expected.type);
    expect(redelivers).toBe(expected.redelivers);
  });
});

describe("a sample of the local page", () => {
  test.each(types)("%s: it is genuine, and is the one message of its person", (type) => {
    const channel = channels[type];
    const request = sampleRequest(type);
    expect(channel.handshake(request, credentials[type])).toBeUndefined();
    expect(channel.verify(request, credentials[type])).toEqual({ ok: true });
    const { events, skipped } = channel.parse(request, credentials[type]);
    expect(skipped).toEqual([]);
    expect(events).toMatchObject([{ kind: "message", content: { type: "text", text: person.text } }]);
    expect(events[0]?.person.externalId).toContain(person.id);
  });

  test.each(types)("%s: any text may serve as the person's and the message's id, and the same is the same", (type) => {
    const channel = channels[type];
    const idsOf = (id: string, messageId: string): readonly unknown[] => {
      const sample = channelSample(type, {
        credentials: credentials[type],
        publicUrl: webhookUrl,
        now,
        person: { ...person, id, messageId },
      });
      const [event] = channel.parse(channelRequest({ ...sample, receivedAt: now }), credentials[type]).events;
      return event?.kind === "message" ? [event.person.externalId, event.messageId] : [];
    };
    expect(idsOf("zoë", "one")).toHaveLength(2);
    expect(idsOf("zoë", "one")).toEqual(idsOf("zoë", "one"));
    expect(idsOf("zoë", "one")[1]).not.toEqual(idsOf("zoë", "two")[1]);
    expect(idsOf("zoë", "one")[0]).not.toEqual(idsOf("max", "one")[0]);
  });

  test.each(types)("%s: a credential that it needs and lacks is named", (type) => {
    const sample = (): unknown => channelSample(type, { credentials: {}, publicUrl: webhookUrl, now, person });
    expect(sample).toThrow(/^The integration has no \w+ to sign a sample with/);
  });
});

describe("a delivery that its provider did not sign", () => {
  test.each(types)("%s: without its secrets an integration refuses every example and every handshake", (type) => {
    const channel = channels[type];
    const secrets = Object.keys(channel.fields);
    const without = [{}, ...["", true, false].map((value) => Object.fromEntries(secrets.map((name) => [name, value])))];
    for (const [, example] of readExamples(type)) {
      const request = requestOf(type, example);
      for (const none of without) {
        const handshake = channel.handshake(request, none);
        expect(handshake?.status ?? 403).toBe(403);
        expect(channel.verify(request, none).ok).toBe(false);
      }
    }
  });

  test.each(types)("%s: any other value of the signature is refused", (type) => {
    const request = sampleRequest(type);
    const [name, value] = Object.entries(request.headers).find(([header]) => header !== "content-type") ?? [];
    if (name === undefined || value === undefined) return expect(type).toBe("mailgun");
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (index, other) => {
        const changed = value.slice(0, index) + other + value.slice(index + 1);
        fc.pre(changed !== value);
        const forged = { ...request, headers: { ...request.headers, [name]: changed } };
        expect(channels[type].verify(forged, credentials[type]).ok).toBe(false);
      }),
    );
  });

  // Telegram's secret covers no body, Mailgun's signature only its own three fields, Twilio's the values that are meant.
  test.each(types.filter((type) => !["telegram", "mailgun", "twilio"].includes(type)))(
    "%s: a body with any byte changed, added or removed is refused",
    (type) => {
      const request = sampleRequest(type);
      fc.assert(
        fc.property(fc.nat(request.rawBody.length), fc.uint8Array({ maxLength: 2 }), (index, bytes) => {
          const rawBody = Buffer.concat([
            request.rawBody.subarray(0, index),
            bytes,
            request.rawBody.subarray(index + 1),
          ]);
          fc.pre(!rawBody.equals(request.rawBody));
          expect(channels[type].verify({ ...request, rawBody }, credentials[type]).ok).toBe(false);
        }),
      );
    },
  );

  test("twilio: a body with any field's value changed is refused", () => {
    const request = sampleRequest("twilio");
    const fields = [...new URLSearchParams(request.rawBody.toString())];
    fc.assert(
      fc.property(fc.nat(fields.length - 1), fc.string(), (index, other) => {
        fc.pre(fields[index]?.[1] !== other);
        const changed = fields.map(([name, value], at): [string, string] => [name, at === index ? other : value]);
        const rawBody = Buffer.from(String(new URLSearchParams(changed)));
        expect(channels.twilio.verify({ ...request, rawBody }, credentials.twilio).ok).toBe(false);
      }),
    );
  });

  test.each(["twilio", "messagebird"] as const)("%s: any other URL is refused", (type) => {
    const request = sampleRequest(type);
    for (const publicUrl of [`${webhookUrl}/`, `${webhookUrl}?a=1`, webhookUrl.replace("sunroom", "moonroom")]) {
      const query = new URL(publicUrl).searchParams;
      expect(channels[type].verify({ ...request, publicUrl, query }, credentials[type]).ok).toBe(false);
    }
  });
});

/** Everything that the storing of events relies on. */
function expectSound({ events, skipped }: Parsed): void {
  expect(skipped).not.toContain("unreadable");
  for (const event of events) {
    for (const id of idsOf(event)) {
      expect(id).not.toBe("");
      expect(Buffer.byteLength(id)).toBeLessThanOrEqual(event.kind === "message" ? 3 * idLimit + 2 : idLimit);
      expect(id.isWellFormed()).toBe(true);
    }
    expect(Number.isNaN(event.occurredAt?.getTime())).toBe(false);
    expectStorable(event, 20);
  }
}

function idsOf(event: ChannelEvent): readonly string[] {
  const ids = [event.person.externalId, ...event.person.aliases];
  if (event.kind === "identityChanged") return [...ids, ...event.to];
  if (event.kind !== "message" && event.kind !== "postback") return ids;
  return [...ids, event.messageId, event.dedupeKey ?? event.messageId];
}

function expectStorable(value: unknown, depth: number): void {
  expect(depth).toBeGreaterThan(0);
  if (typeof value === "string") expect(value.isWellFormed()).toBe(true);
  else if (typeof value === "number") expect(Math.abs(value)).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  else if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    expect(Object.keys(value)).not.toContain("__proto__");
    expect(Object.keys(value)).not.toContain("");
    for (const item of Object.values(value)) if (item !== undefined) expectStorable(item, depth - 1);
  }
}

describe("whatever arrives", () => {
  test.each(types)("%s: bytes of any kind are judged and read without an exception", (type) => {
    const headerNames = ["content-type", ...Object.keys(sampleRequest(type).headers)];
    fc.assert(
      fc.property(
        fc.constantFrom("GET", "POST", "PUT"),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map(Buffer.from),
          fc.webQueryParameters().map(Buffer.from),
        ),
        fc.dictionary(
          fc.constantFrom(...headerNames),
          fc.oneof(fc.string(), fc.constantFrom("multipart/form-data; boundary=x", "application/json")),
        ),
        fc.webQueryParameters(),
        (method, body, headers, query) => {
          const request = channelRequest({ method, body, headers, publicUrl: `${webhookUrl}?${query}` });
          channels[type].handshake(request, credentials[type]);
          expect(channels[type].verify(request, credentials[type]).ok).toBe(false);
          expectSound(channels[type].parse(request, credentials[type]));
        },
      ),
    );
  });

  test.each(types)("%s: an example with any part replaced by something else becomes events or reasons", (type) => {
    const requests = readExamples(type).map(([, example]) => requestOf(type, example));
    fc.assert(
      fc.property(
        fc.constantFrom(...requests),
        fc.array(fc.nat(20), { maxLength: 12 }),
        strange,
        (request, path, other) => {
          const text = request.rawBody.toString();
          const isForm = type === "twilio" || type === "mailgun" || !/^\s*[[{]/.test(text);
          const whole: unknown = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseOr(text);
          const changed = replaced(whole, path, other);
          const body = isForm
            ? String(
                new URLSearchParams(
                  Object.entries(Object(changed)).map(([name, value]): [string, string] => [
                    name,
                    `${JSON.stringify(value)}`,
                  ]),
                ),
              )
            : JSON.stringify(changed);
          expectSound(channels[type].parse({ ...request, rawBody: Buffer.from(body ?? "") }, credentials[type]));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a message nested a hundred thousand deep takes no other with it", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const message = (id: string, more: string): string =>
      `{"from":"1","id":"${id}","type":"text","text":{"body":"x"}${more}}`;
    const value = `{"metadata":{"phone_number_id":"106540352242922"},"messages":[${message("a", `,"context":${deep}`)},${message("b", "")}]}`;
    const body = `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":${value}}]}]}`;
    const parsed = channels.whatsapp.parse(channelRequest({ body }), credentials.whatsapp);
    expect(parsed.events).toMatchObject([{ messageId: "a" }, { messageId: "b" }]);
    expectSound(parsed);
  });

  test("a batch of a thousand messages is read whole, in order", () => {
    const messages = Array.from({ length: 1000 }, (_, index) => ({
      sender: { id: String(index % 300) },
      message: { mid: `m${index}`, text: "x" },
    }));
    const body = JSON.stringify({ object: "page", entry: [{ id: "106731941223392", messaging: messages }] });
    const { events } = channels.messenger.parse(channelRequest({ body }), credentials.messenger);
    expect(events.map((event) => event.kind === "message" && event.messageId)).toEqual(
      messages.map(({ message }) => message.mid),
    );
  });

  test("a form of two hundred thousand different names is judged in no more than its share of time", () => {
    const body = Array.from({ length: 200_000 }, (_, index) => `name${index}=1`).join("&");
    const request = channelRequest({ body, headers: { "x-twilio-signature": "x" } });
    expect(channels.twilio.verify(request, credentials.twilio).ok).toBe(false);
  });

  test("a text beyond all bounds is cut, and what is kept of it can be stored", () => {
    const text = "🐙".repeat(1_000_000);
    const body = JSON.stringify({
      update_id: 1,
      message: {
        message_id: 1,
        date: 1,
        from: { id: 5, first_name: text },
        chat: { id: 5, type: "private" },
        text,
        entities: [text],
      },
    });
    const parsed = channels.telegram.parse(channelRequest({ body }), credentials.telegram);
    expect(Buffer.byteLength(JSON.stringify(parsed.events))).toBeLessThan(300_000);
    expectSound(parsed);
  });
});

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
