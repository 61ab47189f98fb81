import { type MetadataChange } from "../metadata.ts";
import type { Masked } from "./contentKind.ts";
interface Button {
    readonly text: string;
    readonly metadata?: MetadataChange | null | undefined;
}
interface Opening {
    readonly uri: string;
    readonly default?: boolean | undefined;
    readonly extraChannelOptions?: object | undefined;
}
/** A button of a message. Source: the vendor's OpenAPI description, "action". */
export type Action = (Button & {
    readonly type: "buy";
    readonly amount: number;
    readonly currency?: string | undefined;
}) | (Button & Opening & {
    readonly type: "link";
}) | (Button & {
    readonly type: "locationRequest";
}) | (Button & {
    readonly type: "postback";
    readonly payload: string;
}) | (Button & {
    readonly type: "reply";
    readonly payload: string;
    readonly iconUrl?: string | undefined;
}) | (Button & Opening & {
    readonly type: "webview";
    readonly fallback: string;
    readonly size?: "compact" | "tall" | "full" | undefined;
    readonly openOnReceive?: boolean | undefined;
});
/** A button of an item, or of a list. Source: the vendor's OpenAPI description, "actionSubset". */
export type ItemAction = Extract<Action, {
    readonly type: "buy" | "link" | "postback" | "webview";
}>;
export interface Buttons {
    readonly actions?: readonly Action[] | undefined;
}
/** Completes buttons for storage: their metadata is without what was unset. */
export declare const keptActions: <A extends Action>(actions: readonly A[], masked: Masked) => readonly A[];
/**
 * Writes a button as a line of text: what it opens, or what a person may answer. A postback is left out, since nothing
 * that a person writes presses it. Source: the vendor's OpenAPI description, "carouselMessage".
 */
export declare function lineOfAction(action: Action): string;
/**
 * Writes a button for the SDKs' wire. No payments are taken: a button to buy is a link without a target, and stays
 * offered.
 * @param place the place of its list in the message, from which its id is made
 */
export declare const wireAction: (place: string) => (action: Action, index: number) => object;
export {};
