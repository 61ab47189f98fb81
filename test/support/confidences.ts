/** What the tests of this process used that no log may repeat: secrets, tokens, what people said and are called. */
const confidences = new Set<string>();

/** Fields whose values are secret, or a person's. */
const confidential =
  /^(secret\w*|\w*token|\w*key|password|authorization|privateKey|certificate|text|htmlText|markdownText|payload|altText|givenName|surname|displayName|first_name|last_name|username|email|avatarUrl|iconUrl|mediaUrl|userId|externalId|userExternalId|appUserId|description|address|name|body|guid)$/i;

/** What is shorter is found in any text. */
const shortest = 8;

/** Not a word that a log may well hold for another reason, nor several lines, which a log writes on one. */
const isTelling = (value: string): boolean =>
  value.length >= shortest && !value.includes("\n") && !/^[a-z_]*$/.test(value);

/** Remembers a value that must not be logged, as it is and as JSON writes it. */
export function confide(value: unknown): void {
  if (typeof value !== "string" || !isTelling(value)) return;
  confidences.add(value);
  confidences.add(JSON.stringify(value).slice(1, -1));
}

/** Remembers what is confidential in a body, and everything that is custom metadata; not below what people nest. */
export function confideBody(body: unknown, depth = 20): void {
  if (typeof body !== "object" || body === null || depth === 0) return;
  for (const [name, value] of Object.entries(body)) {
    if (/^(metadata|properties)$/.test(name) && typeof value === "object" && value !== null)
      for (const [key, entry] of Object.entries(value)) [key, entry].forEach(confide);
    else if (typeof value === "object") confideBody(value, depth - 1);
    else if (confidential.test(name)) confide(value);
  }
}

/** Which of the confidences a text holds. */
export function confidencesIn(text: string): readonly string[] {
  // Both are many: a beginning that occurs nowhere rules a confidence out without a search.
  const beginnings = new Set<string>();
  for (const line of new Set(text.split("\n")))
    for (let at = 0; at + shortest <= line.length; at++) beginnings.add(line.slice(at, at + shortest));
  return [...confidences].filter(
    (confidence) => beginnings.has(confidence.slice(0, shortest)) && text.includes(confidence),
  );
}
