import type { CarouselContent } from "./content/carousel.ts";
import type { FileContent } from "./content/file.ts";
import type { FormContent } from "./content/form.ts";
import type { FormResponseContent } from "./content/formResponse.ts";
import type { ImageContent } from "./content/image.ts";
import type { ListContent } from "./content/list.ts";
import type { LocationContent } from "./content/location.ts";
import type { TemplateContent } from "./content/template.ts";
import type { TextContent } from "./content/text.ts";
import type { UnsupportedContent } from "./content/unsupported.ts";
import type { Metadata } from "./metadata.ts";
import type { JsonRecord } from "./values/providerValue.ts";
export interface Author {
    readonly type: "user" | "business";
    readonly userId?: string | undefined;
    readonly displayName?: string | undefined;
    readonly avatarUrl?: string | undefined;
    readonly subtypes?: readonly string[] | undefined;
}
export interface Source {
    /** The channel's name, `web`, `ios`, `android`, or `api:conversations`. */
    readonly type: string;
    readonly integrationId?: string | undefined;
    readonly originalMessageId?: string | undefined;
    readonly originalMessageTimestamp?: string | undefined;
}
/** The content of a message, in the API's own form for its type. Source: the vendor's OpenAPI description, "content". */
export type Content = CarouselContent | FileContent | FormContent | FormResponseContent | ImageContent | ListContent | LocationContent | TemplateContent | TextContent | UnsupportedContent;
/** The message that another one answers: the message as it was then, or the channel's id of one that is not known here. */
export type QuotedMessage = {
    readonly type: "message";
    readonly message: Message;
} | {
    readonly type: "externalMessageId";
    readonly externalMessageId: string;
};
/** The wishes of a business about the delivery of a message. Source: the vendor's OpenAPI description, "messagePost". */
export interface Sending {
    /** The one integration, or the one type of integrations, to deliver to; `none` delivers nowhere. */
    readonly destination?: {
        readonly integrationId?: string | undefined;
        readonly integrationType?: string | undefined;
    } | undefined;
    /** What to send instead of the content, by the channel that takes it. */
    readonly override?: Readonly<Record<string, {
        readonly payload: JsonRecord;
    } | undefined>> | undefined;
}
export interface Message {
    readonly id: string;
    readonly received: string;
    readonly author: Author;
    readonly content: Content;
    readonly source: Source;
    readonly metadata?: Metadata | undefined;
    readonly quotedMessage?: QuotedMessage | undefined;
    /**
     * Marks the message of a button that was pressed: with `isEchoed` it is told as a message besides. No answer shows it.
     */
    readonly press?: {
        readonly isEchoed: boolean;
        readonly metadata?: Metadata | undefined;
    } | undefined;
    /** No answer shows it. */
    readonly sending?: Sending | undefined;
    /** The original from the channel, if `content` could not hold all of it. */
    readonly raw?: unknown;
}
/**
 * The message without what tells who wrote it: the author's name and picture, what the channel sent (which names the
 * sender, wherever it stands), and the channel's own ids, of which some channels make the sender's number a part. What
 * was said stays. Source: the vendor's description of DeleteUserPersonalInformation, which keeps the history.
 */
export declare function withoutPersonalInformation(message: Message): Message;
/** Tells whether nothing in a message names its author. */
export declare const isCleared: ({ author, content, source, quotedMessage, raw }: Message) => boolean;
