/** Makes a generator of numbers from 0 to 1 (mulberry32), the same for the same seed. */
export function seededRandom(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: <T>(list: readonly T[]): T | undefined => list[below(list.length)],
    /** Takes one out of a list. */
    take: <T>(list: T[]): T | undefined => list.splice(below(list.length), 1)[0],
  };
}

export type Random = ReturnType<typeof seededRandom>;
