import { type Buttons } from "./action.ts";
import { type ContentKind } from "./contentKind.ts";
import { type Media } from "./media.ts";
/** Source: the vendor's OpenAPI description, "imageMessage". */
export interface ImageContent extends Media, Buttons {
    readonly type: "image";
}
export declare const imageKind: ContentKind<ImageContent>;
