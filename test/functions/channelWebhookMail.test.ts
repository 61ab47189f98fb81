import { describe, expect, test } from "vitest";
import { signedDelivery } from "../../lib/local/channelSamples.ts";
import { newPersonal } from "../support/business.ts";
import { connect, deliver, onlyPerson, peopleOf, type TestIntegration, textsOf } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();

type Fields = Readonly<Record<string, string>>;

const mailOf = (fields: Fields): Fields => ({
  recipient: "us@example.org",
  sender: "bounce+1@lists.example",
  subject: "s",
  "body-plain": "hello",
  "stripped-text": "hello",
  "Message-Id": `<${unique("mail")}@example.com>`,
  ...fields,
});

/** What Mailgun adds to a mail where spam marking is on. */
const spf = { "X-Mailgun-Spf": "Pass" } as const;
const proven = (fields: Fields): Fields => mailOf({ sender: "jane@example.com", ...spf, ...fields });

async function personFrom(fields: Fields) {
  const app = await server.newApp();
  const mailgun = await connect(app, "mailgun");
  expect((await deliver(server, mailgun, mailOf(fields))).status).toBe(200);
  return onlyPerson(server, app);
}

/** Delivers mails under the signature of the first. */
async function underOneSignature(mailgun: TestIntegration, first: Fields) {
  const target = { credentials: mailgun.credentials, publicUrl: mailgun.webhookUrl, now: new Date() };
  const { path, headers, body } = signedDelivery("mailgun", first, target);
  const signed = new URLSearchParams(body);
  const triple = Object.fromEntries(["timestamp", "token", "signature"].map((name) => [name, signed.get(name) ?? ""]));
  return {
    send: (fields: Fields) => server.as().post(path, new URLSearchParams({ ...fields, ...triple }).toString(), headers),
    sendInParts: (fields: Fields, boundary: string) => {
      const parts = Object.entries({ ...triple, ...fields }).map(
        ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
      const type = { "content-type": `multipart/form-data; boundary=${boundary}` };
      return server.as().post(path, Buffer.from(`${parts.join("")}--${boundary}--\r\n`), type);
    },
  };
}

describe("whoever wrote a mail is who stands in angle brackets", () => {
  const moore = { displayName: "Moore, Keith", givenName: "Keith", surname: "Moore" };
  const jürgen = { displayName: "Jürgen Müller", givenName: "Jürgen", surname: "Müller" };
  const keith = "keith@example.com";

  test.each<[string, Fields, string, { displayName: string; givenName?: string; surname?: string }]>([
    ["after a comma that nothing quotes", { from: `Moore, Keith <${keith}>` }, keith, moore],
    ["after a comma in quotes", { from: `"Moore, Keith" <${keith}>` }, keith, moore],
    ["after a comma in an encoded word", { from: `=?ISO-8859-1?Q?Moore=2C_Keith?= <${keith}>` }, keith, moore],
    [
      "after words encoded in two ways",
      { from: `=?UTF-8?B?SsO8cmdlbg==?= =?UTF-8?Q?_M=C3=BCller?= <${keith}>` },
      keith,
      jürgen,
    ],
    [
      "after a character split between two encoded words",
      { from: `=?utf-8?Q?J=C3?=\r\n =?utf-8?q?=BCrgen_M=C3=BCller?= <${keith}>` },
      keith,
      jürgen,
    ],
    [
      "after a word of another charset and a language",
      { from: `=?windows-1252*de?Q?J=FCrgen_M=FCller?= <${keith}>` },
      keith,
      jürgen,
    ],
    ["after an encoded word in quotes", { from: `"=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?=" <${keith}>` }, keith, jürgen],
    ["after an unclosed quote", { from: `"Jürgen Müller <${keith}>` }, keith, jürgen],
    ["after a colon", { from: `ACME: Support <${keith}>` }, keith, { displayName: "ACME: Support" }],
    ["after a company's form", { from: `ACME, Inc. <${keith}>` }, keith, { displayName: "ACME, Inc." }],
    ["after another address", { from: `"eve@example.net" <${keith}>` }, keith, { displayName: "eve@example.net" }],
    [
      "of the mail's header, where the form's field has none",
      {
        from: "undisclosed",
        "message-headers": JSON.stringify([["From", `=?utf-8?B?SsO8cmdlbg==?= Müller <${keith}>`]]),
      },
      keith,
      jürgen,
    ],
    ["of the envelope, where no header has one", { sender: keith }, keith, { displayName: keith }],
  ])("%s", async (_, fields, address, { displayName, ...names }) => {
    const { user, clients, messages } = await personFrom(fields);
    expect(user.profile).toMatchObject({ email: address, ...names });
    expect(clients).toMatchObject([{ externalId: address, displayName }]);
    expect(messages).toMatchObject([{ content: { type: "text", text: "hello" } }]);
  });
});

describe("a mail that SPF does not prove to be of its sender's domain", () => {
  const from = "Jane <jane@example.com>";
  const doubtful: [string, Fields][] = [
    ["without a result", mailOf({ from, sender: "jane@example.com" })],
    ["with a result of Neutral", proven({ from, "X-Mailgun-Spf": "Neutral" })],
    ["that passed for another domain", proven({ from, sender: "jane@example.net" })],
    ["that passed for a domain below", proven({ from, sender: "jane@mail.example.com" })],
    ["with two results", proven({ from, "message-headers": '[["X-Mailgun-Spf","Fail"]]' })],
  ];

  test.each(doubtful)("%s is of a person of its own, and is told from the proven one", async (_, mail) => {
    const app = await server.newApp();
    const mailgun = await connect(app, "mailgun");
    await deliver(server, mailgun, proven({ from, "stripped-text": "proven" }));
    for (const text of ["claimed", "claimed again"])
      await deliver(server, mailgun, { ...mail, "Message-Id": `<${text}@x>`, "stripped-text": text });
    const people = await peopleOf(server, app);
    expect(people.map(textsOf)).toEqual([["proven"], ["claimed", "claimed again"]]);
    expect(people.map(({ clients: [client] }) => [client?.externalId, client?.info])).toEqual([
      ["jane@example.com", undefined],
      ["jane@example.com", { verified: false }],
    ]);
  });

  test.each(doubtful)("%s confirms no link, which waits for one that is proven", async (_, mail) => {
    const app = await server.newApp();
    const mailgun = await connect(app, "mailgun");
    const { user, conversationId } = await newPersonal(app);
    const made = await app.api.post<{ client: { status: string } }>(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: { type: "mailgun", integrationId: mailgun.id, address: "jane@example.com" },
      confirmation: { type: "userActivity" },
      target: { conversationId },
    });
    expect(made.body.client.status).toBe("pending");
    await deliver(server, mailgun, mail);
    const statuses = async () => {
      const { body } = await app.api.get<{ clients: { type: string; status: string }[] }>(
        `/v2/apps/${app.id}/users/${user.id}/clients`,
      );
      return body.clients.map(({ status }) => status);
    };
    expect(await statuses()).toEqual(["pending"]);
    await deliver(server, mailgun, proven({ from }));
    expect(await statuses()).toEqual(["active"]);
  });

  test.each(doubtful)("%s is refused where the integration says so, and a proven one is not", async (_, mail) => {
    const app = await server.newApp();
    const mailgun = await connect(app, "mailgun", { refuseUnverified: true });
    expect((await deliver(server, mailgun, mail)).status).toBe(406);
    expect(await peopleOf(server, app)).toEqual([]);
    expect((await deliver(server, mailgun, proven({ from }))).status).toBe(200);
    expect(await peopleOf(server, app)).toHaveLength(1);
  });

  test("a domain is the same in capitals, or in the form that the envelope spells it", async () => {
    const app = await server.newApp();
    const mailgun = await connect(app, "mailgun");
    await deliver(server, mailgun, proven({ from: "<a@BÜCHER.example>", sender: "a@xn--bcher-kva.example" }));
    const [person] = await peopleOf(server, app);
    expect(person?.clients[0]?.info).toBeUndefined();
  });
});

