import type { ChannelContent } from "../../model/channel.ts";
import type { ChannelMedia } from "../../model/files/channelMedia.ts";
import { idOf, lineOf, numberOf, textOf, urlOf, withoutUndefined } from "../../model/values/providerValue.ts";

const limits = { url: 8192, mediaType: 128, altText: 128, payload: 4096, place: 1024 } as const;

/** Makes a text, with the payload of the reply button that sent it; `undefined` without a text. */
export function textContent(text: unknown, payload?: unknown): ChannelContent | undefined {
  const content = textOf(text);
  if (content === undefined) return undefined;
  return withoutUndefined<ChannelContent>({ type: "text", text: content, payload: lineOf(payload, limits.payload) });
}

/** Makes an image or a file: with its URL, or as `media` where only the channel's API gives the file. */
export function mediaContent(
  type: "image" | "file",
  values: {
    readonly url?: unknown;
    readonly media?: ChannelMedia | undefined;
    readonly mediaType?: unknown;
    readonly text?: unknown;
    readonly altText?: unknown;
  },
): ChannelContent {
  return withoutUndefined({
    type,
    mediaUrl: urlOf(values.url, limits.url),
    media: values.media,
    mediaType: lineOf(values.mediaType, limits.mediaType),
    text: textOf(values.text) || undefined,
    altText: lineOf(values.altText, limits.altText),
  });
}

/** Names a file that only the channel's API gives, by its id there; `undefined` without one. */
export function mediaById(value: unknown): ChannelMedia | undefined {
  const id = idOf(value);
  return id === undefined ? undefined : { id };
}

/** Names a file that only the channel's API gives, by its URL there; `undefined` without one. */
export function mediaByUrl(value: unknown): ChannelMedia | undefined {
  const url = urlOf(value, limits.url);
  return url === undefined ? undefined : { url };
}

/** Makes a location; invalid coordinates make it unsupported. */
export function locationContent(values: {
  readonly lat: unknown;
  readonly long: unknown;
  readonly name?: unknown;
  readonly address?: unknown;
}): ChannelContent {
  const lat = numberOf(values.lat);
  const long = numberOf(values.long);
  if (lat === undefined || long === undefined || Math.abs(lat) > 90 || Math.abs(long) > 180) return unsupported();
  const location = withoutUndefined({
    name: lineOf(values.name, limits.place),
    address: lineOf(values.address, limits.place),
  });
  return withoutUndefined({
    type: "location",
    coordinates: { lat, long },
    location: Object.keys(location).length > 0 ? location : undefined,
  });
}

/** Makes a content that we keep but do not translate, with its text if it has one. */
export function unsupported(text?: unknown): ChannelContent {
  return withoutUndefined({ type: "unsupported", text: textOf(text) || undefined });
}
