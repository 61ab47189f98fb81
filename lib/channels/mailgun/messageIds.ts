/**
 * Writes the id of a mail in brackets, as its header has it; Mailgun's events have it without. `undefined` if it is none.
 */
export function bracketed(id: unknown): string | undefined {
  if (typeof id !== "string") return undefined;
  const bare = id.trim().replace(/^<|>$/g, "");
  return /^[^<>\s@]{1,500}@[^<>\s@]{1,255}$/.test(bare) ? `<${bare}>` : undefined;
}
