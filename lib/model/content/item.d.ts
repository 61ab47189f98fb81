import { type Metadata, type MetadataChange } from "../metadata.ts";
import { type ItemAction } from "./action.ts";
import { type Masked } from "./contentKind.ts";
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
export declare const keptItems: (items: readonly MessageItem[], masked: Masked) => readonly MessageItem[];
/** Writes items as text, each in lines of its own, without pictures. */
export declare const textOfItems: (items: readonly MessageItem[]) => string;
/** Writes items for the SDKs' wire. */
export declare const wireItems: (items: readonly MessageItem[], id: string) => readonly object[];
