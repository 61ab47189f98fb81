/** Who a mail is from: the address in lower case, and the display name if there is one. */
interface Mailbox {
  readonly address: string;
  readonly name?: string;
}

const limits = { header: 4096, address: 320 } as const;

/**
 * The first mailbox of a `From` header (RFC 5322 section 3.4): `Jane Doe <jane@example.com>`, `"Doe, Jane" <…>`,
 * `jane@example.com` or `jane@example.com (Jane)`. One pass over the characters; `undefined` when there is no plain
 * address.
 */
export function readMailbox(header: string): Mailbox | undefined {
  let words = "";
  let bracketed: string | undefined;
  let [escaped, quoted, inBrackets] = [false, false, false];
  let comments = 0;
  for (const character of header.slice(0, limits.header)) {
    if (escaped) {
      escaped = false;
      if (quoted) words += character;
    } else if (character === "\\" && (quoted || comments > 0)) escaped = true;
    else if (comments > 0) comments += character === "(" ? 1 : character === ")" ? -1 : 0;
    else if (character === '"') quoted = !quoted;
    else if (quoted) words += character;
    else if (character === "(") comments += 1;
    else if (character === "<") [inBrackets, bracketed] = [true, ""];
    else if (character === ">") inBrackets = false;
    else if (inBrackets) bracketed += character;
    else if (character === ":") words = "";
    else if (character === "," || character === ";") break;
    else words += character;
  }
  const name = words.replace(/\s+/g, " ").trim();
  const address = (bracketed ?? name).trim().toLowerCase();
  if (address.length > limits.address || !/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address)) return undefined;
  return bracketed === undefined || name === "" ? { address } : { address, name };
}
