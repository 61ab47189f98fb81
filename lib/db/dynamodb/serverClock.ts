/** Milliseconds of difference at which the AWS SDK corrects its clock. AWS refuses a signature at five minutes. */
const tolerance = 240_000;

/**
 * Makes the clock by which requests are signed: this machine's, until an answer's `Date` is far from it. Takes the
 * place of what the AWS SDK's signer does with that header.
 */
export function serverClock() {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    /** Tells whether a request was signed far from the time at which it was answered, and sets the clock if so. */
    wasFar(signedAt: number, headers: Readonly<Record<string, string>>): boolean {
      // An answer with an age comes from a cache and is as old as its age.
      const time = headers.age === undefined ? Date.parse(headers.date ?? "") : Number.NaN;
      if (!(Math.abs(time - signedAt) >= tolerance)) return false;
      offset = time - Date.now();
      return true;
    },
  };
}