describe("a signature of Mailgun's, which covers no mail, serves one", () => {
  const first = proven({ from: "jane@example.com", "stripped-text": "first" });

  test.each<[string, Fields]>([
    ["sender", { from: "bob@example.com" }],
    ["Message-Id", { "Message-Id": "<2@example.com>" }],
    ["proof of its sender", { "X-Mailgun-Spf": "Fail" }],
  ])("a mail of another %s is refused, and makes nobody", async (_, other) => {
    const app = await server.newApp();
    const { send } = await underOneSignature(await connect(app, "mailgun"), first);
    expect((await send(first)).status).toBe(200);
    expect((await send({ ...first, ...other, "stripped-text": "second" })).status).toBe(406);
    expect(textsOf(await onlyPerson(server, app))).toEqual(["first"]);
  });

  test("the same mail again is acknowledged and adds nothing, in whatever form it comes", async () => {
    const app = await server.newApp();
    const { send, sendInParts } = await underOneSignature(await connect(app, "mailgun"), first);
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => send(first)),
      ...Array.from({ length: 10 }, (_, index) => sendInParts(first, `b${index}`)),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(textsOf(await onlyPerson(server, app))).toEqual(["first"]);
  });

  test("of two mails at the same time one is stored", async () => {
    const app = await server.newApp();
    const { send } = await underOneSignature(await connect(app, "mailgun"), first);
    const mails = Array.from({ length: 10 }, (_, index) => ({ ...first, from: `person-${index}@example.com` }));
    const answers = await Promise.all(mails.map(send));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(406)]);
    expect(await peopleOf(server, app)).toHaveLength(1);
  });

  test("it serves each integration that it is genuine for", async () => {
    const app = await server.newApp();
    for (const mailgun of [await connect(app, "mailgun"), await connect(app, "mailgun")])
      expect((await (await underOneSignature(mailgun, first)).send(first)).status).toBe(200);
    expect(await peopleOf(server, app)).toHaveLength(2);
  });

  test("leaves the table in order", async () => {
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });
});
