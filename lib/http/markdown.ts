import { Marked } from "marked";
import { isLinkAddress, isWebAddress } from "../domain/webAddress.ts";

/**
 * Markdown as GitHub has it, but that HTML in it is text like any other, so that no element or attribute is of the
 * writer's making, and that links and images that lead nowhere a person may follow are what stands in them.
 */
const marked = new Marked({
  async: false,
  tokenizer: { html: () => undefined, tag: () => undefined },
  renderer: {
    // `false` asks for the element itself.
    link({ href, tokens }) {
      return isLinkAddress(href) ? false : this.parser.parseInline(tokens);
    },
    image({ href, tokens }) {
      return isWebAddress(href) ? false : this.parser.parseInline(tokens);
    },
  },
});

/** The HTML of a text in Markdown; `undefined` when it has more than `limit` characters. */
export function htmlOfMarkdown(markdown: string, limit: number): string | undefined {
  try {
    const html = marked.parse(markdown, { async: false }).trim();
    return [...html].length <= limit ? html : undefined;
  } catch (fault) {
    // Thousands of levels, one in another: their elements alone would be too long.
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}
