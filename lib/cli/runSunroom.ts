import packageOfSunroom from "../../cli/package.json" with { type: "json" };
import type { Command, Output } from "./command.ts";
import { CommandFailed, UsageError } from "./failures.ts";
import { generalHelp, helpOf } from "./help.ts";
import { findCommands, verbsOf } from "./line/findCommands.ts";
import { invocationOf } from "./line/invocationOf.ts";
import { checkSpelling, type Line, parseLine } from "./line/parseLine.ts";
import type { Environment } from "./server/connect.ts";

/** The outputs of a command; `write` resolves when more may be written. */
export interface Terminal {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
}

/**
 * Runs one command line, without the program's own name, and answers the exit code: 0 if it was done, 1 if it could not
 * be done, 2 if the command line is wrong.
 */
export async function runSunroom(
  args: readonly string[],
  environment: Environment,
  { write, complain }: Terminal,
): Promise<number> {
  let helpTopic = "help";
  try {
    const line = parseLine(args);
    const told = requested(line);
    if (told !== undefined) {
      await write(`${told}\n`);
      return 0;
    }
    const [first] = line.words;
    const [command, ...others] = commandsOf(line);
    if (first === undefined || !command || others.length > 0) {
      helpTopic = `${first} --help`;
      throw new UsageError(`sunroom ${first} needs one word more: ${verbsOf(first ?? "").join(", ")}.`);
    }
    helpTopic = `${command.name} --help`;
    await print(await command.run(invocationOf(command, line, environment)), has(line, "json"), write);
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) {
      complain(`${error.message}\n`);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    complain(
      `${error.message}${error.message.endsWith("\n") ? "" : " "}"sunroom ${helpTopic}" shows how it is used.\n`,
    );
    return 2;
  }
}

/** Finds the commands of a line. An option that there is not is refused first: behind it, the words may be others. */
function commandsOf(line: Line): readonly Command[] {
  try {
    if (line.words.length === 0) throw new UsageError("There is no command.");
    return findCommands(line.words);
  } catch (error) {
    checkSpelling(line);
    throw error;
  }
}

const has = ({ options }: Line, option: string): boolean => options.some(({ name }) => name === option);

/** Writes the help or the version that a command line requests, if it does. */
function requested(line: Line): string | undefined {
  const [first, ...rest] = line.words;
  if (first !== "help" && !has(line, "help")) return has(line, "version") ? packageOfSunroom.version : undefined;
  const topic = first === "help" ? rest : line.words;
  return topic.length === 0 ? generalHelp() : helpOf(findCommands(topic));
}

async function print(output: Output, json: boolean, write: Terminal["write"]): Promise<void> {
  if ("chunks" in output) for await (const chunk of output.chunks) await write(chunk);
  else await write(`${json ? JSON.stringify(output.json, null, 2) : output.text}\n`);
}
