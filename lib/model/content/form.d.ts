import { type ContentKind } from "./contentKind.ts";
export interface FormOption {
    readonly name: string;
    readonly label: string;
}
interface Asked {
    /** Unique in its form. */
    readonly name: string;
    readonly label: string;
    readonly placeholder?: string | undefined;
}
/** A question of a form. Source: the vendor's OpenAPI description, "formMessageField". */
export type FormField = (Asked & {
    readonly type: "text";
    readonly format?: "integer" | "decimal" | undefined;
    readonly minSize?: number | undefined;
    readonly maxSize?: number | undefined;
}) | (Asked & {
    readonly type: "email";
}) | (Asked & {
    readonly type: "select";
    readonly options: readonly FormOption[];
});
/** Source: the vendor's OpenAPI description, "formMessage". */
export interface FormContent {
    readonly type: "form";
    readonly fields: readonly FormField[];
    readonly text?: string | undefined;
    readonly blockChatInput?: boolean | undefined;
    /** Whether a user answered the form, which is possible once. */
    readonly submitted?: boolean | undefined;
}
export declare const formKind: ContentKind<FormContent>;
export {};
