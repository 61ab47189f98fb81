import { parseArgs } from "node:util";
import type { Api } from "./api.ts";
import type { Command, Invocation, Output } from "./command.ts";
import { appOptions, commands, generalOptions, optionsOf } from "./commands.ts";
import { connect, type Environment } from "./connect.ts";
import { CommandFailed, UsageError } from "./failures.ts";
import { generalHelp, helpOf } from "./help.ts";
import { harmless } from "./plainText.ts";

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
  words: readonly string[],
  environment: Environment,
  { write, complain }: Terminal,
): Promise<number> {
  let helpTopic = "help";
  try {
    const line = parse(words);
    const help = requestedHelp(line);
    if (help !== undefined) {
      await write(`${help}\n`);
      return 0;
    }
    const [first] = line.words;
    if (first === undefined) throw new UsageError("There is no command.");
    const [command, ...others] = commandsNamed(line.words);
    helpTopic = `${others.length > 0 ? first : command?.name} --help`;
    if (!command || others.length > 0) throw new UsageError(`sunroom ${first} needs one word more.`);
    await print(await command.run(invocationOf(command, line, environment)), line.flags.has("json"), write);
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

/** Writes the help that a command line requests, if it does. */
function requestedHelp({ words, flags }: Line): string | undefined {
  const [first, ...rest] = words;
  if (first !== "help" && !flags.has("help")) return undefined;
  const topic = first === "help" ? rest : words;
  return topic.length === 0 ? generalHelp() : helpOf(commandsNamed(topic));
}

/** A parsed command line. */
interface Line {
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function parse(args: readonly string[]): Line {
  const options = Object.assign({}, generalOptions, appOptions, ...commands.map((command) => command.options ?? {}));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries<{ value?: string }>(options).map(([name, option]) => [
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
    if (error instanceof TypeError && "code" in error) throw new UsageError(sentenceOf(error.message));
    throw error;
  }
}

/** Takes of Node's message its first sentence, and how a value that begins with a dash is written. */
function sentenceOf(message: string): string {
  const [first = ""] = message.split(/\. |\.?\n/);
  const ofDash = message.split("\n").find((line) => line.includes("starting with a dash"));
  return [`${first}.`, ...(ofDash === undefined ? [] : [ofDash])].join(" ");
}

/** Finds the command named at the beginning of the words, or all commands with names that begin with them. */
function commandsNamed(words: readonly string[]): readonly Command[] {
  const whole = commands.find((command) => command.name.split(" ").every((part, index) => words[index] === part));
  const found = whole ? [whole] : commands.filter((command) => command.name.startsWith(`${words.join(" ")} `));
  if (found.length === 0) throw new UsageError(`There is no command "${words.slice(0, 2).join(" ")}".`);
  return found;
}

/** Makes a command's invocation from its line. @throws UsageError for superfluous or missing parts */
function invocationOf(command: Command, line: Line, environment: Environment): Invocation {
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
  const namedApp = () => text("app") ?? (environment.SUNROOM_APP_ID || undefined);
  let connected: Api | undefined;
  const api = () => (connected ??= connect(text, environment));
  return {
    parameters,
    text,
    texts,
    flag: (option) => line.flags.has(option),
    api,
    namedApp,
    appId: async () => namedApp() ?? (await onlyApp(api())),
  };
}

/** Finds the account's only app, if none is named. */
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

async function print(output: Output, json: boolean, write: Terminal["write"]): Promise<void> {
  if ("chunks" in output) for await (const chunk of output.chunks) await write(chunk);
  else await write(`${json ? JSON.stringify(output.json, null, 2) : output.text}\n`);
}
