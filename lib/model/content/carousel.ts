import { withoutUndefined } from "../values/providerValue.ts";
import type { ContentKind } from "./contentKind.ts";
import { keptItems, type MessageItem, textOfItems, wireItems } from "./item.ts";

/** Source: the vendor's OpenAPI description, "carouselMessage". */
export interface CarouselContent {
  readonly type: "carousel";
  /** The items as text. */
  readonly text?: string | undefined;
  readonly items: readonly MessageItem[];
  readonly displaySettings?: { readonly imageAspectRatio?: "horizontal" | "square" | undefined } | undefined;
  readonly blockChatInput?: boolean | undefined;
}

export const carouselKind: ContentKind<CarouselContent> = {
  kept: (content, masked) => {
    const items = keptItems(content.items, masked);
    return withoutUndefined({ ...content, items, text: textOfItems(items) });
  },
  fallback: ({ items }) => textOfItems(items),
  wire: ({ text, ...content }, id) => ({
    ...content,
    displaySettings: { imageAspectRatio: "horizontal", ...content.displaySettings },
    items: wireItems(content.items, id),
    textFallback: text,
  }),
};
