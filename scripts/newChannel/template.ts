/** Makes the files of a new channel, by their place in the repo; `name` in lower case, `label` for people. */
export const channelFiles = (name: string, label: string): Readonly<Record<string, string>> => ({
  [`lib/channels/${name}/settings.ts`]: settings(label),
  [`lib/channels/${name}/receive.ts`]: receive(name, label),
  [`lib/channels/${name}/send.ts`]: send(name, label),
  [`lib/channels/${name}/sample.ts`]: sample(name, label),
  [`test/channels/${name}/send.test.ts`]: sendTest(name),
  [`test/channels/${name}/receive.test.ts`]: `import { testExamples } from "../examples.ts";\n\ntestExamples("${name}");\n`,
  ...Object.fromEntries(
    Object.entries(examples(name)).map(([file, example]) => [
      `test/examples/${name}/${file}.json`,
      `${JSON.stringify(example, null, 2)}\n`,
    ]),
  ),
});

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const settings = (label: string) => `import type { ChannelSettings } from "../contract.ts";

/** The settings of an integration of ${label}. Source: the provider's documentation, by its address. */
export const settings: ChannelSettings = {
  fields: { token: { required: true, secret: true }, secret: { required: true, secret: true } },
};
`;

const receive = (
  name: string,
  label: string,
) => `import { idOf, type JsonRecord, lineOf, recordOf, timeOf } from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, parsedJson, type Reading, unreadable } from "../kit/delivery.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret } from "../kit/signature.ts";

/** Deliveries of ${label}. Source: the provider's documentation, by its address. */
export const receive = {
  handshake: () => undefined,
  verify(request, credentials) {
    const secret = givenText(credentials, "secret");
    if (secret === undefined) return refused(401, "the integration has no secret");
    const signature = request.headers["x-${name}-signature"];
    if (signature === undefined) return refused(401, "no X-${capitalized(name)}-Signature");
    const expected = hmac("sha256", secret, request.rawBody, "hex");
    return sameSecret(signature, expected) ? { ok: true } : refused(401, "the signature does not match");
  },
  parse: (request) => parsedJson(request, (body) => readDelivery(body, request.receivedAt)),
  acknowledgement: { status: 200 },
  redelivers: true,
} satisfies ChannelReceiver;

/** The fields of a message that its event holds; whatever else it has is kept beside it. */
const fields: MessageFields = {
  ignored: new Set(["type", "id", "from", "name", "text", "timestamp"]),
  kept: new Set(),
};

/** What is reported of a message that was sent. */
const states = new Map<unknown, "delivered" | "read" | "failed">([
  ["delivered", "delivered"],
  ["read", "read"],
  ["failed", "failed"],
]);

/** Reads a delivery: a message, or a report on one that was sent; an unreadable piece is kept for a human. */
function* readDelivery(body: unknown, receivedAt: Date): Generator<Reading> {
  const message = recordOf(body);
  const { type, id, from, name, text, timestamp } = message;
  const state = states.get(type);
  if (state !== undefined) return yield readReport(message, state);
  if (type === "typing") return yield "typing";
  const externalId = idOf(from);
  if (externalId === undefined) return yield unreadable("no sender", body);
  const occurredAt = timeOf(timestamp);
  const content = textContent(text) ?? unsupported();
  yield {
    kind: "message",
    person: channelPerson({ externalId, displayName: name, raw: { from, name } }),
    messageId: idOf(id) ?? derivedId(message, occurredAt ?? receivedAt),
    occurredAt,
    content,
    raw: rawBeside(content, message, fields),
  };
}

function readReport({ id, error, timestamp }: JsonRecord, state: "delivered" | "read" | "failed"): Reading {
  const externalId = idOf(id);
  const externalIds = externalId === undefined ? [] : [externalId];
  const report = { kind: "receipt", state, externalIds, occurredAt: timeOf(timestamp) } as const;
  if (state !== "failed") return report;
  return { ...report, failure: { reason: "unreachable", message: lineOf(error, 500) ?? "It did not arrive." } };
}
`;

const send = (name: string, label: string) => `import { idOf } from "../../model/values/providerValue.ts";
import type { ChannelSender } from "../contract.ts";
import { plainText, splitText } from "../kit/fallback.ts";
import { accepted, answered, isSuccess, jsonRequest, resultOfStatus } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";

const origin = "https://api.${name}.example";

/** The longest text of a message. Source: the provider's documentation, by its address. */
const textLimit = { size: 4000, in: "characters" } as const;

/** Messages of ${label}: everything goes out as text. Source: the provider's documentation, by its address. */
export const send = {
  needs: ["token"],
  origins: [origin],
  reports: true,
  idempotent: false,
  write({ content }, { credentials, recipient }) {
    const authorization = \`Bearer \${givenText(credentials, "token") ?? ""}\`;
    return splitText(plainText(content), textLimit).map((text) =>
      jsonRequest(\`\${origin}/messages\`, { to: recipient.externalId, text }, { authorization }),
    );
  },
  read(answer) {
    const { id, error } = answered(answer);
    return isSuccess(answer) ? accepted(idOf(id)) : resultOfStatus(answer, error);
  },
} satisfies ChannelSender;
`;

