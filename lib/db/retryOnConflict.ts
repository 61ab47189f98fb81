/** The result of an attempt that found its items changed by another request since it read them. */
export const conflict = Symbol("conflict");
export type Conflict = typeof conflict;

/**
 * Tells that another request changed the items before every attempt. Nothing is wrong: the same call may be tried
 * again.
 */
export class ConflictError extends Error {
  override readonly name = "ConflictError";

  constructor() {
    super("Another request changed what was read at every attempt.");
  }
}

/** Number of attempts before `ConflictError`: as many requests as change one item at once are served in their turn. */
const attempts = 100;

/**
 * Reads, decides and writes, again as long as the attempt answers `conflict`: the second time at once, then after a
 * random wait of 100 ms at most.
 *
 * @throws ConflictError when every attempt met a conflict
 */
export async function retryOnConflict<Outcome>(attempt: () => Promise<Outcome | Conflict>): Promise<Outcome> {
  for (let count = 0; count < attempts; count++) {
    if (count > 1) await backOff(count - 1, 100);
    const outcome = await attempt();
    if (outcome !== conflict) return outcome as Outcome;
  }
  throw new ConflictError();
}

/** Waits for a random time of up to 10 ms, doubled with each attempt up to a limit in milliseconds. */
export const backOff = (attempt: number, limit = 800): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(limit, 10 * 2 ** attempt)));
