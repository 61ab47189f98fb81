import { type Buttons } from "./action.ts";
import { type ContentKind, type Masked } from "./contentKind.ts";
/** The text of a message, or the one beside its file. */
export interface RichText {
    readonly text?: string | undefined;
    readonly htmlText?: string | undefined;
    readonly blockChatInput?: boolean | undefined;
}
/** Source: the vendor's OpenAPI description, "textMessage". */
export interface TextContent extends RichText, Buttons {
    readonly type: "text";
    /** What the reply button returns that was pressed for this text. */
    readonly payload?: string | undefined;
}
/** Completes a text for storage: a rich one alone gets a plain one beside it, for clients that show no other. */
export declare const keptText: ({ text, htmlText }: RichText, masked: Masked) => RichText;
export declare const textKind: ContentKind<TextContent>;
