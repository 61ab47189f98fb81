import { type JsonRecord } from "../values/providerValue.ts";
import { type ContentKind } from "./contentKind.ts";
/** Source: the vendor's OpenAPI description, "templateMessage". */
export interface TemplateContent {
    readonly type: "template";
    /** None: its parts are what is said. */
    readonly text?: undefined;
    /** A template message in WhatsApp's own form. */
    readonly template: JsonRecord;
    readonly blockChatInput?: boolean | undefined;
}
export declare const templateKind: ContentKind<TemplateContent>;
