/** Values from the tests of this process that no log may repeat: secrets, tokens, and people's messages and names. */
const confidences = new Set<string>();

/** Fields with values that are secret, or a person's. */
const confidential =
  /^(secret\w*|\w*token|\w*key|password|authorization|privateKey|certificate|text|htmlText|markdownText|payload|altText|givenName|surname|displayName|first_name|last_name|username|email|avatarUrl|iconUrl|mediaUrl|userId|externalId|userExternalId|appUserId|description|address|name|body|guid|target)$/i;

/** The least length of a value; a shorter one is found in any text. */
const shortest = 8;

/** Leaves out words that a log may hold for another reason, and values of several lines, which a log writes on one. */
const isTelling = (value: string): boolean =>
  value.length >= shortest && !value.includes("\n") && !/^[a-z_]*$/.test(value);

/** Remembers a value that must not be logged, as it is and as JSON writes it. */
export function confide(value: unknown): void {
  if (typeof value !== "string" || !isTelling(value)) return;
  confidences.add(value);
  confidences.add(JSON.stringify(value).slice(1, -1));
}

/** Remembers the confidential values in a body, and all custom metadata; to a limited depth. */
export function confideBody(body: unknown, depth = 20): void {
  if (typeof body !== "object" || body === null || depth === 0) return;
  for (const [name, value] of Object.entries(body)) {
    if (/^(metadata|properties)$/.test(name) && typeof value === "object" && value !== null)
      for (const [key, entry] of Object.entries(value)) [key, entry].forEach(confide);
    else if (typeof value === "object") confideBody(value, depth - 1);
    else if (confidential.test(name)) confide(value);
  }
}

/** Finds the confidences in a text. Both are many, so the text is read once, and compared only at their beginnings. */
export function confidencesIn(text: string): readonly string[] {
  const byBeginning = Map.groupBy(confidences, (confidence) => confidence.slice(0, shortest));
  const found = new Set<string>();
  for (let at = 0; at + shortest <= text.length; at++)
    for (const confidence of byBeginning.get(text.slice(at, at + shortest)) ?? [])
      if (text.startsWith(confidence, at)) found.add(confidence);
  return [...found];
}
