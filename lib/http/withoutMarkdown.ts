import type { Content } from "../domain/message.ts";
import { refuse } from "../domain/refusal.ts";

/** The most characters that the text of a message may have. */
const textLimit = 4096;

/**
 * A content whose Markdown has become its `htmlText`. A `text` beside it that says the same, which is as a rule the same
 * Markdown, is what stands in it: clients that show no HTML show the text as it is. One with words of its own stays. What
 * converts it is loaded by the first message that has any: no start of a Lambda waits for it.
 *
 * @throws Refusal when the HTML is longer than `htmlText` may be
 */
export async function withoutMarkdown(content: Content): Promise<Content> {
  const { markdownText, ...said } = content;
  if (typeof markdownText !== "string") return content;
  const { htmlOfMarkdown, textOfMarkdown } = await import("./markdown.ts");
  const htmlText = htmlOfMarkdown(markdownText, 4096);
  if (htmlText === undefined)
    throw refuse.badRequest("content.markdownText should NOT be longer than 4096 characters as HTML");
  const words = textOfMarkdown(markdownText);
  const readable = words !== undefined && words.length <= textLimit;
  const same = typeof said.text !== "string" || textOfMarkdown(said.text) === words;
  return readable && same ? { ...said, htmlText, text: words } : { ...said, htmlText };
}
