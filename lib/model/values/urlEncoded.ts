/** Number of fields of a form or a query string that are read. */
export const fieldLimit = 1000;

/**
 * Reads `application/x-www-form-urlencoded` text, such as a query string: its first 1000 fields. They are cut off before
 * they are read: on Node 24 the time that `URLSearchParams` takes to read a text grows with the square of its fields.
 */
export function readUrlEncoded(text: string): URLSearchParams {
  let end = -1;
  for (let count = 0; count < fieldLimit; count += 1) {
    end = text.indexOf("&", end + 1);
    if (end === -1) return new URLSearchParams(text);
  }
  return new URLSearchParams(text.slice(0, end));
}
