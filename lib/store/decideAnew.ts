/** Somebody else changed what was read each time it was tried. Nothing is wrong: the same may be tried again. */
export class Contention extends Error {
  override readonly name = "Contention";

  constructor() {
    super("What was read was changed by somebody else each time it was tried.");
  }
}

/** How often something is decided anew because somebody else changed what it had read. */
const attempts = 25;

/**
 * Reads, decides and writes, and all of it anew as long as the answer is `again`.
 *
 * @throws Contention when it has been tried often enough
 */
export async function decideAnew<Outcome>(decide: () => Promise<Outcome | "again">): Promise<Outcome> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const outcome = await decide();
    if (outcome !== "again") return outcome;
  }
  throw new Contention();
}
