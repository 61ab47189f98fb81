import { apiError } from "../apiError.ts";
import type { FormContent, FormField } from "./form.ts";
import type { FormAnswer } from "./formResponse.ts";

/** An answer as a user gives it: by names alone. */
export type GivenAnswer =
  | { readonly type: "text"; readonly name: string; readonly text: string }
  | { readonly type: "email"; readonly name: string; readonly email: string }
  | { readonly type: "select"; readonly name: string; readonly select: readonly { readonly name: string }[] };

/**
 * Answers a form: to each of its fields, in its order and its own words, whatever labels were given.
 * @throws ApiError if a field is not answered as it asks, or one is answered that the form does not have
 */
export function answersTo(
  { fields }: Pick<FormContent, "fields">,
  given: readonly GivenAnswer[],
): readonly FormAnswer[] {
  const read = fields.map((field) => {
    const index = given.findIndex(({ name }) => name === field.name);
    const answer = given[index];
    return answer === undefined
      ? "fields should have an item for each field of the form"
      : answerTo(field, answer, index);
  });
  const unknown = given.findIndex(({ name }) => !fields.some((field) => field.name === name));
  const mistakes = read.filter((one) => typeof one === "string");
  if (unknown >= 0) mistakes.push(`fields.${unknown}.name should be the name of a field of the form`);
  if (mistakes.length > 0) throw apiError.badRequest(...new Set(mistakes.map((mistake) => `message.${mistake}`)));
  return read.filter((one) => typeof one !== "string");
}

/**
 * Checks some answers to a form, whatever other fields it has.
 * @throws ApiError if a field is not answered as it asks, or one is answered that the form does not have
 */
export function requireAnswers({ fields }: Pick<FormContent, "fields">, given: readonly GivenAnswer[]): void {
  const mistakes = given.flatMap((answer, index) => {
    const field = fields.find(({ name }) => name === answer.name);
    const read = field
      ? answerTo(field, answer, index)
      : `fields.${index}.name should be the name of a field of the form`;
    return typeof read === "string" ? [`formResponse.${read}`] : [];
  });
  if (mistakes.length > 0) throw apiError.badRequest(...new Set(mistakes));
}

/** Reads the answer to a field; what is wrong with it, if anything is. */
function answerTo(field: FormField, given: GivenAnswer, index: number): FormAnswer | string {
  const { name, label } = field;
  if (field.type === "text" && given.type === "text") {
    const mistake = mistakeInText(field, given.text);
    if (mistake !== undefined) return `fields.${index}.text ${mistake}`;
    return { type: "text", name, label, text: given.text, ...(field.format && { format: field.format }) };
  }
  if (field.type === "email" && given.type === "email") return { type: "email", name, label, email: given.email };
  if (field.type !== "select" || given.type !== "select")
    return `fields.${index}.type should be that of the form's field`;
  const select = given.select.map((picked) => field.options.find((option) => option.name === picked.name));
  const known = select.filter((option) => option !== undefined);
  return known.length < select.length
    ? `fields.${index}.select should have names of the field's options alone`
    : { type: "select", name, label, select: known };
}

const formats = { integer: /^[+-]?\d+$/, decimal: /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)$/ } as const;

function mistakeInText(field: FormField & { readonly type: "text" }, text: string): string | undefined {
  const { minSize = 1, maxSize = 128, format } = field;
  const size = [...text].length;
  if (size < minSize) return `should NOT be shorter than ${minSize} characters`;
  if (size > maxSize) return `should NOT be longer than ${maxSize} characters`;
  return format === undefined || formats[format].test(text.trim()) ? undefined : `should match format "${format}"`;
}
