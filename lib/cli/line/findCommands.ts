import type { Command } from "../command.ts";
import { commands } from "../commands.ts";
import { misspelt } from "./misspelt.ts";

/** First words besides those of commands: what the program does itself. */
const ownWords = ["start", "help"];

/** Finds the command named at the beginning of the words, or all commands with names that begin with them. */
export function findCommands(words: readonly string[]): readonly Command[] {
  const whole = commands.find((command) => command.name.split(" ").every((part, index) => words[index] === part));
  const found = whole ? [whole] : commands.filter((command) => command.name.startsWith(`${words.join(" ")} `));
  if (found.length === 0) throw unknownCommand(words);
  return found;
}

function unknownCommand([first = "", second]: readonly string[]) {
  const names = commands.map(({ name }) => name);
  const verbs = verbsOf(first);
  if (verbs.length > 0)
    return misspelt(`There is no command "${first} ${second}"`, second ?? "", {
      among: `sunroom ${first} takes`,
      words: verbs,
    });
  const typed = second === undefined ? first : `${first} ${second}`;
  return misspelt(
    `There is no command "${typed}"`,
    names.includes(`${second} ${first}`) ? `${second} ${first}` : typed,
    {
      among: "It begins with one of",
      words: [...new Set([...names.map((name) => name.split(" ")[0] ?? ""), ...ownWords])],
      alsoMeant: names,
    },
  );
}

/** Lists the words that may follow the first one of a command. */
export const verbsOf = (first: string): readonly string[] =>
  commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []));
