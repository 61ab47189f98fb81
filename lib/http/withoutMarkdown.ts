import type { Content } from "../domain/message.ts";
import { refuse } from "../domain/refusal.ts";

/**
 * A content whose Markdown has become its `htmlText`. What converts it is loaded by the first message that has any: no
 * start of a Lambda waits for it.
 *
 * @throws Refusal when the HTML is longer than `htmlText` may be
 */
export async function withoutMarkdown(content: Content): Promise<Content> {
  const { markdownText, ...said } = content;
  if (typeof markdownText !== "string") return content;
  const { htmlOfMarkdown } = await import("./markdown.ts");
  const htmlText = htmlOfMarkdown(markdownText, 4096);
  if (htmlText === undefined)
    throw refuse.badRequest("content.markdownText should NOT be longer than 4096 characters as HTML");
  return { ...said, htmlText };
}
