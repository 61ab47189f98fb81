import { findAccountKey } from "../../local/accountKey.ts";
import { findRunningServer } from "../../local/runningServer.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import { type Api, type Credentials, openApi } from "./api.ts";

/** The environment's settings. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The directory of the local server's data, relative to its start. */
const dataDirectory = ".local";

/**
 * Connects to the API of the server at `--url` or `SUNROOM_URL`, else of the local server that runs here. The key is
 * the given one, else the local server's own, which is never sent to any other.
 * @throws CommandFailed if no server runs here, UsageError if a part of the key is missing
 */
export function connect(option: (name: string) => string | undefined, environment: Environment): Api {
  const setting = (name: string, variable: string) => option(name) ?? (environment[variable] || undefined);
  const id = setting("key-id", "SUNROOM_KEY_ID");
  const secret = setting("key-secret", "SUNROOM_KEY_SECRET");
  const url = setting("url", "SUNROOM_URL");
  if ((id === undefined) !== (secret === undefined))
    throw new UsageError(
      id === undefined
        ? "There is the secret of a key but not its id; set SUNROOM_KEY_ID as well."
        : `There is no secret for the key ${id}; set SUNROOM_KEY_SECRET as well.`,
    );
  const givenKey: Credentials | undefined = id !== undefined && secret !== undefined ? { id, secret } : undefined;
  if (url === undefined) return connectLocally(givenKey, environment);
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new UsageError(`"${url}" is no URL of a server; it begins with https:// or http://.`);
  const parsed = new URL(url);
  if (parsed.username || parsed.password || parsed.search || parsed.hash)
    throw new UsageError(`The URL of ${parsed.host} is to have neither credentials nor a query.`);
  if (!givenKey) throw new UsageError(`A key is needed for ${url}; set SUNROOM_KEY_ID and SUNROOM_KEY_SECRET.`);
  return openApi(url, givenKey);
}

function connectLocally(givenKey: Credentials | undefined, environment: Environment): Api {
  const url = findRunningServer(dataDirectory);
  if (url === undefined)
    throw new CommandFailed(
      "No local server keeps its data here; start it with npm start or sunroom start. One with --memory or elsewhere is named by --url or SUNROOM_URL, with its key.",
    );
  // The settings that the local server itself reads, which may be set here as well.
  const key =
    givenKey ??
    findAccountKey(dataDirectory, { id: environment.ACCOUNT_KEY_ID, secret: environment.ACCOUNT_KEY_SECRET });
  if (!key) throw new CommandFailed(`The key of ${url} is not kept here; set SUNROOM_KEY_ID and SUNROOM_KEY_SECRET.`);
  return openApi(url, key);
}
