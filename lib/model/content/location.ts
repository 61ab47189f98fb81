import { withoutUndefined } from "../values/providerValue.ts";
import type { ContentKind } from "./contentKind.ts";

export interface Coordinates {
  readonly lat: number;
  readonly long: number;
}

/** Source: the vendor's OpenAPI description, "locationMessage". */
export interface LocationContent {
  readonly type: "location";
  /** A link to the place. Source: the example "location" of the vendor's answer. */
  readonly text?: string | undefined;
  readonly coordinates: Coordinates;
  readonly location?: { readonly name?: string | undefined; readonly address?: string | undefined } | undefined;
  readonly blockChatInput?: boolean | undefined;
}

export const locationKind: ContentKind<LocationContent> = {
  // The digits of coordinates are never a card number, so this text is not masked.
  kept: ({ location, ...content }, masked) =>
    withoutUndefined({
      ...content,
      location: location && withoutUndefined({ name: masked(location.name), address: masked(location.address) }),
      text: placeText(content.coordinates),
    }),
  fallback: ({ coordinates }) => placeText(coordinates),
  wire: (content) => ({ ...content, textFallback: content.text }),
};

const placeText = ({ lat, long }: Coordinates): string =>
  `Location shared:\nhttps://maps.google.com/maps?q=${degrees(lat)},${degrees(long)}`;

/**
 * Writes degrees for a map. Less than a tenth of a metre is zero, since JavaScript would write it in exponents, which
 * maps do not read.
 */
const degrees = (value: number): string => (Math.abs(value) < 1e-6 ? "0" : String(value));
