import type { ChannelContent, ChannelEvent } from "../../model/channel.ts";
import { idOf, type JsonRecord, listOf, recordOf, textOf, timeOf } from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { locationContent, mediaById, mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, isEmpty, parsedJson, piecesOf, type Reading, readEach, unreadable } from "../kit/delivery.ts";
import { parseLosslessJson } from "../kit/losslessJson.ts";
import { dataOfReply } from "../kit/replyMark.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret } from "../kit/signature.ts";
import { shortened, storable } from "../kit/storable.ts";

/**
 * LINE's Messaging API. The console's "Verify" sends an empty list of events, signed.
 * https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
 */
export const receive = {
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
  // LINE delivers again only if its console's switch for that is on; by default a failed delivery is lost.
  redelivers: false,
} satisfies ChannelReceiver;

/**
 * Events without a message: unsent or seen messages, linked accounts, joining and leaving members, and changes of the
 * channel itself. https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
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
  const base = { person, occurredAt };
  const ownId = () => derivedId([source, event.message ?? event.postback], occurredAt ?? receivedAt);
  switch (event.type) {
    case "message":
      return yield readMessage(event, base, ownId);
    case "postback":
      return yield readPostback(event, base, ownId);
    case "follow":
      if (recordOf(event.follow).isUnblocked === true) yield { kind: "unblocked", ...base };
      return yield { kind: "started", ...base };
    case "unfollow":
      return yield { kind: "blocked", ...base };
    default: {
      if (event.type === undefined && !saysMore(event)) return yield "nothing in it";
      const messageId = eventIdOf(event) ?? ownId();
      yield { kind: "message", ...base, messageId, content: unsupported(), raw: shortened(event) };
    }
  }
}

/**
 * Reads the id that a redelivery repeats. An event that is marked as a redelivery is read like any other, since the
 * first may have failed.
 */
const eventIdOf = (event: JsonRecord) => idOf(event.webhookEventId);

type EventBase = Pick<ChannelEvent, "person" | "occurredAt">;

function readMessage(event: JsonRecord, base: EventBase, ownId: () => string): Reading {
  if (isEmpty(event.message)) return "nothing in it";
  const message = recordOf(event.message);
  const messageId = idOf(message.id) ?? eventIdOf(event) ?? ownId();
  const content = contentOf(message);
  return { kind: "message", ...base, messageId, content, raw: rawBeside(content, message, fields) };
}

function readPostback(event: JsonRecord, base: EventBase, ownId: () => string): Reading {
  const postback = recordOf(event.postback);
  const payload = textOf(postback.data);
  const messageId = eventIdOf(event) ?? idOf(event.replyToken) ?? ownId();
  const reply = replyOf(payload ?? "");
  if (reply !== undefined) return { kind: "message", ...base, messageId, content: reply };
  if (!payload) return { kind: "message", ...base, messageId, content: unsupported(), raw: shortened(event) };
  // The value that was picked from a calendar or a menu.
  const raw = postback.params === undefined ? undefined : storable(postback);
  return { kind: "postback", ...base, messageId, payload, raw };
}

/** Makes the text of a pressed reply button, whose data is its label and its payload. */
function replyOf(data: string): ChannelContent | undefined {
  const reply = dataOfReply(data);
  if (reply === undefined) return undefined;
  const [text, payload] = listOf(parseLosslessJson(Buffer.from(reply)));
  return textContent(text, payload);
}

const envelope = new Set(["mode", "timestamp", "source", "webhookEventId", "deliveryContext", "replyToken"]);

const saysMore = (event: JsonRecord): boolean => Object.keys(event).some((name) => !envelope.has(name));

function contentOf(message: JsonRecord): ChannelContent {
  const { type: provider, originalContentUrl: url } = recordOf(message.contentProvider);
  const media = provider === "external" ? undefined : mediaById(message.id);
  switch (message.type) {
    case "text":
      return textContent(message.text) ?? unsupported();
    case "image":
      return mediaContent("image", { url, media });
    case "video":
    case "audio":
      return mediaContent("file", { url, media });
    case "file":
      return mediaContent("file", { media, altText: message.fileName });
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
  ignored: new Set(["id", "type", "text", "quoteToken", "markAsReadToken"]),
  kept: new Set(["emojis", "mention", "quotedMessageId"]),
};
