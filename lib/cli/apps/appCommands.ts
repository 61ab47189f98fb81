import type { Command } from "../command.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allOf } from "../server/pages.ts";

export const appCommands: readonly Command[] = [
  {
    name: "app create",
    summary: "Make an app, which holds users, conversations and integrations",
    parameters: ["<displayName>"],
    inApp: false,
    examples: ['app create "My app"', 'app create "My app" --json'],
    run: async ({ parameters, api }) => {
      const { app } = await api().post<{ app: { id: string } }>("/v2/apps", { displayName: parameters[0] });
      const next = `Where there are other apps, the other commands mean this one after: export SUNROOM_APP_ID=${app.id}`;
      return { json: app, text: `${fieldLines(app)}\n\n${next}` };
    },
  },
  {
    name: "app list",
    summary: "List the apps of the account",
    parameters: [],
    inApp: false,
    examples: ["app list", "app list --json"],
    run: async ({ api }) => {
      const apps = await allOf<object>(api(), "/v2/apps", "apps");
      return { json: apps, text: tableOf(apps, ["id", "displayName"], "There is no app yet.") };
    },
  },
];
