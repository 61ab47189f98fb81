/** Masks in a text what is not to be kept of it; an absent text stays absent. */
export type Masked = <Text extends string | undefined>(text: Text) => Text;
/** All that is decided by the type of a content, apart from its schema in `lib/http/schemas/content`. */
export interface ContentKind<C> {
    /** Completes a content for storage, and masks in it what people read. */
    readonly kept: (content: C, masked: Masked) => C;
    /** Writes the content as plain text, for whatever can show no more; empty if nothing of it is text. */
    readonly fallback: (content: C) => string;
    /**
     * Writes the content in the form of the SDKs' wire, which names every part that can be pressed or filled in.
     * @param id the message's id, from which those of its parts are made
     */
    readonly wire?: (content: C, id: string) => object;
}
/** Joins the lines of a text fallback; absent and empty ones are left out. */
export declare const linesOf: (...lines: readonly (string | undefined)[]) => string;
