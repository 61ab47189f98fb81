import { withoutUndefined } from "../values/providerValue.ts";
import { type ContentKind, linesOf, type Masked } from "./contentKind.ts";

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
export type FormField =
  | (Asked & {
      readonly type: "text";
      readonly format?: "integer" | "decimal" | undefined;
      readonly minSize?: number | undefined;
      readonly maxSize?: number | undefined;
    })
  | (Asked & { readonly type: "email" })
  | (Asked & { readonly type: "select"; readonly options: readonly FormOption[] });

/** Source: the vendor's OpenAPI description, "formMessage". */
export interface FormContent {
  readonly type: "form";
  readonly fields: readonly FormField[];
  readonly text?: string | undefined;
  readonly blockChatInput?: boolean | undefined;
  /** Whether a user answered the form, which is possible once. */
  readonly submitted?: boolean | undefined;
}

/** The characters that an answer has unless its field says otherwise. */
const usualSize = { minSize: 1, maxSize: 128 };

export const formKind: ContentKind<FormContent> = {
  kept: (content, masked) =>
    withoutUndefined({
      ...content,
      text: masked(content.text),
      fields: content.fields.map((field) => keptField(field, masked)),
      submitted: content.submitted ?? false,
    }),
  fallback: textOfForm,
  wire: (content, id) => ({
    ...content,
    fields: content.fields.map((field, index) => wireField(field, `${id}-field${index}`)),
    textFallback: textOfForm(content),
  }),
};

function keptField(field: FormField, masked: Masked): FormField {
  const asked = { label: masked(field.label), placeholder: masked(field.placeholder) };
  if (field.type === "text") return withoutUndefined({ ...usualSize, ...withoutUndefined(field), ...asked });
  if (field.type === "email") return withoutUndefined({ ...field, ...asked });
  const options = field.options.map((option) => ({ ...option, label: masked(option.label) }));
  return withoutUndefined({ ...field, ...asked, options });
}

function textOfForm({ text, fields }: FormContent): string {
  return linesOf(text, ...fields.map(({ label }) => label));
}

const wireField = (field: FormField, place: string): object => ({
  _id: place,
  ...field,
  ...(field.type === "select"
    ? { options: field.options.map((option, index) => ({ _id: `${place}-${index}`, ...option })) }
    : {}),
});
