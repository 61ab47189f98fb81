import { isVisible, nameOf } from "./providerValue.ts";

/** Number of characters that are kept of a name from a channel or a token. */
export const nameLimit = 1024;

/**
 * Splits a full name at the first space, as Sunshine Conversations splits a WhatsApp profile's name. Leading words
 * without visible characters are dropped.
 */
export function nameParts(name: unknown): { readonly givenName?: string; readonly surname?: string } {
  const line = firstLine(name);
  if (line === undefined) return {};
  const [given = "", ...rest] = line.split(/(?<=\s)/);
  if (rest.length === 0) return { givenName: line };
  const surname = rest.join("");
  if (!isVisible(given)) return nameParts(surname);
  return isVisible(surname) ? { givenName: given.trimEnd(), surname } : { givenName: given.trimEnd() };
}

/** Answers the first candidate that can be a name. */
export function firstLine(...candidates: readonly unknown[]): string | undefined {
  return candidates.map((candidate) => nameOf(candidate, nameLimit)).find((line) => line !== undefined);
}
