import { parseArgs } from "node:util";
import type { Command, Option } from "../command.ts";
import { allOptions, generalOptions, optionsOf, ownOptions } from "../commands.ts";
import { UsageError } from "../failures.ts";
import { misspelt } from "./misspelt.ts";

/** A parsed command line, of which nothing is checked. */
export interface Line {
  /** The command and its parameters. */
  readonly words: readonly string[];
  readonly options: readonly GivenOption[];
}

interface GivenOption {
  readonly name: string;
  /** As it was written, e.g. `-h`. */
  readonly rawName: string;
  readonly value: string | undefined;
  /** Whether its value was written behind an equals sign. */
  readonly inline: boolean;
}

/** Parses a command line. The options of all commands are known, since the command may stand behind them. */
export function parseLine(args: readonly string[]): Line {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(allOptions).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) },
      ]),
    ),
  });
  return {
    words: tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : [])),
    options: tokens.flatMap((token) =>
      token.kind === "option"
        ? [{ name: token.name, rawName: token.rawName, value: token.value, inline: token.inlineValue === true }]
        : [],
    ),
  };
}

/** Refuses an option that no command has. */
export function checkSpelling({ options }: Line): void {
  const odd = options.find(({ name }) => !Object.hasOwn(allOptions, name));
  if (odd) throw noOption("sunroom", odd, { ...generalOptions, ...ownOptions });
}

/** Checks the options of a command line, and their values. @throws UsageError for the first that is wrong */
export function checkOptions(command: Command, { options }: Line): void {
  const known = optionsOf(command);
  for (const given of options) {
    const option = Object.hasOwn(known, given.name) ? known[given.name] : undefined;
    if (!option) throw noOption(`sunroom ${command.name}`, given, known);
    checkValue(given, option);
  }
}

const written = (option: string): string => `--${option}`;

const noOption = (name: string, { rawName }: GivenOption, known: Readonly<Record<string, Option>>): UsageError =>
  misspelt(`${name} has no option ${rawName}`, rawName, {
    among: "Its options are",
    words: Object.keys(known).map(written),
  });

function checkValue({ rawName, value, inline }: GivenOption, option: Option): void {
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    return;
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: <${option.value}>.`);
  if (!inline && value.length > 1 && value.startsWith("-"))
    throw new UsageError(`${rawName} needs a value; one that begins with - is written ${rawName}=….`);
  checkChoice(rawName, value, option.values);
}

/** Checks a value that may be one of a few. @throws UsageError if it is none of them */
export function checkChoice(place: string, value: string, values: readonly string[] | undefined): void {
  if (values && !values.includes(value))
    throw misspelt(`${place} cannot be "${value}"`, value, { among: "It is one of", words: values });
}
