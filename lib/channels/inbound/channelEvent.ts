import type { AppSettings } from "../../model/app.ts";
import type { ChannelContent, ChannelEvent, ChannelPerson } from "../../model/channel.ts";
import { claimedId } from "../../model/client.ts";
import { normalizeContent } from "../../model/content/contentKinds.ts";
import type { ChannelMedia } from "../../model/files/channelMedia.ts";
import type { Content } from "../../model/message.ts";

/** An event that becomes a message. */
export type MessageEvent = ChannelEvent & { readonly kind: "message" | "postback" };

/** Tells whether an event becomes a message. */
export const isMessage = (event: ChannelEvent): event is MessageEvent =>
  event.kind === "message" || event.kind === "postback";

/** The permitted effect of an event. Source: the section "which events create whom" in docs/channels.md. */
export type Effect =
  /** The person becomes a user with a conversation. */
  | "create"
  /** Only a person that is a user already is changed. */
  | "update";

/** Decides the effect of an event, once for all channels: only a person's message always creates a user. */
export function effectOf(event: ChannelEvent, settings: AppSettings): Effect {
  switch (event.kind) {
    case "message":
      return "create";
    case "postback":
    case "started":
      return settings.ignoreAutoConversationStart ? "update" : "create";
    case "blocked":
    case "unblocked":
    case "identityChanged":
      return "update";
  }
}

/** Lists every id of an event's person, the client's own first. */
export const idsOfPerson = (person: ChannelPerson): readonly string[] => {
  const ids = [...new Set([person.externalId, ...person.aliases])];
  return person.unverified ? ids.map(claimedId) : ids;
};

/** Reads the client's status from an event, unless any message would show the same. */
export const reportedStatus = (event: ChannelEvent): "blocked" | "active" | undefined => {
  if (event.kind === "message") return event.clientStatus;
  // Only with a time, so that a late block from before it is recognised.
  return event.kind === "started" && event.occurredAt ? "active" : undefined;
};

/** Characters that are kept of a text, and of the original beside it: an item holds 400 kB. */
const contentLimit = 128 * 1024;

/** Makes the content of the message that an event becomes. */
export function contentOf(event: MessageEvent, settings: AppSettings): Content {
  const content = originalContent(event);
  const text =
    typeof content.text === "string" && content.text.length > contentLimit
      ? `${content.text.slice(0, contentLimit)}…`
      : content.text;
  return normalizeContent(text === undefined ? content : { ...content, text }, settings);
}

function originalContent(event: MessageEvent): Extract<Content, { readonly type: ChannelContent["type"] }> {
  if (event.kind === "postback") return { type: "text", text: event.text ?? event.payload, payload: event.payload };
  const { content, raw } = event;
  if (content.type === "unsupported") return { ...content, raw: bounded(raw) };
  if (content.type !== "image" && content.type !== "file") return content;
  const { media: _, ...shown } = content;
  return shown;
}

/** Answers the file of an event that only its channel's API gives. */
export const mediaOf = (event: MessageEvent): ChannelMedia | undefined =>
  event.kind === "message" && "media" in event.content ? event.content.media : undefined;

/**
 * Answers the channel's original, if the content of the message does not hold all of it; an unsupported content holds
 * it itself.
 */
export const rawOf = (event: MessageEvent): unknown =>
  event.kind === "message" && event.content.type === "unsupported" ? undefined : bounded(event.raw);

const bounded = (raw: unknown): unknown => (JSON.stringify(raw ?? null).length > contentLimit ? undefined : raw);
