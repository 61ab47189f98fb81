import { median } from "./statistics.ts";

interface Loops {
  /** Calls of each in a loop. */
  readonly perLoop: number;
  /** How many are under way at a time. */
  readonly width?: number;
  readonly loops?: number;
}

/** CPU of one call of each in microseconds: the median of several loops, by turns, of which the first warms up. */
export async function cpuOfEach(
  calls: readonly (() => unknown)[],
  { perLoop, width = 1, loops = 7 }: Loops,
): Promise<readonly number[]> {
  const times: readonly number[][] = calls.map(() => []);
  for (let loop = 0; loop <= loops; loop++)
    for (const [index, call] of calls.entries()) {
      const before = process.cpuUsage();
      let left = perLoop;
      const worker = async () => {
        while (left-- > 0) await call();
      };
      await Promise.all(Array.from({ length: width }, worker));
      const { user, system } = process.cpuUsage(before);
      if (loop > 0) times[index]?.push((user + system) / perLoop);
    }
  return times.map(median);
}
