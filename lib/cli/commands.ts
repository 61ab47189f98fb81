import { accountCommands } from "./apps/accountCommands.ts";
import { appCommands } from "./apps/appCommands.ts";
import { keyCommands } from "./apps/keyCommands.ts";
import { channelCommands } from "./channels/channelCommands.ts";
import type { Command, Option } from "./command.ts";
import { conversationCommands } from "./conversations/conversationCommands.ts";
import { messageCommands } from "./conversations/messageCommands.ts";
import { integrationCommands } from "./integrations/integrationCommands.ts";
import { webhookCommands } from "./integrations/webhookCommands.ts";
import { peopleCommands } from "./people/peopleCommands.ts";
import { tokenCommand } from "./users/tokenCommand.ts";
import { userCommands } from "./users/userCommands.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  ...appCommands,
  ...keyCommands,
  ...integrationCommands,
  ...webhookCommands,
  ...channelCommands,
  ...userCommands,
  ...conversationCommands,
  ...messageCommands,
  ...peopleCommands,
  tokenCommand,
  ...accountCommands,
];

/** The options that every command takes. */
export const generalOptions: Readonly<Record<string, Option>> = {
  url: { value: "url", summary: "The server, or SUNROOM_URL; the local one that runs here, if none is given" },
  "key-id": { value: "id", summary: "The API key's id, or SUNROOM_KEY_ID" },
  "key-secret": {
    value: "secret",
    summary: "Its secret; better in SUNROOM_KEY_SECRET, which no list of processes shows",
  },
  json: { summary: "Answer in JSON" },
  help: { short: "h", summary: "Show how a command is used" },
};

/** The options that every command within an app takes. */
const appOptions: Readonly<Record<string, Option>> = {
  app: { value: "id", summary: "The app, or SUNROOM_APP_ID; the account's only one, if it has but one" },
};

/** What only the program itself is asked. */
export const ownOptions: Readonly<Record<string, Option>> = {
  version: { short: "v", summary: "Show the version" },
};

/** Every option that there is. */
export const allOptions: Readonly<Record<string, Option>> = Object.assign(
  { ...generalOptions, ...appOptions, ...ownOptions },
  ...commands.map((command) => command.options ?? {}),
);

/** Lists every option that a command takes. */
export const optionsOf = (command: Command): Readonly<Record<string, Option>> => ({
  ...command.options,
  ...(command.inApp ? appOptions : {}),
  ...generalOptions,
});
