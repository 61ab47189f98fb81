import type { Channel, ChannelContent } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson } from "../domain/channelPerson.ts";
import { derivedId, isEmpty, parsedJson, piecesOf, type Reading, readEach, unreadable } from "../domain/delivery.ts";
import { idOf, type JsonRecord, recordOf, textOf, timeOf } from "../domain/providerValue.ts";
import { type MessageFields, rawBeside } from "../domain/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret } from "../domain/signature.ts";
import { shortened, storable } from "../domain/storable.ts";

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
  parse: (request) =>
    parsedJson(request, function* (body) {
      const { destination: _, events, ...others } = recordOf(body);
      if (events === undefined && !isEmpty(Object.keys(others).length > 0 ? others : body))
        return yield unreadable("no LINE webhook", body);
      yield* readEach(piecesOf(events), (event) => readEvent(event, request.receivedAt));
    }),
  acknowledgement: { status: 200 },
  // LINE delivers again only where its console's switch for that is on; by default what fails is lost.
  redelivers: false,
} satisfies Channel;

/**
 * Events in which nobody says anything: something unsaid, seen or linked, members that come and go, and the channel's own
 * affairs. https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
 */
const serviceEvents: ReadonlySet<unknown> = new Set([
  ...["unsend", "videoPlayComplete", "beacon", "accountLink", "membership", "things", "delivery"],
  ...["join", "leave", "memberJoined", "memberLeft"],
  ...["module", "activated", "deactivated", "botSuspended", "botResumed"],
]);

function* readEvent(piece: unknown, receivedAt: Date): Generator<Reading> {
  const event = recordOf(piece);
  if (event.mode === "standby") return yield "a conversation that another module leads";
  const source = recordOf(event.source);
  if (source.type === "group" || source.type === "room") return yield "in a group or room";
  if (serviceEvents.has(event.type)) return yield "an event that is no message";
  const userId = idOf(source.userId);
  if (source.type !== "user" || userId === undefined) return yield unreadable("no sender", piece);
  const person = channelPerson({ externalId: userId, raw: { userId } });
  const occurredAt = timeOf(event.timestamp);
  const said = { person, occurredAt };
  // A redelivery repeats this id; that an event says it is one is no reason to skip it, the first may have failed.
  const eventId = idOf(event.webhookEventId);
  const ownId = () => derivedId([source, event.message ?? event.postback], occurredAt ?? receivedAt);
  switch (event.type) {
    case "message": {
      if (isEmpty(event.message)) return yield "nothing in it";
      const message = recordOf(event.message);
      const messageId = idOf(message.id) ?? eventId ?? ownId();
      const content = contentOf(message);
      return yield { kind: "message", ...said, messageId, content, raw: rawBeside(content, message, fields) };
    }
    case "postback": {
      const postback = recordOf(event.postback);
      const payload = textOf(postback.data);
      const messageId = eventId ?? idOf(event.replyToken) ?? ownId();
      // What was picked from a calendar or a menu.
      if (payload) {
        const raw = postback.params === undefined ? undefined : storable(postback);
        return yield { kind: "postback", ...said, messageId, payload, raw };
      }
      return yield { kind: "message", ...said, messageId, content: unsupported(), raw: shortened(event) };
    }
    case "follow":
      if (recordOf(event.follow).isUnblocked === true) yield { kind: "unblocked", ...said };
      return yield { kind: "started", ...said };
    case "unfollow":
      return yield { kind: "blocked", ...said };
    default: {
      if (event.type === undefined && !saysMore(event)) return yield "nothing in it";
      const messageId = eventId ?? ownId();
      yield { kind: "message", ...said, messageId, content: unsupported(), raw: shortened(event) };
    }
  }
}

const envelope = new Set(["mode", "timestamp", "source", "webhookEventId", "deliveryContext", "replyToken"]);

const saysMore = (event: JsonRecord): boolean => Object.keys(event).some((name) => !envelope.has(name));

function contentOf(message: JsonRecord): ChannelContent {
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
    default:
      return unsupported();
  }
}

const fields: MessageFields = {
  held: new Set(["id", "type", "text", "quoteToken", "markAsReadToken"]),
  said: new Set(["emojis", "mention", "quotedMessageId"]),
};
