import type { AccountKey } from "../accountKey.ts";
import { startCommand } from "./startCommand.ts";

/** Writes the terminal's text when the server is ready. */
export function welcome(url: string, accountKey: AccountKey, engine: string): string {
  return `
Sunroom is ready at ${url}

  Try the four ways   ${url}/
  API documentation   ${url}/docs
  Account key id      ${accountKey.id}
  Account key secret  ${accountKey.secret}

Its database is ${engine}. Ctrl-C stops it; "${startCommand("--fresh")}" deletes its data and begins anew.
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
