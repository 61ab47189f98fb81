import type { Command, Option } from "./command.ts";
import { commands, generalOptions, optionsOf } from "./commands.ts";

/** Writes the output of `sunroom help`. */
export function generalHelp(): string {
  return `Sunroom: users and conversations, compatible with Sunshine Conversations.

First steps, beside a local server (sunroom start, or npm start in a clone):
  sunroom app create "My app"
  export SUNROOM_APP_ID=…   # the id it told; needed only where there are several apps
  sunroom key create "My server"
  sunroom user create jane@example.org --given-name Jane
  sunroom user get jane@example.org
  sunroom token jane@example.org
  sunroom webhook create http://localhost:4000

On AWS, with the URL and the account key that the deployment names in its outputs:
  export SUNROOM_URL=https://abc123.execute-api.eu-central-1.amazonaws.com
  export SUNROOM_KEY_ID=act_…
  read -rs SUNROOM_KEY_SECRET && export SUNROOM_KEY_SECRET
  sunroom app list

From a clone, "sunroom" is: npm run -s sunroom --

Commands:
${twoColumns([
  ["start", "Serve the API on this machine; sunroom start --help has its options"],
  ...commands.map((command) => [usageOf(command), command.summary] as const),
])}

Options of every command:
${optionLines(generalOptions)}

sunroom --version shows the version.
sunroom user --help and sunroom user get --help say more.`;
}

/**
 * Writes the output of `sunroom user --help`, about all commands that begin so, and of `sunroom user get --help`, about
 * one.
 */
export function helpOf(found: readonly Command[]): string {
  const [command] = found;
  if (found.length !== 1 || !command)
    return `${twoColumns(found.map((command) => [usageOf(command), command.summary]))}

Examples:
${exampleLines(found.flatMap((command) => command.examples.slice(0, 1)))}

Add --help to one of them for its options.`;
  return `sunroom ${usageOf(command)}
${[`${command.summary}.`, ...choicesOf(command), ...(command.notes ?? [])].map((sentence) => `  ${sentence}`).join("\n")}

Examples:
${exampleLines(command.examples)}

Options:
${optionLines(optionsOf(command))}`;
}

const usageOf = (command: Command) => [command.name, ...command.parameters].join(" ");

/** Says which values parameters may have, where they are few. */
const choicesOf = ({ parameters, choices = [] }: Command): readonly string[] =>
  parameters.flatMap((parameter, index) =>
    choices[index] ? [`${parameter} is one of ${choices[index].join(", ")}.`] : [],
  );

const exampleLines = (examples: readonly string[]) => examples.map((example) => `  sunroom ${example}`).join("\n");

const optionLines = (options: Readonly<Record<string, Option>>) =>
  twoColumns(
    Object.entries(options).map(([name, { value, short, summary }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` <${value}>`}`,
      summary,
    ]),
  );

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
