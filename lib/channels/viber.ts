import type { Channel, ChannelContent, ChannelPerson } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson, nameParts } from "../domain/channelPerson.ts";
import { parsedDelivery, type Reading, readEach } from "../domain/delivery.ts";
import { parseLosslessJson } from "../domain/losslessJson.ts";
import { idOf, type JsonRecord, recordOf, textOf, timeOf } from "../domain/providerValue.ts";
import { givenText, hmac, refused, sameSecret } from "../domain/signature.ts";
import { storable } from "../domain/storable.ts";

/** Viber's bot API: one callback per delivery. https://developers.viber.com/docs/api/rest-bot-api/#callbacks */
export const viber = {
  type: "viber",
  fields: { token: { required: true, secret: true } },
  // The callback that registers a webhook is signed like any other, and answered like any other.
  handshake: () => undefined,
  verify(request, credentials) {
    const token = givenText(credentials, "token");
    if (token === undefined) return refused(401, "the integration has no token");
    const signature = request.headers["x-viber-content-signature"] ?? request.query.get("sig");
    if (signature === null) return refused(401, "no X-Viber-Content-Signature");
    const expected = hmac("sha256", token, request.rawBody, "hex");
    return sameSecret(signature, expected) ? { ok: true } : refused(401, "the signature does not match");
  },
  parse: (request) =>
    parsedDelivery(readEach([parseLosslessJson(request.rawBody)], (body) => readCallback(recordOf(body)))),
  // The answer to `conversation_started` would be taken for a welcome message if it had a body.
  acknowledgement: { status: 200 },
  redelivers: true,
} satisfies Channel;

function* readCallback(callback: JsonRecord): Generator<Reading> {
  const occurredAt = timeOf(callback.timestamp);
  switch (callback.event) {
    case "message": {
      const person = personOf(callback.sender);
      const messageId = idOf(callback.message_token);
      const message = recordOf(callback.message);
      const content = contentOf(message);
      if (content === undefined) return yield "an unknown kind of message";
      if (person === undefined) return yield "no sender";
      if (messageId === undefined) return yield "no message id";
      const raw = isPlainText(message) ? undefined : storable(message);
      return yield { kind: "message", person, messageId, occurredAt, content, raw };
    }
    case "subscribed": {
      const person = personOf(callback.user);
      if (person === undefined) return yield "no sender";
      yield { kind: "unblocked", person, occurredAt };
      return yield { kind: "started", person, occurredAt };
    }
    case "conversation_started": {
      const person = personOf(callback.user);
      return yield person === undefined ? "no sender" : { kind: "started", person, occurredAt };
    }
    case "unsubscribed": {
      const externalId = idOf(callback.user_id);
      if (externalId === undefined) return yield "no sender";
      return yield { kind: "blocked", person: channelPerson({ externalId }), occurredAt };
    }
    default:
      yield "a callback that is no message";
  }
}

function personOf(value: unknown): ChannelPerson | undefined {
  const sender = recordOf(value);
  const externalId = idOf(sender.id);
  if (externalId === undefined) return undefined;
  const { name, avatar, country, language } = sender;
  return channelPerson({
    externalId,
    displayName: name,
    ...nameParts(name),
    avatarUrl: avatar,
    locale: language,
    info: { avatarUrl: textOf(avatar), country: textOf(country), locale: textOf(language) },
    raw: sender,
  });
}

function contentOf(message: JsonRecord): ChannelContent | undefined {
  const { text, media } = message;
  switch (message.type) {
    case "text":
      return textContent(text) ?? unsupported();
    case "url":
      return textContent(media ?? text) ?? unsupported();
    case "picture":
      return mediaContent("image", { url: media, text });
    case "video":
    case "file":
      return mediaContent("file", { url: media, text, altText: message.file_name });
    case "location": {
      const { lat, lon, address } = recordOf(message.location);
      return locationContent({ lat, long: lon, address });
    }
    case "contact":
    case "sticker":
      return unsupported(text);
    default:
      return undefined;
  }
}

const plainTextKeys = new Set(["type", "text", "tracking_data"]);

function isPlainText(message: JsonRecord): boolean {
  return message.type === "text" && Object.keys(message).every((key) => plainTextKeys.has(key));
}
