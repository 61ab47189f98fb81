import { Marked, type MarkedExtension } from "marked";
import { textOfHtml } from "../model/values/richText.ts";
import { isLinkAddress, isWebAddress } from "./schemas/webAddress.ts";

/**
 * GitHub's Markdown with two restrictions: HTML in it is plain text, so that the writer adds no element or attribute;
 * and a link or image with an address that a person may not follow becomes its text.
 */
const options: MarkedExtension = {
  async: false,
  tokenizer: { html: () => undefined, tag: () => undefined },
  renderer: {
    // `false` makes the element itself.
    link({ href, tokens }) {
      return isLinkAddress(href) ? false : this.parser.parseInline(tokens);
    },
    image({ href, tokens }) {
      return isWebAddress(href) ? false : this.parser.parseInline(tokens);
    },
  },
};
const marked = new Marked(options);

/** The same for readers of plain text: markup is replaced by words. */
const plain = new Marked(options, {
  renderer: {
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      // A link needs no address beside a text that is the address.
      return isLinkAddress(href) && !href.endsWith(textOfHtml(words)) ? `${words} (${escaped(href)})` : words;
    },
    image({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      return isWebAddress(href) ? `${words} (${escaped(href)})` : words;
    },
    list({ items, ordered, start }) {
      const marks = items.map((_, index) => (ordered ? `${Number(start || 1) + index}.` : "-"));
      const lines = items.map(({ tokens }, index) => `<p>${marks[index]} ${this.parser.parse(tokens)}</p>`);
      // A nested list begins on a line of its own.
      return `<br>${lines.join("")}`;
    },
    checkbox: ({ checked }) => (checked ? "[x] " : "[ ] "),
  },
});

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Converts Markdown to HTML; `undefined` if it has more than `limit` characters. */
export function htmlOfMarkdown(markdown: string, limit: number): string | undefined {
  try {
    const html = marked.parse(markdown, { async: false }).trim();
    return [...html].length <= limit ? html : undefined;
  } catch (fault) {
    // Thousands of nested levels: their elements alone would be too long.
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/**
 * Converts Markdown to plain text: without its marks, but with the addresses of its links and the marks of its lists.
 * `undefined` if nothing is left, or the text is too deep to be read.
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
