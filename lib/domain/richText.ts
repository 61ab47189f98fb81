const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** What ends each kind of markup. */
const ends = {
  tag: />/g,
  comment: /-->/g,
  script: /<\/script\s*>/gi,
  style: /<\/style\s*>/gi,
} as const;

const endsLine = /^(?:br|\/(?:p|div|li|ul|ol|tr|table|blockquote|pre|h[1-6]))$/i;

/** The most characters of an HTML text that are shown. */
const limit = 65_536;

/**
 * What an HTML text says without its markup: elements that stand on lines of their own end theirs, scripts and styles say
 * nothing. For showing as text, not as HTML. One pass, which ends when `limit` characters are found.
 */
export function textOfHtml(html: string): string {
  const endOf = endsIn(html);
  const pieces: string[] = [];
  let length = 0;
  let position = 0;
  const say = (text: string): void => {
    const said = characters(text.slice(0, limit).replace(/\s+/g, " "));
    pieces.push(said);
    length += said.length;
  };
  while (position < html.length && length < limit) {
    const open = html.indexOf("<", position);
    const start = open === -1 ? html.length : open;
    if (start > position) say(html.slice(position, start));
    if (open === -1) break;
    const name = /^<(!--|\/?[a-z][a-z0-9]{0,15}|[!?])/i.exec(html.slice(open, open + 20))?.[1]?.toLowerCase();
    const kind = kindOf(name);
    const end = name === undefined ? undefined : endOf(kind, open);
    // A bracket that opens nothing, or is never closed, is said; an element's content that never ends says nothing.
    if (end === undefined && kind === "tag") say("<");
    else if (name !== undefined && endsLine.test(name)) pieces.push("\n");
    position = end ?? (kind === "tag" ? open + 1 : html.length);
  }
  return pieces
    .join("")
    .replace(/ {2,}/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

function kindOf(name: string | undefined): keyof typeof ends {
  if (name === "!--") return "comment";
  return name === "script" || name === "style" ? name : "tag";
}

/** Finds the ends of markup in a text that is read forwards: each is looked for once, and so is one that is missing. */
function endsIn(html: string): (kind: keyof typeof ends, from: number) => number | undefined {
  const next = new Map<keyof typeof ends, number>();
  return (kind, from) => {
    const known = next.get(kind);
    if (known !== undefined && known > from) return known === Number.POSITIVE_INFINITY ? undefined : known;
    const pattern = ends[kind];
    pattern.lastIndex = from;
    const found = pattern.exec(html) === null ? Number.POSITIVE_INFINITY : pattern.lastIndex;
    next.set(kind, found);
    return found === Number.POSITIVE_INFINITY ? undefined : found;
  };
}

/** A text with its references to characters replaced; what is unknown stays as it is. */
const characters = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{1,31}));/gi, (whole, decimal, hex, name) =>
    name === undefined
      ? characterOf(decimal ? Number(decimal) : Number.parseInt(hex, 16))
      : (entities[name.toLowerCase()] ?? whole),
  );

/** A character by its number; what is none in HTML becomes the replacement character, as browsers do it. */
function characterOf(code: number): string {
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? "\ufffd" : String.fromCodePoint(code);
}
