import { withoutUndefined } from "../values/providerValue.ts";
import { type ItemAction, keptActions, lineOfAction, wireAction } from "./action.ts";
import { type ContentKind, linesOf } from "./contentKind.ts";
import { keptItems, type MessageItem, textOfItems, wireItems } from "./item.ts";

/** Source: the vendor's OpenAPI description, "listMessage". */
export interface ListContent {
  readonly type: "list";
  /** None: its parts are what is said. */
  readonly text?: undefined;
  readonly items: readonly MessageItem[];
  readonly actions?: readonly ItemAction[] | undefined;
  readonly blockChatInput?: boolean | undefined;
}

export const listKind: ContentKind<ListContent> = {
  kept: (content, masked) =>
    withoutUndefined({
      ...content,
      items: keptItems(content.items, masked),
      actions: content.actions && keptActions(content.actions, masked),
    }),
  fallback: textOfList,
  // The vendor's SDKs show a list as a carousel. Source: the vendor's OpenAPI description, "listMessage".
  wire: (content, id) => ({
    ...content,
    type: "carousel",
    displaySettings: { imageAspectRatio: "horizontal" },
    items: wireItems(content.items, id),
    actions: content.actions?.map(wireAction(id)),
    textFallback: textOfList(content),
  }),
};

function textOfList({ items, actions = [] }: ListContent): string {
  const last = linesOf(...actions.map(lineOfAction));
  return last === "" ? textOfItems(items) : `${textOfItems(items)}\n\n${last}`;
}
