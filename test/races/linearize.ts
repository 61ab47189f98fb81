/** What a client did, when, and what it was told; nothing where it was told nothing, and so may or may not be done. */
export interface Done {
  readonly operation: string;
  readonly began: number;
  readonly ended: number;
  readonly told: string | undefined;
}

/**
 * What an operation may do to a state, given what it told: the states after it, none where it cannot have told that. Of one
 * that told nothing, every state it may have made.
 */
export type Step<State> = (state: State, told: string | undefined) => readonly State[];

/**
 * Looks for an order in which the operations could have happened one after another, each at some moment between its
 * beginning and its end, and told what they told. One that told nothing happens at any time after it began, or never.
 * After Wing and Gong, "Testing and verifying concurrent objects" (1993).
 *
 * @returns whether there is one
 */
export function isLinearizable<State extends string>(
  history: readonly Done[],
  steps: Readonly<Record<string, Step<State>>>,
  initial: State,
): boolean {
  const operations = history.map((one) => ({
    ...one,
    ended: one.told === undefined ? Number.POSITIVE_INFINITY : one.ended,
  }));
  const everything = operations.reduce((bits, one, index) => (one.told === undefined ? bits : bits | bit(index)), 0n);
  const visited = new Set<string>();
  const open: [left: bigint, state: State][] = [[(1n << BigInt(operations.length)) - 1n, initial]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [left, state] = next;
    if ((left & everything) === 0n) return true;
    const name = `${left} ${state}`;
    if (visited.has(name)) continue;
    visited.add(name);
    const remaining = operations.flatMap((one, index) => ((left & bit(index)) === 0n ? [] : [{ one, index }]));
    const firstEnd = Math.min(...remaining.map(({ one }) => one.ended));
    for (const { one, index } of remaining) {
      if (one.began > firstEnd) continue;
      for (const after of steps[one.operation]?.(state, one.told) ?? []) open.push([left & ~bit(index), after]);
    }
  }
  return false;
}

const bit = (index: number): bigint => 1n << BigInt(index);
