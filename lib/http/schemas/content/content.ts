import * as v from "valibot";
import { carouselContent } from "./carouselContent.ts";
import { fileContent } from "./fileContent.ts";
import { formContent } from "./formContent.ts";
import { imageContent } from "./imageContent.ts";
import { listContent } from "./listContent.ts";
import { locationContent } from "./locationContent.ts";
import { templateContent } from "./templateContent.ts";
import { textContent } from "./textContent.ts";

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
  v.check(
    (value) =>
      value.type !== "text" ||
      [value.text, value.htmlText, value.markdownText, value.actions?.[0]].some((one) => one !== undefined),
    "should have required property 'text', unless it has 'actions', 'htmlText' or 'markdownText'",
  ),
  v.check(
    (value) => !("htmlText" in value && "markdownText" in value),
    "should not have both 'htmlText' and 'markdownText'",
  ),
);
