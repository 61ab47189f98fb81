import { parseArgs } from "node:util";
import { variable } from "../api/environment.ts";
import { CommandFailed, UsageError } from "../cli/failures.ts";
import { type Db, openDb } from "../db/db.ts";
import { sealedSecrets } from "../db/sealedSecrets.ts";
import { copyItems } from "./copyItems.ts";
import { type Replayed, replayDeletions, userIdsIn } from "./replayDeletions.ts";

/** The outputs of the command; `write` resolves when more may be written. */
export interface Terminal {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

const restoreHelp = `npm run restore -- replay --restored <table> --live <table>
  Deletes from a restored table what the live table says was deleted since: apps, API keys, users with all they said,
  personal information. Writes a report in JSON, by ids alone. A repeated call does what is left.
    --deleted-app <id>  an app that the live table lacks was deleted; repeatable
    --lost-app <id>     an app that it lacks was lost, and is kept; repeatable
    --keep-profiles     profiles that are empty in the live table were emptied by mishap, and are kept

npm run restore -- copy --restored <table> --live <table> --yes
  Copies what the live table lacks into it. Replays first, and copies nothing where that finds anything to do.
    --overwrite         items that it has, too: what was changed since is lost
    and the options of replay

npm run restore -- users --live <table> --app <id>
  Lists the ids of an app's users, one a line: for "sunroom people export" and "sunroom people erase".

The tables are those of the AWS account and region of the environment; ${variable.dynamodbEndpoint} names a local engine.
`;

const options = {
  restored: { type: "string" },
  live: { type: "string" },
  app: { type: "string" },
  "deleted-app": { type: "string", multiple: true },
  "lost-app": { type: "string", multiple: true },
  "keep-profiles": { type: "boolean" },
  overwrite: { type: "boolean" },
  yes: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** The options of each command, without which it takes none. */
const replayOptions = ["restored", "live", "deleted-app", "lost-app", "keep-profiles"] as const;
const allowed: Readonly<Record<string, readonly string[]>> = {
  replay: replayOptions,
  copy: [...replayOptions, "overwrite", "yes"],
  users: ["live", "app"],
};

/**
 * Runs one command line about a restored table, and answers the exit code: 0 if it was done, 1 if it could not be done
 * or a decision is missing, 2 if the command line is wrong.
 */
export async function runRestore(
  words: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  try {
    const { command, values } = readLine(words);
    if (values.help || command === undefined) {
      await terminal.write(restoreHelp);
      return command === undefined && !values.help ? 2 : 0;
    }
    if (command === "users") return await listUsers(values, environment, terminal);
    return command === "copy" ? await copy(values, environment, terminal) : await replay(values, environment, terminal);
  } catch (error) {
    const told = error instanceof UsageError || error instanceof CommandFailed ? error.message : refusal(error);
    if (told === undefined) throw error;
    terminal.complain(`${told}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Explains what AWS refused, or that its account is not known here; of any other error nothing. */
function refusal(error: unknown): string | undefined {
  if (error instanceof Error && "$fault" in error)
    return `DynamoDB answered ${error.name}: ${error.message}. Check the tables' names, the region and your rights.`;
  if (!(error instanceof Error)) return undefined;
  if (error.message === "Region is missing") return "The region is missing: set AWS_REGION.";
  return error.name === "CredentialsProviderError" ? "There are no credentials of AWS here." : undefined;
}

function readLine(words: readonly string[]): { readonly command: string | undefined; readonly values: Values } {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const [command, excess] = positionals;
    if (command === undefined) return { command, values };
    const own = allowed[command];
    if (own === undefined || excess !== undefined)
      throw new UsageError(`There is no command "${positionals.join(" ")}"; --help lists them.`);
    const foreign = Object.keys(values).find((name) => name !== "help" && !own.includes(name));
    if (foreign !== undefined) throw new UsageError(`restore ${command} has no option --${foreign}.`);
    return { command, values };
  } catch (error) {
    if (error instanceof TypeError && "code" in error) throw new UsageError(`${error.message.split(/\. |\n/)[0]}.`);
    throw error;
  }
}

/** Opens the table that an option names. */
function tableOf(option: "restored" | "live", values: Values, environment: Environment): Db {
  const name = values[option];
  if (!name) throw new UsageError(`--${option} is missing: the name of a table.`);
  const endpoint = environment[variable.dynamodbEndpoint] || undefined;
  return openDb(name, endpoint, sealedSecrets(environment[variable.secretsKey] || undefined));
}

function tablesOf(values: Values, environment: Environment) {
  const [restored, live] = [tableOf("restored", values, environment), tableOf("live", values, environment)];
  if (restored.tableName === live.tableName) throw new UsageError("--restored and --live name the same table.");
  return { restored, live };
}

async function replay(values: Values, environment: Environment, { write, complain }: Terminal): Promise<number> {
  const { restored, live } = tablesOf(values, environment);
  const report = await replayOnce(restored, live, values);
  await write(`${JSON.stringify(report, null, 2)}\n`);
  const left = await replayOnce(restored, live, values);
  if (left.undecidedApps.length > 0) {
    complain(`${undecided(left)}\n`);
    return 1;
  }
  if (changes(left) > 0)
    throw new CommandFailed(`The restored table still has what was deleted: ${JSON.stringify(left)}. Call it again.`);
  return 0;
}

const replayOnce = (restored: Db, live: Db, values: Values): Promise<Replayed> =>
  replayDeletions(
    { restored: { db: restored }, live, now: new Date() },
    {
      deletedApps: new Set(values["deleted-app"]),
      lostApps: new Set(values["lost-app"]),
      keepProfiles: values["keep-profiles"] ?? false,
    },
  );

const undecided = ({ undecidedApps }: Replayed): string =>
  `The live table lacks these apps, and no note says that they were deleted: ${undecidedApps.join(", ")}. Say of each --deleted-app or --lost-app.`;

const changes = ({ deletedApps, deletedKeys, deletedUsers, clearedUsers }: Replayed): number =>
  deletedApps.length + deletedKeys.length + deletedUsers.length + clearedUsers.length;

async function copy(values: Values, environment: Environment, { write }: Terminal): Promise<number> {
  const { restored, live } = tablesOf(values, environment);
  if (!values.yes) throw new UsageError(`This writes to the table ${live.tableName}; add --yes if you mean it.`);
  const left = await replayOnce(restored, live, values);
  if (left.undecidedApps.length > 0) throw new CommandFailed(undecided(left));
  if (changes(left) > 0)
    throw new CommandFailed(`More was deleted meanwhile: ${JSON.stringify(left)}. It is replayed; call it again.`);
  const copied = await copyItems(restored, live, { overwrite: values.overwrite ?? false, now: new Date() });
  await write(`${JSON.stringify(copied, null, 2)}\n`);
  return 0;
}

async function listUsers(values: Values, environment: Environment, { write }: Terminal): Promise<number> {
  const live = tableOf("live", values, environment);
  if (!values.app) throw new UsageError("--app is missing: the id of an app.");
  for await (const id of userIdsIn(live, values.app)) await write(`${id}\n`);
  return 0;
}
