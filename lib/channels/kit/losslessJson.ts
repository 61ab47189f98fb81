/**
 * Reads JSON from bytes of any kind. Integers beyond 2^53, which `JSON.parse` would round to one another, become
 * strings of their digits. Bytes that are not UTF-8 become U+FFFD, a byte order mark is skipped. `undefined` if it is
 * not JSON.
 */
export function parseLosslessJson(bytes: Uint8Array): unknown {
  try {
    // V8 parses without recursion, so no depth of nesting overflows the stack here.
    return JSON.parse(quoteLargeIntegers(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

// No sign, digit, point or exponent before it, none after it: a whole JSON integer of sixteen digits or more.
const longInteger = /(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE])/g;

function quoteLargeIntegers(text: string): string {
  if (text.search(longInteger) === -1) return text;
  const parts: string[] = [];
  let position = 0;
  while (position < text.length) {
    const start = text.indexOf('"', position);
    const outside = start === -1 ? text.slice(position) : text.slice(position, start);
    parts.push(
      outside.replace(longInteger, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${digits}"`)),
    );
    if (start === -1) break;
    position = endOfString(text, start);
    parts.push(text.slice(start, position));
  }
  return parts.join("");
}

/** Finds the index after the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}
