import type { AccountKey } from "../accountKey.ts";
import { startCommand } from "./startCommand.ts";

/** What the terminal's text tells. */
interface Welcome {
  readonly url: string;
  readonly accountKey: AccountKey;
  /** What the database is. */
  readonly engine: string;
  /** Whether the data outlives the process. */
  readonly isKept: boolean;
}

/** Writes the terminal's text when the server is ready. */
export function welcome({ url, accountKey, engine, isKept }: Welcome): string {
  const end = isKept
    ? `Ctrl-C stops it; "${startCommand("--fresh")}" deletes its data and begins anew.`
    : "Ctrl-C stops it, and its data is gone then.";
  return `
Sunroom is ready at ${url}

  Try the four ways   ${url}/
  API documentation   ${url}/docs
  Account key id      ${accountKey.id}
  Account key secret  ${accountKey.secret}

Its database is ${engine}. ${end}
To make an app, an API key of the app and a user, paste this into another terminal:

${firstUser(url, accountKey)}
`;
}

/** Writes shell commands that make an app, a key of it and a user, with only curl and sed. */
function firstUser(url: string, accountKey: AccountKey): string {
  return `API=${url}/v2/apps ACCOUNT=${accountKey.id}:${accountKey.secret} JSON='content-type: application/json'
APP=$(curl -s -u "$ACCOUNT" -H "$JSON" -d '{"displayName":"My app"}' $API | sed -E 's/.*"app":\\{"id":"([^"]*)".*/\\1/')
KEY=$(curl -s -u "$ACCOUNT" -H "$JSON" -d '{"displayName":"My key"}' $API/$APP/keys | sed -E 's/.*"id":"([^"]*)".*"secret":"([^"]*)".*/\\1:\\2/')
curl -s -u "$KEY" -H "$JSON" -d '{"externalId":"your-own-id"}' $API/$APP/users && echo " app $APP key $KEY"`;
}
