import { parseArgs } from "node:util";
import { prices } from "../prices.ts";
import { estimate, type Month, total } from "./estimate.ts";

interface Terminal {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** The options that are numbers: the least value, what they mean, and the value without them. */
const numbers = {
  users: { least: 0, meaning: "new users a month, a quarter in each of the four ways", otherwise: undefined },
  messages: { least: 0, meaning: "messages a month, half people's and half the business's", otherwise: undefined },
  webhooks: { least: 0, meaning: "webhooks that hear each message", otherwise: 0 },
  reads: { least: 0, meaning: "further requests a month that read", otherwise: 0 },
  months: { least: 1, meaning: "months for which users and messages are kept", otherwise: 12 },
} as const;

const usage = `npm run cost -- --users 100000 --messages 2000000
${Object.entries(numbers)
  .map(
    ([name, { meaning, otherwise }]) =>
      `  --${name.padEnd(9)} ${meaning}${otherwise === undefined ? "" : `; ${otherwise} unless given`}`,
  )
  .join("\n")}
  --stage     prod or dev; prod unless given
`;

/** Prints a month's cost, and answers the exit code: 2 if the command line is wrong. */
export function runCost(words: readonly string[], { write, complain }: Terminal): number {
  try {
    const month = readMonth(words);
    write(month === undefined ? usage : report(month));
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    complain(`${error.message.split(/(?<=\.) |\n/)[0]?.replace(/\.?$/, ".")}\n${usage}`);
    return 2;
  }
}

/** Reads the options; `undefined` if the help is wanted. @throws RangeError for a value that is none */
function readMonth(words: readonly string[]): Month | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ users: text, messages: text, webhooks: text, reads: text, months: text, stage: text },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const number = (name: keyof typeof numbers): number => {
    const { least, otherwise } = numbers[name];
    const value = values[name] ?? otherwise;
    if (value === undefined) throw new RangeError(`--${name} is missing: how many a month.`);
    if (!/^\d{1,12}$/.test(String(value)) || Number(value) < least)
      throw new RangeError(`--${name} is a whole number of at least ${least}, and not ${value}.`);
    return Number(value);
  };
  const { stage = "prod" } = values;
  if (stage !== "prod" && stage !== "dev") throw new RangeError(`--stage is prod or dev, and not ${stage}.`);
  return {
    users: number("users"),
    messages: number("messages"),
    webhooks: number("webhooks"),
    reads: number("reads"),
    months: number("months"),
    stage,
  };
}

function report(month: Month): string {
  const rows = estimate(month);
  const lines = [...rows, { name: "together", dollars: total(rows) }];
  const line = (name: string, value: string) => `| ${name.padEnd(30)} | ${value.padStart(12)} |`;
  return `${[
    line("a month", "US dollars"),
    `| ${"-".repeat(30)} | ${"-".repeat(11)}: |`,
    ...lines.map(({ name, dollars }) => line(name, dollars.toFixed(2))),
  ].join("\n")}

us-east-1, prices of ${prices.date}, without the free tier. Calls and units are counted (bench/cost/counted.ts);
that DynamoDB answers in 5 ms, and the sizes of items, lines and answers, are assumed (bench/cost/estimate.ts).
`;
}
