/** Makes the files of a new channel, by their place in the repo; `name` in lower case, `label` for people. */
export const channelFiles = (name: string, label: string): Readonly<Record<string, string>> => ({
  [`lib/channels/${name}/settings.ts`]: settings(label),
  [`lib/channels/${name}/receive.ts`]: receive(name, label),
  [`lib/channels/${name}/sample.ts`]: sample(name, label),
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
  fields: { secret: { required: true, secret: true } },
};
`;

const receive = (
  name: string,
  label: string,
) => `import { idOf, recordOf, timeOf } from "../../model/values/providerValue.ts";
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

/** Reads a delivery: a receipt makes no user, and an unreadable piece is kept for a human. */
function* readDelivery(body: unknown, receivedAt: Date): Generator<Reading> {
  const message = recordOf(body);
  const { type, id, from, name, text, timestamp } = message;
  if (type === "delivered") return yield "a receipt";
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
`;

const sample = (name: string, label: string) => `import { createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { jsonHeaders, jsonOf, randomSecret, requiredSecret, secondsOf } from "../kit/sampleText.ts";

/** Deliveries of ${label}, as its provider makes them. */
export const sample: ChannelSample = {
  label: "${label}",
  demoFields: () => ({ secret: randomSecret() }),
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
};
`;

/** Makes a message, one that makes no user, an unreadable one, and a refusal. */
function examples(name: string): Readonly<Record<string, object>> {
  const credentials = { secret: "secret-1" };
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
      description: "a receipt makes nobody",
      credentials,
      request: { payload: { type: "delivered", id: "m1" } },
      expect: { skipped: ["a receipt"] },
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
