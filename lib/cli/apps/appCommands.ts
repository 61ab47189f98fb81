import { type Command, yes } from "../command.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";

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
  {
    name: "app delete",
    summary: "Delete an app with its keys, integrations, users, conversations and messages, for good",
    parameters: ["<appId>"],
    options: yes,
    inApp: false,
    notes: ["Its keys are refused within a minute. What its users said is erased some minutes later."],
    examples: ["app delete 65f0c1d2e3a4b5c6d7e8f901 --yes"],
    run: async ({ parameters: [id = ""], api, confirm }) => {
      confirm("This deletes an app with all users and all they said for good");
      await api().delete(`/v2/apps/${segment(id)}`);
      return { json: { id, deleted: true }, text: `The app ${id} is deleted.` };
    },
  },
];
