import { type ItemAction } from "./action.ts";
import { type ContentKind } from "./contentKind.ts";
import { type MessageItem } from "./item.ts";
/** Source: the vendor's OpenAPI description, "listMessage". */
export interface ListContent {
    readonly type: "list";
    /** None: its parts are what is said. */
    readonly text?: undefined;
    readonly items: readonly MessageItem[];
    readonly actions?: readonly ItemAction[] | undefined;
    readonly blockChatInput?: boolean | undefined;
}
export declare const listKind: ContentKind<ListContent>;
