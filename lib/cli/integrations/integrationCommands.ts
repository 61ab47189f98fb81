import { channelTypes } from "../../model/channel.ts";
import { sdkTypes } from "../../model/integration.ts";
import { type Command, yes } from "../command.ts";
import { readAssignments } from "../line/assignments.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";
import { integrationsPath, type Webhook, withoutSecret } from "./findWebhook.ts";

/** The types of integration that can be created. */
const types: readonly string[] = [...sdkTypes, "custom", ...channelTypes];

export const integrationCommands: readonly Command[] = [
  {
    name: "integration create",
    summary: "Connect a front end (web, ios, android, unity, custom) or a messaging channel",
    parameters: ["<type>", "[field=value]…"],
    choices: [types],
    options: { "display-name": { value: "name", summary: "A name for people" } },
    inApp: true,
    notes: [
      "The fields of each channel are in docs/channels.md; a value that is not a string is written field:=json.",
      "What Sunroom makes itself, such as a token to verify webhooks with, is shown this once; what you said is not repeated.",
    ],
    examples: [
      "integration create web",
      'integration create telegram token="$TELEGRAM_TOKEN"',
      'integration create whatsapp phoneNumberId=1234567 appSecret="$APP_SECRET" --display-name Support',
    ],
    run: async ({ parameters: [type, ...assignments], text, api, appId }) => {
      const fields = readAssignments(assignments);
      const displayName = text("display-name");
      const body = { ...fields, type, ...(displayName === undefined ? {} : { displayName }) };
      const { integration } = await api().post<{ integration: object }>(integrationsPath(await appId()), body);
      const made = Object.fromEntries(Object.entries(integration).filter(([name]) => !Object.hasOwn(fields, name)));
      return { json: made, text: fieldLines(made) };
    },
  },
  {
    name: "integration update",
    summary: "Change an integration's fields, e.g. the secret that its channel signs with",
    parameters: ["<integrationId>", "<field=value>…"],
    inApp: true,
    notes: ["Deliveries signed with another secret are refused within a minute, so change it at the provider as well."],
    examples: ['integration update 65f0c1d2e3a4b5c6d7e8f901 channelSecret="$CHANNEL_SECRET"'],
    run: async ({ parameters: [id = "", ...assignments], api, appId }) => {
      const fields = readAssignments(assignments);
      const path = `${integrationsPath(await appId())}/${segment(id)}`;
      const { integration } = await api().patch<{ integration: object }>(path, fields);
      const changed = Object.fromEntries(Object.entries(integration).filter(([name]) => !Object.hasOwn(fields, name)));
      return { json: changed, text: fieldLines(changed) };
    },
  },
  {
    name: "integration list",
    summary: "List an app's integrations",
    parameters: [],
    inApp: true,
    examples: ["integration list", "integration list --json"],
    run: async ({ api, appId }) => {
      const integrations = await allOf<object>(api(), integrationsPath(await appId()), "integrations");
      return {
        json: integrations,
        text: tableOf(integrations, ["id", "type", "status", "displayName"], "The app has no integration yet."),
      };
    },
  },
  {
    name: "integration get",
    summary: "Show an integration, without its secrets",
    parameters: ["<integrationId>"],
    inApp: true,
    examples: ["integration get 65f0c1d2e3a4b5c6d7e8f901", "integration get 65f0c1d2e3a4b5c6d7e8f901 --json"],
    run: async ({ parameters: [id = ""], api, appId }) => {
      const path = `${integrationsPath(await appId())}/${segment(id)}`;
      const { integration } = await api().get<{ integration: { webhooks?: readonly Webhook[] } }>(path);
      const { webhooks, ...others } = integration;
      const shown = { ...others, ...(webhooks ? { webhooks: webhooks.map(withoutSecret) } : {}) };
      return { json: shown, text: fieldLines(shown) };
    },
  },
  {
    name: "integration delete",
    summary: "Delete an integration with its keys and webhooks; users and messages stay",
    parameters: ["<integrationId>"],
    options: yes,
    inApp: true,
    notes: [
      "People cannot be reached by it any more: a new one of the same channel has another webhook and other users.",
    ],
    examples: ["integration delete 65f0c1d2e3a4b5c6d7e8f901 --yes"],
    run: async ({ parameters: [id = ""], api, appId, confirm }) => {
      confirm("This disconnects everybody who writes by this integration for good");
      await api().delete(`${integrationsPath(await appId())}/${segment(id)}`);
      return { json: { id, deleted: true }, text: `The integration ${id} is deleted.` };
    },
  },
];
