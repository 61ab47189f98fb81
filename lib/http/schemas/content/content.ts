import * as v from "valibot";
import { carouselContent } from "./carouselContent.ts";
import { fileContent } from "./fileContent.ts";
import { formContent } from "./formContent.ts";
import { imageContent } from "./imageContent.ts";
import { listContent } from "./listContent.ts";
import { locationContent } from "./locationContent.ts";
import { templateContent } from "./templateContent.ts";
import { textContent } from "./textContent.ts";

/** Tells whether a text says anything. */
export const hasText = (value: {
  readonly type: string;
  readonly text?: string | undefined;
  readonly htmlText?: string | undefined;
  readonly markdownText?: string | undefined;
  readonly actions?: readonly unknown[] | undefined;
}): boolean =>
  value.type !== "text" ||
  [value.text, value.htmlText, value.markdownText, value.actions?.[0]].some((one) => one !== undefined);
export const needsText = "should have required property 'text', unless it has 'actions', 'htmlText' or 'markdownText'";

/** Tells whether a content has one rich form at most. */
export const hasOneForm = (value: object): boolean => !("htmlText" in value && "markdownText" in value);
export const oneForm = "should not have both 'htmlText' and 'markdownText'";

/**
 * The content of a message by the API. A `formResponse` is none: a person alone gives it, by an SDK. Source: the
 * vendor's OpenAPI description, "content" and "formResponseMessage".
 */
export const content = v.pipe(
  v.variant("type", [
    textContent,
    imageContent,
    fileContent,
    locationContent,
    carouselContent,
    formContent,
    listContent,
    templateContent,
  ]),
  v.check((value) => hasText(value), needsText),
  v.check((value) => hasOneForm(value), oneForm),
);
