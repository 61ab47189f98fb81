import { type ContentKind } from "./contentKind.ts";
import type { FormOption } from "./form.ts";
interface Answered {
    readonly name: string;
    readonly label: string;
}
/** An answer to a field of a form. Source: the vendor's OpenAPI description, "formResponseMessageField". */
export type FormAnswer = (Answered & {
    readonly type: "text";
    readonly text: string;
    readonly format?: "integer" | "decimal" | undefined;
}) | (Answered & {
    readonly type: "email";
    readonly email: string;
}) | (Answered & {
    readonly type: "select";
    readonly select: readonly FormOption[];
});
/** Source: the vendor's OpenAPI description, "formResponseMessage". */
export interface FormResponseContent {
    readonly type: "formResponse";
    /** None: its parts are what is said. */
    readonly text?: undefined;
    readonly fields: readonly FormAnswer[];
    /** Each label with its answer, in lines. */
    readonly textFallback?: string | undefined;
}
export declare const formResponseKind: ContentKind<FormResponseContent>;
export {};
