import { webhookTriggers } from "../../model/events/webhook.ts";
import type { Command, Invocation, Option } from "../command.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";
import { allWebhooks, customIntegration, pathOf, type Webhook, webhooksPath, withoutSecret } from "./findWebhook.ts";

interface Delivery {
  readonly id: string;
  readonly status: string;
  readonly event: { readonly id: string; readonly type: string };
  readonly attempts: readonly { readonly responseStatus?: number; readonly error?: string }[];
}

/** The statuses of a delivery. */
const statuses: readonly string[] = ["pending", "delivered", "failed"];

/** The trigger of a webhook for which none is named. */
const usualTrigger = "conversation:message";

const fields: Readonly<Record<string, Option>> = {
  trigger: { value: "name", values: webhookTriggers, summary: `An event to tell of, e.g. ${usualTrigger}. Repeatable` },
  secret: { value: "text", summary: "The secret of the signatures; one is made, if it is not given" },
  "include-full-user": { value: "true|false", values: ["true", "false"], summary: "Whether events hold whole users" },
  "include-full-source": {
    value: "true|false",
    values: ["true", "false"],
    summary: "Whether events hold the client and device of a source",
  },
};

export const webhookCommands: readonly Command[] = [
  {
    name: "webhook create",
    summary: "Tell a URL of what happens in an app, and show the secret that signs it",
    parameters: ["<target>"],
    options: {
      ...fields,
      integration: { value: "id", summary: "The custom integration; the first one of the app, if none is given" },
    },
    inApp: true,
    notes: [
      `Without --trigger it hears of every message (${usualTrigger}); docs/events.md lists all events.`,
      "A webhook is part of a custom integration; where the app has none yet, one is made.",
    ],
    examples: [
      "webhook create https://example.org/events",
      "webhook create http://localhost:4000 --trigger conversation:message --trigger user:merge",
    ],
    run: async ({ parameters: [target], text, texts, api, appId }) => {
      const app = await appId();
      const integration = text("integration") ?? (await customIntegration(api(), app));
      const triggers = texts("trigger").length > 0 ? texts("trigger") : [usualTrigger];
      const body = { target, ...fieldsOf({ text, texts }), triggers };
      const { webhook } = await api().post<{ webhook: Webhook }>(webhooksPath(app, integration), body);
      return { json: webhook, text: fieldLines(webhook) };
    },
  },
  {
    name: "webhook list",
    summary: "List an app's webhooks, without their secrets",
    parameters: [],
    inApp: true,
    examples: ["webhook list", "webhook list --json"],
    run: async ({ api, appId }) => {
      const found = await allWebhooks(api(), await appId());
      const listed = found.map(({ webhook }) => withoutSecret(webhook));
      return { json: listed, text: tableOf(listed, ["id", "target", "triggers"], "The app has no webhook yet.") };
    },
  },
  {
    name: "webhook update",
    summary: "Change a webhook's target, triggers or secret",
    parameters: ["<webhookId>"],
    options: { target: { value: "url", summary: "The URL that is told" }, ...fields },
    inApp: true,
    notes: [
      "Triggers that are given replace those before. A given secret is used at once; rotate keeps both for a day.",
    ],
    examples: ["webhook update 65f0c1d2e3a4b5c6d7e8f901 --target https://example.org/events"],
    run: async (invocation) => {
      const body = fieldsOf(invocation);
      if (Object.keys(body).length === 0) throw new UsageError("Say what to change.");
      const { webhook } = await invocation.api().patch<{ webhook: Webhook }>(await pathOf(invocation), body);
      const shown = withoutSecret(webhook);
      return { json: shown, text: fieldLines(shown) };
    },
  },
  {
    name: "webhook delete",
    summary: "Delete a webhook; what is on its way to it is not delivered any more",
    parameters: ["<webhookId>"],
    inApp: true,
    examples: ["webhook delete 65f0c1d2e3a4b5c6d7e8f901"],
    run: async (invocation) => {
      await invocation.api().delete(await pathOf(invocation));
      const [id] = invocation.parameters;
      return { json: { id, deleted: true }, text: `The webhook ${id} is deleted.` };
    },
  },
  {
    name: "webhook rotate",
    summary: "Give a webhook a new secret, and show it",
    parameters: ["<webhookId>"],
    inApp: true,
    notes: [
      "For a day events are signed with both secrets, and X-API-Key is the old one: give the receiver the new one within it.",
    ],
    examples: ["webhook rotate 65f0c1d2e3a4b5c6d7e8f901"],
    run: async (invocation) => {
      const { webhook } = await invocation.api().post<{ webhook: Webhook }>(`${await pathOf(invocation)}/rotate`, {});
      return { json: webhook, text: fieldLines(webhook) };
    },
  },
  {
    name: "webhook ping",
    summary: "Send a webhook's target an event that says nothing, and tell how it answers",
    parameters: ["[webhookId]"],
    inApp: true,
    notes: ["The only webhook of the app, if none is named."],
    examples: ["webhook ping", "webhook ping 65f0c1d2e3a4b5c6d7e8f901"],
    run: async (invocation) => {
      const { delivery } = await invocation
        .api()
        .post<{ delivery: { readonly status: string } }>(`${await pathOf(invocation)}/ping`, {});
      if (delivery.status !== "delivered")
        throw new CommandFailed(`The target did not take it.\n${fieldLines(delivery)}`);
      return { json: delivery, text: fieldLines(delivery) };
    },
  },
  {
    name: "webhook deliveries",
    summary: "List what was delivered to a webhook within seven days, the newest first",
    parameters: ["[webhookId]"],
    options: {
      status: { value: "status", values: statuses, summary: "Only those that are pending, delivered or failed" },
    },
    inApp: true,
    notes: ["The only webhook of the app, if none is named."],
    examples: ["webhook deliveries", "webhook deliveries 65f0c1d2e3a4b5c6d7e8f901 --status failed"],
    run: async (invocation) => {
      const wanted = invocation.text("status");
      const all = await allOf<Delivery>(invocation.api(), `${await pathOf(invocation)}/deliveries`, "deliveries");
      const deliveries = wanted === undefined ? all : all.filter(({ status }) => status === wanted);
      const columns = ["id", "status", "event", "queuedAt", "attempts", "answer"];
      return { json: deliveries, text: tableOf(deliveries.map(rowOf), columns, "There is none.") };
    },
  },
  {
    name: "webhook replay",
    summary: "Deliver an event to a webhook again, under the same event id",
    parameters: ["<webhookId>", "<deliveryId>"],
    inApp: true,
    examples: ["webhook replay 65f0c1d2e3a4b5c6d7e8f901 5d41402abc4b2a76b9719d91"],
    run: async (invocation) => {
      const [, deliveryId = ""] = invocation.parameters;
      const path = `${await pathOf(invocation)}/deliveries/${segment(deliveryId)}/replay`;
      const { delivery } = await invocation.api().post<{ delivery: Delivery }>(path, {});
      return { json: delivery, text: fieldLines(rowOf(delivery)) };
    },
  },
];

/** Shows a delivery in one line: its last answer, or the reason why there was none. */
function rowOf({ event, attempts, ...delivery }: Delivery): object {
  const last = attempts.at(-1);
  return { ...delivery, event: event.type, attempts: attempts.length, answer: last?.responseStatus ?? last?.error };
}

/** Makes the API's fields of the options that were given. */
function fieldsOf({ text, texts }: Pick<Invocation, "text" | "texts">): object {
  const triggers = texts("trigger");
  const body = {
    target: text("target"),
    triggers: triggers.length > 0 ? triggers : undefined,
    secret: text("secret"),
    includeFullUser: truth("include-full-user", text),
    includeFullSource: truth("include-full-source", text),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

const truth = (option: string, text: Invocation["text"]): boolean | undefined => {
  const value = text(option);
  return value === undefined ? undefined : value === "true";
};
