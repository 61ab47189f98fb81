import type { Channel, ChannelContent } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson } from "../domain/channelPerson.ts";
import { parsedDelivery, type Reading, readEach } from "../domain/delivery.ts";
import { parseLosslessJson } from "../domain/losslessJson.ts";
import { idOf, type JsonRecord, recordOf, textOf, timeOf } from "../domain/providerValue.ts";
import { givenText, hmac, refused, sameSecret } from "../domain/signature.ts";
import { storable } from "../domain/storable.ts";

/**
 * LINE's Messaging API. The console's "Verify" sends an empty list of events, signed.
 * https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
 */
export const line = {
  type: "line",
  // None is required: a webhook is set up before LINE gives out the id and the secret.
  fields: {
    channelId: {},
    channelSecret: { secret: true },
    channelAccessToken: { secret: true },
    serviceCode: {},
    switcherSecret: { secret: true },
    qrCodeUrl: {},
  },
  handshake: () => undefined,
  /** https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/ */
  verify(request, credentials) {
    const channelSecret = givenText(credentials, "channelSecret");
    if (channelSecret === undefined) return refused(401, "the integration has no channelSecret");
    const signature = request.headers["x-line-signature"];
    if (signature === undefined) return refused(401, "no X-Line-Signature");
    const expected = hmac("sha256", channelSecret, request.rawBody, "base64");
    return sameSecret(signature, expected) ? { ok: true } : refused(401, "the signature does not match");
  },
  parse(request) {
    const body = recordOf(parseLosslessJson(request.rawBody));
    if (!Array.isArray(body.events)) return { events: [], skipped: ["no LINE webhook"] };
    return parsedDelivery(readEach(body.events, (event) => readEvent(recordOf(event))));
  },
  acknowledgement: { status: 200 },
  // LINE delivers again only where its console's switch for that is on; by default what fails is lost.
  redelivers: false,
} satisfies Channel;

function* readEvent(event: JsonRecord): Generator<Reading> {
  const source = recordOf(event.source);
  const userId = idOf(source.userId);
  if (event.mode === "standby") return yield "a conversation that another module leads";
  if (source.type !== "user" || userId === undefined) return yield "in a group or room, or from nobody";
  const person = channelPerson({ externalId: userId, raw: { userId } });
  const occurredAt = timeOf(event.timestamp);
  // A redelivery repeats this id; that an event says it is one is no reason to skip it, the first may have failed.
  const eventId = idOf(event.webhookEventId);
  switch (event.type) {
    case "message": {
      const message = recordOf(event.message);
      const messageId = idOf(message.id) ?? eventId;
      const content = contentOf(message);
      if (content === undefined) return yield "an unknown kind of message";
      if (messageId === undefined) return yield "no message id";
      const raw = isPlainText(message) ? undefined : storable(message);
      return yield { kind: "message", person, messageId, occurredAt, content, raw };
    }
    case "postback": {
      const postback = recordOf(event.postback);
      const payload = textOf(postback.data);
      const messageId = eventId ?? idOf(event.replyToken);
      if (messageId === undefined || !payload) return yield "a button without an id or data";
      // What was picked from a calendar or a menu.
      const raw = postback.params === undefined ? undefined : storable(postback);
      return yield { kind: "postback", person, messageId, occurredAt, payload, raw };
    }
    case "follow":
      if (recordOf(event.follow).isUnblocked === true) yield { kind: "unblocked", person, occurredAt };
      return yield { kind: "started", person, occurredAt };
    case "unfollow":
      return yield { kind: "blocked", person, occurredAt };
    default:
      yield "an event that is no message";
  }
}

function contentOf(message: JsonRecord): ChannelContent | undefined {
  const url = recordOf(message.contentProvider).originalContentUrl;
  switch (message.type) {
    case "text":
      return textContent(message.text) ?? unsupported();
    case "image":
      return mediaContent("image", { url });
    case "video":
    case "audio":
      return mediaContent("file", { url });
    case "file":
      return mediaContent("file", { altText: message.fileName });
    case "location":
      return locationContent({
        lat: message.latitude,
        long: message.longitude,
        name: message.title,
        address: message.address,
      });
    case "sticker":
      return unsupported();
    default:
      return undefined;
  }
}

const plainTextKeys = new Set(["id", "type", "text", "quoteToken"]);

function isPlainText(message: JsonRecord): boolean {
  return message.type === "text" && Object.keys(message).every((key) => plainTextKeys.has(key));
}
