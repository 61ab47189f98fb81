import { apiError } from "../model/apiError.ts";
import type { Content } from "../model/message.ts";

/** Number of characters that the text of a message may have. */
const textLimit = 4096;

/**
 * Converts a content's Markdown to `htmlText`. A `text` beside it with the same words, usually the same Markdown,
 * becomes plain text, since clients without HTML show it as it is. A different text stays. The converter is loaded by
 * the first message with Markdown, so that no start of a Lambda waits for it.
 * @throws ApiError if the HTML is longer than `htmlText` may be
 */
export async function withoutMarkdown(
  content: Content & { readonly markdownText?: string | undefined },
): Promise<Content> {
  const { markdownText, ...rest } = content;
  if (markdownText === undefined || !(rest.type === "text" || rest.type === "image" || rest.type === "file"))
    return rest;
  const { htmlOfMarkdown, textOfMarkdown } = await import("./markdown.ts");
  const htmlText = htmlOfMarkdown(markdownText, 4096);
  if (htmlText === undefined)
    throw apiError.badRequest("content.markdownText should NOT be longer than 4096 characters as HTML");
  const words = textOfMarkdown(markdownText);
  const readable = words !== undefined && words.length <= textLimit;
  const same = typeof rest.text !== "string" || textOfMarkdown(rest.text) === words;
  return readable && same ? { ...rest, htmlText, text: words } : { ...rest, htmlText };
}
