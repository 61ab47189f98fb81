import { median } from "./statistics.ts";

interface Loops {
  /** Calls of each in a loop. */
  readonly perLoop: number;
  /** Number of calls under way at a time. */
  readonly width?: number;
  readonly loops?: number;
}

/**
 * Measures the CPU of one call of each in microseconds: the median of several loops, by turns, of which the first warms
 * up.
 */
export async function cpuOfEach<Name extends string>(
  calls: Readonly<Record<Name, () => unknown>>,
  { perLoop, width = 1, loops = 7 }: Loops,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(calls) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let loop = 0; loop <= loops; loop++)
    for (const name of names) {
      const before = process.cpuUsage();
      let left = perLoop;
      const worker = async () => {
        while (left-- > 0) await calls[name]();
      };
      await Promise.all(Array.from({ length: width }, worker));
      const { user, system } = process.cpuUsage(before);
      if (loop > 0) times.get(name)?.push((user + system) / perLoop);
    }
  // The names are those of `calls`.
  return Object.fromEntries([...times].map(([name, measured]) => [name, median(measured)])) as Record<Name, number>;
}
