import { Marked, type MarkedExtension } from "marked";
import { textOfHtml } from "../domain/richText.ts";
import { isLinkAddress, isWebAddress } from "../domain/webAddress.ts";

/**
 * Markdown as GitHub has it, but that HTML in it is text like any other, so that no element or attribute is of the
 * writer's making, and that links and images that lead nowhere a person may follow are what stands in them.
 */
const options: MarkedExtension = {
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
};
const marked = new Marked(options);

/** The same for those who read the text alone: what markup would say stands in words. */
const plain = new Marked(options, {
  renderer: {
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      // A link that shows its address has said it.
      return isLinkAddress(href) && !href.endsWith(textOfHtml(words)) ? `${words} (${escaped(href)})` : words;
    },
    image({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      return isWebAddress(href) ? `${words} (${escaped(href)})` : words;
    },
    list({ items, ordered, start }) {
      const marks = items.map((_, index) => (ordered ? `${Number(start || 1) + index}.` : "-"));
      const lines = items.map(({ tokens }, index) => `<p>${marks[index]} ${this.parser.parse(tokens)}</p>`);
      // One in another begins on a line of its own.
      return `<br>${lines.join("")}`;
    },
    checkbox: ({ checked }) => (checked ? "[x] " : "[ ] "),
  },
});

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

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

/**
 * What a text in Markdown says, for showing as text: without its marks, but with the addresses of its links and the marks
 * of its lists. `undefined` where that is nothing, or the text is too deep to be read.
 */
export function textOfMarkdown(markdown: string): string | undefined {
  try {
    const html = plain.parse(markdown, { async: false });
    return textOfHtml(html).replace(/\n+/g, "\n") || undefined;
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}