const sample = (name: string, label: string) => `import { createHmac } from "node:crypto";
import { textOf } from "../../model/values/providerValue.ts";
import type { ChannelSample } from "../contract.ts";
import {
  jsonAnswer,
  jsonBodyOf,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
  secondsOf,
} from "../kit/sampleText.ts";

/** Deliveries and answers of ${label}, as its provider makes them. */
export const sample = {
  label: "${label}",
  demoFields: () => ({ token: randomSecret(), secret: randomSecret() }),
  write: ({ id, name, text, messageId }, { now }) => ({
    type: "message",
    id: messageId,
    from: id,
    name,
    text,
    timestamp: secondsOf(now),
  }),
  sign(payload, { credentials }) {
    const body = jsonOf(payload);
    const signature = createHmac("sha256", requiredSecret(credentials, "secret")).update(body).digest("hex");
    return { headers: { ...jsonHeaders, "x-${name}-signature": signature }, body };
  },
  answer: (_, externalId) => jsonAnswer(200, { id: externalId }),
  report: ({ externalId, state }, { now }) => ({ type: state, id: externalId, timestamp: secondsOf(now) }),
  readSent(request) {
    const message = jsonBodyOf(request);
    const [personId, text] = [textOf(message.to), textOf(message.text)];
    return personId === undefined || text === undefined ? undefined : { personId, text };
  },
} satisfies ChannelSample;
`;

const sendTest = (name: string) => `import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/${name}/receive.ts";
import { sample } from "../../../lib/channels/${name}/sample.ts";
import { send } from "../../../lib/channels/${name}/send.ts";
import { signedDelivery } from "../../../lib/local/channelSamples.ts";
import { channelRequest, webhookUrl } from "../examples.ts";
import { answerOf, expectTotal, outgoing, readRequest, targetOf } from "../outgoing.ts";

const target = targetOf({ token: "token-1", secret: "secret-1" }, "p1");
const requests = send.write(outgoing({ type: "text", text: "Hello" }), target);

describe("what goes out", () => {
  test("a text is one request", () => {
    expect(requests.map(readRequest)).toEqual([
      {
        method: "POST",
        url: "https://api.${name}.example/messages",
        headers: { "content-type": "application/json", authorization: "Bearer token-1" },
        body: { to: "p1", text: "Hello" },
      },
    ]);
  });

  test("any message becomes requests, and any answer a result", () => {
    expectTotal(send, target, (request) => readRequest(request));
  });

  test("what the provider answers is accepted, refused or to be tried later", () => {
    const [request] = requests;
    if (request === undefined) throw new Error("There is no request.");
    expect(sample.readSent(request)).toEqual({ personId: "p1", text: "Hello" });
    expect(send.read(sample.answer(request, "m1"))).toEqual({ kind: "accepted", externalIds: ["m1"] });
    expect(send.read(answerOf(401, { error: "no such token" }))).toEqual({
      kind: "refused",
      failure: { reason: "wrongCredentials", message: "no such token" },
    });
    expect(send.read(answerOf(429, "", { "retry-after": "3" }))).toMatchObject({ kind: "later", seconds: 3 });
  });
});

test.each(["delivered", "read", "failed"] as const)("a report that a message was %s is read", (state) => {
  const called = { credentials: target.credentials, publicUrl: webhookUrl, now: new Date() };
  const report = sample.report({ externalId: "m1", personId: "p1", state }, called);
  const { headers, body } = signedDelivery("${name}", report, called);
  const { receipts } = receive.parse(channelRequest({ headers, body }));
  expect(receipts).toMatchObject([{ state, externalIds: ["m1"] }]);
});
`;

/** Makes a message, a report, one that makes no user, an unreadable one, and a refusal. */
function examples(name: string): Readonly<Record<string, object>> {
  const credentials = { token: "token-1", secret: "secret-1" };
  const message = { type: "message", id: "m1", from: "p1", name: "Jane Doe", text: "Hello", timestamp: 1767225600 };
  return {
    text: {
      description: "a text message becomes a message of its person",
      credentials,
      request: { payload: message },
      expect: {
        events: [
          {
            kind: "message",
            messageId: "m1",
            person: { externalId: "p1", displayName: "Jane Doe" },
            content: { type: "text", text: "Hello" },
          },
        ],
      },
    },
    receipt: {
      description: "a report on a message that was sent is a receipt",
      credentials,
      request: { payload: { type: "delivered", id: "m1", timestamp: 1767225600 } },
      expect: { receipts: [{ state: "delivered", externalIds: ["m1"], occurredAt: "2026-01-01T00:00:00.000Z" }] },
    },
    typing: {
      description: "a person that types makes nobody",
      credentials,
      request: { payload: { type: "typing", from: "p1" } },
      expect: { skipped: ["typing"] },
    },
    "no-sender": {
      description: "a message without a sender is a dead letter",
      credentials,
      request: { payload: { ...message, from: null } },
      expect: { skipped: ["no sender"], deadLetters: ["no sender"] },
    },
    "wrong-signature": {
      description: "a wrong signature is refused",
      credentials,
      request: { payload: message, headers: { [`x-${name}-signature`]: "0".repeat(64) } },
      expect: { refusal: 401 },
    },
  };
}
