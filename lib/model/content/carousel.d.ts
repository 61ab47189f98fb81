import type { ContentKind } from "./contentKind.ts";
import { type MessageItem } from "./item.ts";
/** Source: the vendor's OpenAPI description, "carouselMessage". */
export interface CarouselContent {
    readonly type: "carousel";
    /** The items as text. */
    readonly text?: string | undefined;
    readonly items: readonly MessageItem[];
    readonly displaySettings?: {
        readonly imageAspectRatio?: "horizontal" | "square" | undefined;
    } | undefined;
    readonly blockChatInput?: boolean | undefined;
}
export declare const carouselKind: ContentKind<CarouselContent>;
