/** What a machine refuses, by the code of the system's error. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EROFS: "it is read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "a part of its path is a file",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** Milliseconds in which the same sentence is not said again. */
const silence = 60_000;
const lastSaid = new Map<string, number>();

/** Says why the machine refused a file, for the person at the terminal; `undefined` if the error is another's fault. */
export function sentenceOfFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const reason = reasons[String(error.code)];
  if (reason === undefined) return undefined;
  const place = "path" in error && typeof error.path === "string" ? error.path : "A file";
  return `${place} cannot be written: ${reason}.`;
}

/** Tells a fault to the person at the terminal: one of the machine in a sentence, and not over and over. */
export function reportFault(error: unknown): void {
  const sentence = sentenceOfFault(error);
  if (sentence === undefined) console.error(error);
  else sayOnce(sentence);
}

/** Says a sentence on the terminal, unless it was said a moment ago. */
export function sayOnce(sentence: string, now = Date.now()): void {
  if (now - (lastSaid.get(sentence) ?? Number.NEGATIVE_INFINITY) < silence) return;
  lastSaid.set(sentence, now);
  console.error(sentence);
}
