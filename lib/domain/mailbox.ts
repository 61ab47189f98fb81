/** Who a mail is from: the address in lower case, and the display name if there is one, as it was written. */
interface Mailbox {
  readonly address: string;
  readonly name?: string;
}

const limits = { header: 4096, address: 320 } as const;

/**
 * The mailbox of a `From` header (RFC 5322 section 3.4). The first address in angle brackets counts, whatever stands before
 * it: programs that decode a header leave commas, colons and quotes in names that nothing quotes any more. Without one
 * it is the first plain address: `jane@example.com`, `jane@example.com (Jane)`. `undefined` when there is none.
 */
export function readMailbox(header: string): Mailbox | undefined {
  const text = header.slice(0, limits.header);
  // A quote or comment that is opened and never closed is none.
  return bracketedMailbox(text, true) ?? bracketedMailbox(text, false) ?? plainMailbox(text);
}

function bracketedMailbox(text: string, structured: boolean): Mailbox | undefined {
  let before = "";
  let bracketed: string | undefined;
  for (const { character, literal } of charactersOf(text, structured)) {
    if (bracketed === undefined) {
      if (character === "<" && !literal) bracketed = "";
      else before += character;
    } else if (character === ">" && !literal) {
      const address = addressOf(bracketed);
      const name = withoutGroup(before, text).replace(/\s+/g, " ").trim();
      if (address !== undefined) return name === "" ? { address } : { address, name };
      before += `<${bracketed}>`;
      bracketed = undefined;
    } else if (character === "<" && !literal) {
      before += `<${bracketed}`;
      bracketed = "";
    } else bracketed += character;
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
  const address = addressOf(words);
  return address === undefined ? undefined : { address };
}

/** The name of a mailbox in a group, `Team: Jane <jane@example.com>;`, is what follows the group's own. */
const withoutGroup = (before: string, text: string): string =>
  text.trimEnd().endsWith(";") ? before.slice(before.indexOf(":") + 1) : before;

/**
 * The characters of a header in which comments are left out, and those that stand in quotes or behind a backslash in quotes
 * are literal; or, where its structure is not to be heeded, all of them as they are but for quotes.
 */
function* charactersOf(text: string, structured: boolean): Generator<{ character: string; literal: boolean }> {
  let [escaped, quoted] = [false, false];
  let comments = 0;
  for (const character of text) {
    if (!structured) {
      if (character !== '"') yield { character, literal: false };
    } else if (escaped) {
      escaped = false;
      if (quoted) yield { character, literal: true };
    } else if (character === "\\" && (quoted || comments > 0)) escaped = true;
    else if (comments > 0) comments += character === "(" ? 1 : character === ")" ? -1 : 0;
    else if (character === '"') quoted = !quoted;
    else if (quoted) yield { character, literal: true };
    else if (character === "(") comments += 1;
    else yield { character, literal: false };
  }
}

function addressOf(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  return address.length <= limits.address && /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address) ? address : undefined;
}
