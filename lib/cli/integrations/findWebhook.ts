import type { Invocation } from "../command.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import { harmless } from "../plainText.ts";
import type { Api } from "../server/api.ts";
import { allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";

/** A webhook as the API answers it, its secret included. */
export interface Webhook {
  readonly id: string;
  readonly target: string;
  readonly triggers: readonly string[];
  readonly secret: string;
}

/** A webhook, with its integration. */
interface Found {
  readonly integrationId: string;
  readonly webhook: Webhook;
}

/** Writes the path of an app's integrations. */
export const integrationsPath = (appId: string) => `/v2/apps/${segment(appId)}/integrations`;

/** Writes the path of an integration's webhooks. */
export const webhooksPath = (appId: string, integrationId: string): string =>
  `${integrationsPath(appId)}/${segment(integrationId)}/webhooks`;

/** Shows a webhook without its secret. */
export const withoutSecret = ({ secret: _, ...shown }: Webhook): Omit<Webhook, "secret"> => shown;

/** Finds the path of the webhook that a command names, or of the only one. @throws CommandFailed if there is none */
export async function pathOf({ parameters: [id], api, appId }: Invocation): Promise<string> {
  const app = await appId();
  const name = id === undefined ? undefined : segment(id);
  const all = await allWebhooks(api(), app);
  const found = id === undefined ? onlyOne(all) : all.find(({ webhook }) => webhook.id === id);
  if (found === undefined) throw new CommandFailed(`The app has no webhook ${name ?? "yet"}.`);
  return `${webhooksPath(app, found.integrationId)}/${found.webhook.id}`;
}

function onlyOne(all: readonly Found[]): Found | undefined {
  if (all.length < 2) return all[0];
  const rows = all.map(({ webhook }) => `  ${webhook.id}  ${harmless(webhook.target)}\n`).join("");
  throw new UsageError(`There are several webhooks; say which:\n${rows}`);
}

/** Lists every webhook that the caller's key sees, each with its integration. */
export async function allWebhooks(api: Api, appId: string): Promise<readonly Found[]> {
  if (isOfIntegration(api)) {
    const { webhooks } = await api.get<{ webhooks: Webhook[] }>(webhooksPath(appId, "me"));
    return webhooks.map((webhook) => ({ integrationId: "me", webhook }));
  }
  return (await customIntegrations(api, appId)).flatMap(({ id, webhooks = [] }) =>
    webhooks.map((webhook) => ({ integrationId: id, webhook })),
  );
}

/** Tells whether the caller's key is that of an integration, which sees no other. */
const isOfIntegration = ({ credentials }: Api): boolean => credentials.id.startsWith("int_");

const customIntegrations = (api: Api, appId: string) =>
  allOf<{ readonly id: string; readonly webhooks?: readonly Webhook[] }>(api, integrationsPath(appId), "integrations", {
    "filter[types]": "custom",
  });

/** Finds the app's first custom integration, or makes one. */
export async function customIntegration(api: Api, appId: string): Promise<string> {
  if (isOfIntegration(api)) return "me";
  const [first] = await customIntegrations(api, appId);
  if (first !== undefined) return first.id;
  const body = { type: "custom", displayName: "Receivers of events" };
  return (await api.post<{ integration: { id: string } }>(integrationsPath(appId), body)).integration.id;
}
