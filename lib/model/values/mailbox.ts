/** The author of a mail: the address in lower case, and the display name as it was written, if there is one. */
interface Mailbox {
  readonly address: string;
  readonly name?: string;
}

const limits = { header: 4096, address: 320 } as const;

/**
 * Reads the mailbox of a `From` header (RFC 5322 section 3.4). The first address in angle brackets counts, whatever
 * precedes it: programs that decode a header leave commas, colons and quotes in names without quoting them. Otherwise
 * it is the first plain address: `jane@example.com`, `jane@example.com (Jane)`. `undefined` if there is none.
 */
export function readMailbox(header: string): Mailbox | undefined {
  const text = header.slice(0, limits.header);
  // A quote or comment that is opened and never closed counts as text.
  return bracketedMailbox(text, true) ?? bracketedMailbox(text, false) ?? plainMailbox(text);
}

function bracketedMailbox(text: string, structured: boolean): Mailbox | undefined {
  let before = "";
  // The bracket that is open, with what follows it.
  let open = "";
  for (const { character, literal } of charactersOf(text, structured)) {
    const special = literal ? "" : character;
    if (special === "<") {
      before += open;
      open = character;
    } else if (open === "") before += character;
    else if (special === ">") {
      const mailbox = mailboxOf(open.slice(1), withoutGroup(before, text));
      if (mailbox) return mailbox;
      before += open + character;
      open = "";
    } else open += character;
  }
  return undefined;
}

function plainMailbox(text: string): Mailbox | undefined {
  let words = "";
  for (const { character, literal } of charactersOf(text, true)) {
    if (!literal && character === ":") words = "";
    else if (!literal && (character === "," || character === ";")) break;
    else words += character;
  }
  return mailboxOf(words, "");
}

function mailboxOf(text: string, words: string): Mailbox | undefined {
  const address = addressOf(text);
  const name = words.replace(/\s+/g, " ").trim();
  return address === undefined ? undefined : { address, ...(name === "" ? {} : { name }) };
}

/** Removes the group's name from `Team: Jane <jane@example.com>;`. */
const withoutGroup = (before: string, text: string): string =>
  text.trimEnd().endsWith(";") ? before.slice(before.indexOf(":") + 1) : before;

/**
 * Reads the characters of a header without its comments, marking those that are literal (in quotes, or behind a
 * backslash in quotes); or, if its structure is ignored, all characters except quotes.
 */
const charactersOf = (text: string, structured: boolean): Iterable<Character> =>
  structured
    ? structuredCharacters(text)
    : Array.from(text.replaceAll('"', ""), (character) => ({ character, literal: false }));

interface Character {
  readonly character: string;
  readonly literal: boolean;
}

function* structuredCharacters(text: string): Generator<Character> {
  const rest = text[Symbol.iterator]();
  for (const character of rest) {
    if (character === '"') yield* quotedCharacters(rest);
    else if (character === "(") skipComment(rest);
    else yield { character, literal: false };
  }
}

function* quotedCharacters(rest: IterableIterator<string>): Generator<Character> {
  for (const character of rest) {
    if (character === '"') return;
    const literal = character === "\\" ? rest.next().value : character;
    if (literal !== undefined) yield { character: literal, literal: true };
  }
}

const nesting: Readonly<Record<string, number>> = { "(": 1, ")": -1 };

function skipComment(rest: IterableIterator<string>): void {
  let depth = 1;
  for (const character of rest) {
    if (character === "\\") rest.next();
    else depth += nesting[character] ?? 0;
    if (depth === 0) return;
  }
}

function addressOf(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  return address.length <= limits.address && /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address) ? address : undefined;
}
