/** How far a clock may be from AWS's before it refuses a signature is five minutes; this is where the AWS SDK corrects its own. */
const tolerance = 240_000;

/**
 * Makes the clock that requests are signed by: this machine's, until an answer's `Date` shows that it is far from the
 * server's. Takes the place of what the AWS SDK's signer does with that header.
 */
export function serverClock() {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    /** Whether a request signed at that moment was signed far from the time at which it was answered; the clock is then set. */
    wasFar(signedAt: number, headers: Readonly<Record<string, string>>): boolean {
      // An answer with an age is a cache's, and as old as it says.
      const time = headers.age === undefined ? Date.parse(headers.date ?? "") : Number.NaN;
      if (!(Math.abs(time - signedAt) >= tolerance)) return false;
      offset = time - Date.now();
      return true;
    },
  };
}
