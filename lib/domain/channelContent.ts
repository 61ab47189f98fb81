import type { ChannelContent } from "./channel.ts";
import { lineOf, numberOf, textOf, urlOf, withoutUndefined } from "./providerValue.ts";

const limits = { url: 8192, mediaType: 128, altText: 128, payload: 4096, place: 1024 } as const;

/** A text, with the payload of the reply button that sent it; `undefined` without a text. */
export function textContent(text: unknown, payload?: unknown): ChannelContent | undefined {
  const said = textOf(text);
  if (said === undefined) return undefined;
  return withoutUndefined<ChannelContent>({ type: "text", text: said, payload: lineOf(payload, limits.payload) });
}

/** A picture or a file; without an address where the channel gives none (then only its API can fetch it). */
export function mediaContent(
  type: "image" | "file",
  told: { readonly url?: unknown; readonly mediaType?: unknown; readonly text?: unknown; readonly altText?: unknown },
): ChannelContent {
  return withoutUndefined({
    type,
    mediaUrl: urlOf(told.url, limits.url),
    mediaType: lineOf(told.mediaType, limits.mediaType),
    text: textOf(told.text) || undefined,
    altText: lineOf(told.altText, limits.altText),
  });
}

/** A place on the globe; coordinates that are none make it unsupported. */
export function locationContent(told: {
  readonly lat: unknown;
  readonly long: unknown;
  readonly name?: unknown;
  readonly address?: unknown;
}): ChannelContent {
  const lat = numberOf(told.lat);
  const long = numberOf(told.long);
  if (lat === undefined || long === undefined || Math.abs(lat) > 90 || Math.abs(long) > 180) return unsupported();
  const location = withoutUndefined({
    name: lineOf(told.name, limits.place),
    address: lineOf(told.address, limits.place),
  });
  return withoutUndefined({
    type: "location",
    coordinates: { lat, long },
    location: Object.keys(location).length > 0 ? location : undefined,
  });
}

/** A kind of message we keep but do not translate, with its text if it has one. */
export function unsupported(text?: unknown): ChannelContent {
  return withoutUndefined({ type: "unsupported", text: textOf(text) || undefined });
}
