import { decimals, goal, table } from "../markdown.ts";
import { percentile } from "../statistics.ts";
import type { Sample } from "./openLoop.ts";
import { serviceLevel } from "./serviceLevel.ts";

/** What a load is to meet. */
export interface Level {
  readonly answered: number;
  readonly p99Milliseconds: number;
}

/** The figures of a load, and whether it met the level. */
export interface Summary {
  readonly text: string;
  readonly isMet: boolean;
}

/** Writes the figures of a load as a table, and holds them against a level. */
export function summarize(samples: readonly Sample[], level: Level = serviceLevel): Summary {
  const kinds = Map.groupBy(samples, ({ name }) => name);
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, some]) => rowOf(name, some));
  const failed = samples.filter(({ isExpected }) => !isExpected).length;
  const answered = samples.length === 0 ? 0 : 1 - failed / samples.length;
  const p99 = percentile(timesOf(samples), 0.99);
  const [isAnswered, isSoon] = [answered >= level.answered, p99 <= level.p99Milliseconds];
  const percent = (share: number) => `${decimals(share * 100, 2)} %`;
  return {
    text: [
      table(
        ["requests from when they were due", "number", "p50 ms", "p90 ms", "p99 ms", "max ms", "failed", "answers"],
        [...rows, rowOf("together", samples)],
      ),
      [
        goal(`${percent(answered)} answered as they should be (at least ${percent(level.answered)})`, isAnswered),
        goal(`p99 is ${decimals(p99, 0)} ms (at most ${level.p99Milliseconds} ms)`, isSoon),
      ].join("\n"),
    ].join("\n\n"),
    isMet: isAnswered && isSoon,
  };
}

const timesOf = (samples: readonly Sample[]) =>
  samples.flatMap(({ milliseconds }) => (Number.isNaN(milliseconds) ? [] : [milliseconds]));

function rowOf(name: string, samples: readonly Sample[]): readonly (string | number)[] {
  const times = timesOf(samples);
  const outcomes = Map.groupBy(samples, ({ outcome }) => outcome);
  return [
    name,
    samples.length,
    ...[0.5, 0.9, 0.99, 1].map((share) => decimals(percentile(times, share), 1)),
    samples.filter(({ isExpected }) => !isExpected).length,
    [...outcomes].map(([outcome, some]) => `${outcome}: ${some.length}`).join(", "),
  ];
}
