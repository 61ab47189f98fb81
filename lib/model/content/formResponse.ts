import { withoutUndefined } from "../values/providerValue.ts";
import { type ContentKind, linesOf, type Masked } from "./contentKind.ts";
import type { FormOption } from "./form.ts";

interface Answered {
  readonly name: string;
  readonly label: string;
}

/** An answer to a field of a form. Source: the vendor's OpenAPI description, "formResponseMessageField". */
export type FormAnswer =
  | (Answered & {
      readonly type: "text";
      readonly text: string;
      readonly format?: "integer" | "decimal" | undefined;
    })
  | (Answered & { readonly type: "email"; readonly email: string })
  | (Answered & { readonly type: "select"; readonly select: readonly FormOption[] });

/** Source: the vendor's OpenAPI description, "formResponseMessage". */
export interface FormResponseContent {
  readonly type: "formResponse";
  /** None: its parts are what is said. */
  readonly text?: undefined;
  readonly fields: readonly FormAnswer[];
  /** Each label with its answer, in lines. */
  readonly textFallback?: string | undefined;
}

export const formResponseKind: ContentKind<FormResponseContent> = {
  kept: (content, masked) => {
    const fields = content.fields.map((field) => keptAnswer(field, masked));
    return { ...content, fields, textFallback: textOfAnswers(fields) };
  },
  fallback: ({ fields }) => textOfAnswers(fields),
  wire: (content, id) => ({
    ...content,
    fields: content.fields.map((field, index) => ({ _id: `${id}-field${index}`, ...field })),
  }),
};

const keptAnswer = (field: FormAnswer, masked: Masked): FormAnswer =>
  withoutUndefined(field.type === "text" ? { ...field, text: masked(field.text) } : field);

const textOfAnswers = (fields: readonly FormAnswer[]): string =>
  linesOf(...fields.map((field) => `${field.label}: ${textOfAnswer(field)}`));

function textOfAnswer(field: FormAnswer): string {
  switch (field.type) {
    case "text":
      return field.text;
    case "email":
      return field.email;
    case "select":
      return field.select.map(({ label }) => label).join(", ");
  }
}
