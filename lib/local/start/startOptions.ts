import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { nearestWord } from "../../model/values/nearestWord.ts";
import { StartError } from "../startError.ts";
import { allowedHostsVariable, readAllowedHosts } from "./hostRules.ts";

/** What the local server is started with. */
export interface StartOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The address to listen on besides those of `localhost`, which others can then reach. */
  readonly host: string | undefined;
  /** The hosts that callers at that address may name. */
  readonly allowedHosts: readonly string[];
  /** The folder of the data, relative to the current one; `undefined` for a temporary one that goes with the process. */
  readonly data: string | undefined;
  /** Whether to begin without the data that is there. */
  readonly fresh: boolean;
  /** The file of records to create at first. */
  readonly seed: string | undefined;
  /** Whether to print one line of JSON when the server is ready, and nothing else on the standard output. */
  readonly json: boolean;
  /** Whether to print neither requests nor events. */
  readonly quiet: boolean;
}

const options = {
  port: { type: "string" },
  host: { type: "string" },
  "allow-host": { type: "string", multiple: true },
  data: { type: "string" },
  memory: { type: "boolean" },
  fresh: { type: "boolean" },
  seed: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

/** The text of `sunroom start --help`. */
export const startHelp = `sunroom start
  Serves the API on this machine, with an embedded database.

Options:
  --port <number>    the port; 0 takes a free one (3000, or PORT)
  --host <address>   an address to listen on besides localhost; 0.0.0.0 for all of this machine
  --allow-host <name>  with --host, a name by which others call it, such as sunroom or .example.org;
                     again for another (SUNROOM_ALLOWED_HOSTS, apart by commas)
  --data <folder>    the folder of the data (.local)
  --memory           keeps the data in a temporary folder, which goes with the process
  --fresh            begins without the data that is there
  --seed <file>      creates what the file says at first, and again at a reset
  --json             prints one line when it is ready: {"url", "accountKey": {"id", "secret"}, "controlToken", "pid"}
  --quiet            prints neither requests nor events`;

/**
 * Reads the options of a start, and `PORT`.
 * @throws StartError for one that there is not, or with a value that it cannot have
 */
export function readStartOptions(
  parameters: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions {
  const values = parsed(parameters);
  const { data, memory = false, fresh = false, seed, json = false, quiet = false } = values;
  if (memory && data !== undefined)
    throw new StartError("--data keeps the data and --memory does not; give one of them.");
  for (const [name, value] of Object.entries({ host: values.host, data, seed }))
    if (value === "") throw new StartError(`--${name} needs a value.`);
  const host = readHost(values.host);
  const names = values["allow-host"] ?? [];
  if (host === undefined && names.length > 0)
    throw new StartError("--allow-host is for a server that others reach; give --host, too.");
  return {
    port: readPort(values.port ?? (environment.PORT || "3000"), values.port === undefined ? "PORT" : "--port"),
    host,
    allowedHosts: readAllowedHosts(names, environment[allowedHostsVariable]),
    data: memory ? undefined : (data ?? ".local"),
    fresh,
    seed,
    json,
    quiet: quiet || json,
  };
}

function parsed(parameters: readonly string[]) {
  try {
    return parseArgs({ args: [...parameters], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StartError(sentenceOf(error instanceof Error ? error.message : ""));
  }
}

/** Says what Node's own message says, in the words of this program. */
function sentenceOf(message: string): string {
  const [, argument] = /Unexpected argument '([^']*)'/.exec(message) ?? [];
  if (argument !== undefined) return `"${argument}" is no option of start.`;
  const [, option = "An option"] = /'(-[^' =]*)/.exec(message) ?? [];
  const known = Object.keys(options).map((name) => `--${name}`);
  const meant = nearestWord(option, known);
  if (!known.includes(option))
    return `There is no option "${option}"${meant ? ` (did you mean ${meant}?)` : ""}, only ${known.join(", ")}.`;
  return `${option} ${takesValue(option) ? "needs a value" : "takes no value"}.`;
}

const takesValue = (option: string): boolean =>
  Object.entries(options).some(([name, { type }]) => `--${name}` === option && type === "string");

function readPort(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new StartError(`${name} is "${text}", which is no port number.`);
  return port;
}

/** Reads an address to listen on; `undefined` if it is one of those that are listened on anyway. */
function readHost(host: string | undefined): string | undefined {
  if (host === undefined || ["localhost", "127.0.0.1", "::1"].includes(host)) return undefined;
  if (isIP(host) === 0)
    throw new StartError(`--host is "${host}", which is no IP address; 0.0.0.0 stands for all of this machine.`);
  return host;
}
