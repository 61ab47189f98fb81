import type { Command, Invocation } from "../command.ts";
import { UsageError } from "../failures.ts";
import type { Api } from "../server/api.ts";
import { connect, type Environment } from "../server/connect.ts";
import { onlyApp } from "../server/onlyApp.ts";
import { checkChoice, checkOptions, type Line } from "./parseLine.ts";

/** Makes a command's invocation from its line. @throws UsageError for superfluous, missing or wrong parts */
export function invocationOf(command: Command, line: Line, environment: Environment): Invocation {
  checkOptions(command, line);
  const parameters = line.words.slice(command.name.split(" ").length);
  checkParameters(command, parameters);
  const texts = (option: string) =>
    line.options.flatMap(({ name, value }) => (name === option && value !== undefined ? [value] : []));
  const text = (option: string) => texts(option).at(-1);
  const flag = (option: string) => line.options.some(({ name }) => name === option);
  const namedApp = () => text("app") ?? (environment.SUNROOM_APP_ID || undefined);
  let connected: Api | undefined;
  const api = () => (connected ??= connect(text, environment));
  return {
    ...{ parameters, text, texts, flag, api, namedApp },
    appId: async () => namedApp() ?? (await onlyApp(api())),
    confirm: (consequence) => {
      if (!flag("yes")) throw new UsageError(`${consequence}; add --yes if you mean it.`);
    },
  };
}

function checkParameters(command: Command, parameters: readonly string[]): void {
  const missing = command.parameters[parameters.length];
  if (missing?.startsWith("<")) {
    const allowed = command.choices?.[parameters.length];
    throw new UsageError(`sunroom ${command.name} needs ${missing}${allowed ? `: ${allowed.join(", ")}` : ""}.`);
  }
  const excess = parameters[command.parameters.length];
  if (excess !== undefined && !command.parameters.at(-1)?.endsWith("…"))
    throw new UsageError(`sunroom ${command.name} does not take "${excess}".`);
  for (const [index, value] of parameters.entries())
    checkChoice(command.parameters[index] ?? "", value, command.choices?.[index]);
}
