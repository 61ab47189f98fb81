import { parseArgs } from "node:util";
import type { Api } from "./api.ts";
import type { Command, Given, Said } from "./command.ts";
import { appOptions, commands, generalOptions, optionsOf } from "./commands.ts";
import { connect, type Environment } from "./connect.ts";
import { CommandFailed, UsageError } from "./failures.ts";
import { generalHelp, helpOf } from "./help.ts";
import { harmless } from "./plainText.ts";

/** Where a command writes; `drained` when more may be written. */
export interface Terminal {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
}

/**
 * Runs one command line, without the program's own name, and answers the exit code: 0 when it did what was asked, 1 when
 * that could not be done, 2 when the command line is wrong.
 */
export async function runSunroom(
  words: readonly string[],
  environment: Environment,
  { write, complain }: Terminal,
): Promise<number> {
  let asking = "help";
  try {
    const line = parse(words);
    const [first, ...rest] = line.words;
    if (first === "help" || line.flags.has("help")) {
      const asked = first === "help" ? rest : line.words;
      await write(`${asked.length === 0 ? generalHelp() : helpOf(commandsNamed(asked))}\n`);
      return 0;
    }
    if (first === undefined) throw new UsageError("There is no command.");
    const [command, ...others] = commandsNamed(line.words);
    asking = `${others.length > 0 ? first : command?.name} --help`;
    if (!command || others.length > 0) throw new UsageError(`sunroom ${first} needs one word more.`);
    await say(await command.run(given(command, line, environment)), line.flags.has("json"), write);
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) complain(`${error.message}\n`);
    else if (error instanceof UsageError)
      complain(`${error.message}${error.message.endsWith("\n") ? "" : " "}"sunroom ${asking}" shows how it is used.\n`);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

/** A command line, taken apart. */
interface Line {
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function parse(args: readonly string[]): Line {
  const known = Object.assign({}, generalOptions, appOptions, ...commands.map((command) => command.options ?? {}));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries<{ value?: string }>(known).map(([name, option]) => [
          name,
          option.value === undefined ? { type: "boolean" as const } : { type: "string" as const, multiple: true },
        ]),
      ),
    });
    const entries = Object.entries(values);
    return {
      words: positionals,
      flags: new Set(entries.flatMap(([name, value]) => (value === true ? [name] : []))),
      values: new Map(entries.flatMap(([name, value]) => (Array.isArray(value) ? [[name, value.map(String)]] : []))),
    };
  } catch (error) {
    // Its message is one sentence, sometimes with more after it.
    if (error instanceof TypeError && "code" in error) throw new UsageError(`${error.message.split(/\. |\n/)[0]}.`);
    throw error;
  }
}

/** The command whose name these words begin with, or all commands whose names begin with them. */
function commandsNamed(words: readonly string[]): readonly Command[] {
  const whole = commands.find((command) => command.name.split(" ").every((part, index) => words[index] === part));
  const found = whole ? [whole] : commands.filter((command) => command.name.startsWith(`${words.join(" ")} `));
  if (found.length === 0) throw new UsageError(`There is no command "${words.slice(0, 2).join(" ")}".`);
  return found;
}

/** What a command needs of its line. @throws UsageError for what it does not take, or lacks */
function given(command: Command, line: Line, environment: Environment): Given {
  const options = optionsOf(command);
  const foreign = [...line.flags, ...line.values.keys()].find((name) => !Object.hasOwn(options, name));
  if (foreign !== undefined) throw new UsageError(`sunroom ${command.name} has no option --${foreign}.`);
  const parameters = line.words.slice(command.name.split(" ").length);
  const missing = command.parameters[parameters.length];
  if (missing?.startsWith("<")) throw new UsageError(`sunroom ${command.name} needs ${missing}.`);
  const excess = parameters[command.parameters.length];
  if (excess !== undefined && !command.parameters.at(-1)?.endsWith("…"))
    throw new UsageError(`sunroom ${command.name} does not take "${excess}".`);
  const texts = (option: string) => line.values.get(option) ?? [];
  const text = (option: string) => texts(option).at(-1);
  let connected: Api | undefined;
  const api = () => (connected ??= connect(text, environment));
  return {
    parameters,
    text,
    texts,
    flag: (option) => line.flags.has(option),
    api,
    appId: async () => text("app") ?? (environment.SUNROOM_APP_ID || (await onlyApp(api()))),
  };
}

/** The app that is meant where none is named. */
async function onlyApp(api: Api): Promise<string> {
  if (!api.credentials.id.startsWith("act_")) throw new UsageError("Say which app, with --app or SUNROOM_APP_ID.");
  const { apps, meta } = await api.get<{ apps: { id: string; displayName: string }[]; meta: { hasMore: boolean } }>(
    "/v2/apps",
    { "page[size]": "10" },
  );
  const [only, another] = apps;
  if (!only) throw new CommandFailed('There is no app yet; make one with sunroom app create "My app".');
  if (another) {
    const rows = apps.map(({ id, displayName }) => `  ${id}  ${harmless(displayName)}\n`).join("");
    const more = meta.hasMore ? "  and more (sunroom app list)\n" : "";
    throw new UsageError(`There are several apps; say which, with --app or SUNROOM_APP_ID:\n${rows}${more}`);
  }
  return only.id;
}

async function say(said: Said, json: boolean, write: Terminal["write"]): Promise<void> {
  if ("chunks" in said) for await (const chunk of said.chunks) await write(chunk);
  else await write(`${json ? JSON.stringify(said.json, null, 2) : said.text}\n`);
}
