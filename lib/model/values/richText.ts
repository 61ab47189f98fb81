const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** The end of each kind of markup. */
const ends = {
  tag: />/g,
  comment: /-->/g,
  script: /<\/script\s*>/gi,
  style: /<\/style\s*>/gi,
} as const;

const endsLine = /^(?:br|\/(?:p|div|li|ul|ol|tr|table|blockquote|pre|h[1-6]))$/i;

/** Number of characters of an HTML text that are shown. */
const limit = 65_536;

/**
 * Extracts the text of HTML: block elements end a line, scripts and styles have no text. The result is to be shown as
 * text, not as HTML. Makes one pass, which ends once `limit` characters are found.
 */
export function textOfHtml(html: string): string {
  const endOf = endsIn(html);
  const pieces: string[] = [];
  let length = 0;
  let position = 0;
  const append = (text: string): void => {
    const readable = characters(text.slice(0, limit).replace(/\s+/g, " "));
    pieces.push(readable);
    length += readable.length;
  };
  while (position < html.length && length < limit) {
    const open = html.indexOf("<", position);
    append(html.slice(position, open === -1 ? html.length : open));
    if (open === -1) break;
    const { end, isLineEnd } = markupAt(html, open, endOf);
    if (end === undefined) append("<");
    else if (isLineEnd) pieces.push("\n");
    position = end ?? open + 1;
  }
  return pieces
    .join("")
    .replace(/ {2,}/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

/** Finds the end of the markup that a bracket opens: there is none if it opens nothing, or is never closed. */
function markupAt(
  html: string,
  open: number,
  endOf: FindEnd,
): { readonly end?: number | undefined; readonly isLineEnd: boolean } {
  const name = /^<(!--|\/?[a-z][a-z0-9]{0,15}|[!?])/i.exec(html.slice(open, open + 20))?.[1]?.toLowerCase();
  if (name === undefined) return { isLineEnd: false };
  const kind = kindOf(name);
  // An element's content that never ends is dropped.
  const end = endOf(kind, open) ?? (kind === "tag" ? undefined : html.length);
  return { end, isLineEnd: endsLine.test(name) };
}

function kindOf(name: string): keyof typeof ends {
  if (name === "!--") return "comment";
  return name === "script" || name === "style" ? name : "tag";
}

type FindEnd = (kind: keyof typeof ends, from: number) => number | undefined;

/** Finds the ends of markup in a text that is read forwards: each is looked for once, and so is one that is missing. */
function endsIn(html: string): FindEnd {
  const next = new Map<keyof typeof ends, number>();
  return (kind, from) => {
    const cached = next.get(kind);
    if (cached !== undefined && cached > from) return cached === Number.POSITIVE_INFINITY ? undefined : cached;
    const pattern = ends[kind];
    pattern.lastIndex = from;
    const found = pattern.exec(html) === null ? Number.POSITIVE_INFINITY : pattern.lastIndex;
    next.set(kind, found);
    return found === Number.POSITIVE_INFINITY ? undefined : found;
  };
}

/** Replaces the character references of a text; unknown ones stay. */
const characters = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{1,31}));/gi, (whole, decimal, hex, name) =>
    name === undefined
      ? characterOf(decimal ? Number(decimal) : Number.parseInt(hex, 16))
      : (entities[name.toLowerCase()] ?? whole),
  );

/**
 * Answers the character of a number; one that HTML does not allow becomes the replacement character, as in browsers.
 */
function characterOf(code: number): string {
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? "\ufffd" : String.fromCodePoint(code);
}
