import { type Metadata, type MetadataChange, mergeMetadata } from "../metadata.ts";
import { withoutUndefined } from "../values/providerValue.ts";
import { type ItemAction, keptActions, lineOfAction, wireAction } from "./action.ts";
import { linesOf, type Masked } from "./contentKind.ts";
import { keptAltText } from "./media.ts";

/** An item of a carousel or a list. Source: the vendor's OpenAPI description, "item". */
export interface MessageItem {
  readonly title: string;
  readonly description?: string | undefined;
  readonly mediaUrl?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly altText?: string | undefined;
  readonly size?: "compact" | "large" | undefined;
  readonly actions: readonly ItemAction[];
  readonly metadata?: Metadata | MetadataChange | null | undefined;
}

/** Completes items for storage. */
export const keptItems = (items: readonly MessageItem[], masked: Masked): readonly MessageItem[] =>
  items.map((item) =>
    withoutUndefined({
      ...item,
      title: masked(item.title),
      description: masked(item.description),
      altText: keptAltText(item, masked),
      actions: keptActions(item.actions, masked),
      metadata: item.metadata ? mergeMetadata({}, item.metadata, "Item") : undefined,
    }),
  );

/** Writes items as text, each in lines of its own, without pictures. */
export const textOfItems = (items: readonly MessageItem[]): string =>
  items
    .map(({ title, description, actions }) => linesOf(title, description, ...actions.map(lineOfAction)))
    .join("\n\n");

/** Writes items for the SDKs' wire. */
export const wireItems = (items: readonly MessageItem[], id: string): readonly object[] =>
  items.map((item, index) => {
    const place = `${id}-item${index}`;
    return { _id: place, ...item, actions: item.actions.map(wireAction(place)) };
  });
