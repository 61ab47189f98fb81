const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * What an HTML text says without its markup: elements that stand on lines of their own end theirs, scripts and styles say
 * nothing. For showing as text, not as HTML.
 */
export function textOfHtml(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<br\b[^>]*>|<\/(?:p|div|li|ul|ol|tr|table|blockquote|pre|h[1-6])\s*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) =>
      name === undefined
        ? characterOf(decimal ? Number(decimal) : Number.parseInt(hex, 16))
        : (entities[name] ?? whole),
    )
    .replace(/ *\n */g, "\n")
    .trim();
}

/** A character by its number; what is none in HTML becomes the replacement character, as browsers do it. */
function characterOf(code: number): string {
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? "\ufffd" : String.fromCodePoint(code);
}
