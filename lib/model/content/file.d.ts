import { type ContentKind } from "./contentKind.ts";
import { type Media } from "./media.ts";
/** Source: the vendor's OpenAPI description, "fileMessage". */
export interface FileContent extends Media {
    readonly type: "file";
}
export declare const fileKind: ContentKind<FileContent>;
