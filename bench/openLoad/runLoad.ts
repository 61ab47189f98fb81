import { parseArgs } from "node:util";
import { CommandFailed, UsageError } from "../../lib/cli/failures.ts";
import { connect, type Environment } from "../../lib/cli/server/connect.ts";
import { loadedApp } from "./loadedApp.ts";
import { machineClock, openLoop } from "./openLoop.ts";
import { serviceLevel } from "./serviceLevel.ts";
import { summarize } from "./summary.ts";

interface Terminal {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Number of requests under way at once, beyond which the machine that sends them is what is measured. */
const mostAtOnce = 2_000;

const usage = `npm run load -- --url https://… --rate 50 --seconds 60 --key <id>:<secret>
  --url       the server, or SUNROOM_URL; the local one that runs here, if none is given
  --key       the account key, or SUNROOM_KEY_ID and SUNROOM_KEY_SECRET, which no list of processes shows
  --rate      requests a second, sent whether or not earlier ones are answered; 50 unless given
  --seconds   how long; 60 unless given
  --p99       milliseconds that 99 of 100 requests may take; ${serviceLevel.p99Milliseconds} unless given
  --answered  percent of requests that must be answered as they should be; ${serviceLevel.answered * 100} unless given
It makes an app of its own, sends requests of all four ways and reads, prints the figures, and deletes the app.
The exit code is 0 if the level is met, 1 if not, and 2 if the command line is wrong.
`;

/** Puts a load on a server, and answers the exit code. */
export async function runLoad(
  words: readonly string[],
  environment: Environment,
  { write, complain }: Terminal,
  signal?: AbortSignal,
): Promise<number> {
  try {
    const values = readOptions(words);
    if (values.help) {
      write(usage);
      return 0;
    }
    const number = (name: "rate" | "seconds" | "p99" | "answered", otherwise: number, most: number) =>
      readNumber(name, values[name] ?? String(otherwise), most);
    const arrivals = { perSecond: number("rate", 50, 5_000), seconds: number("seconds", 60, 86_400) };
    const level = {
      p99Milliseconds: number("p99", serviceLevel.p99Milliseconds, 60_000),
      answered: number("answered", serviceLevel.answered * 100, 100) / 100,
    };
    const api = connect((name) => connection(name, values), environment);
    if (!api.credentials.id.startsWith("act_"))
      throw new UsageError("The load makes an app of its own, for which the account key is needed (act_…).");
    const app = await loadedApp(api);
    try {
      const started = performance.now();
      const samples = await openLoop({ ...arrivals, mostAtOnce, clock: machineClock, signal }, app.send);
      const seconds = (performance.now() - started) / 1_000;
      const { text, isMet } = summarize(samples, level);
      write(`${heading(api.url, arrivals, samples.length / seconds)}\n\n${text}\n${hint(samples)}`);
      return isMet ? 0 : 1;
    } finally {
      await app.remove();
    }
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CommandFailed)) throw error;
    complain(`${error.message}\n${error instanceof UsageError ? usage : ""}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

const text = { type: "string" } as const;
const options = {
  ...{ url: text, key: text, rate: text, seconds: text, p99: text, answered: text },
  help: { type: "boolean" },
} as const;

function readOptions(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message.split(/\. |\n/)[0]}.`);
    throw error;
  }
}

/** Answers what the command line says of the connection. */
function connection(name: string, { url, key }: { url?: string; key?: string }): string | undefined {
  if (name === "url") return url;
  if (key === undefined) return undefined;
  const [id, secret] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  if (!key.includes(":") || id === "" || secret === "") throw new UsageError("--key is of the form <id>:<secret>.");
  return name === "key-id" ? id : secret;
}

function readNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || value > most)
    throw new UsageError(`--${name} is a number above 0 and up to ${most}, and not ${text}.`);
  return value;
}

const heading = (url: string, { perSecond, seconds }: { perSecond: number; seconds: number }, reached: number) =>
  `${url}: ${perSecond} requests a second were due for ${seconds} seconds; ${reached.toFixed(1)} a second were done.`;

/** Explains refusals that are a limit's, and no fault. */
const hint = (samples: readonly { readonly outcome: string }[]): string =>
  samples.some(({ outcome }) => outcome === "429")
    ? "\n429: one network may create 600 anonymous users at once and 10 a second; each public route takes 200 requests a second\n(docs/operations.md, Quotas). A load beyond that comes from several networks, or is refused as it should be.\n"
    : "";
