import { equals, present } from "../db/expression.ts";
import { appKey, integrationKey, webhooksKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import { apiError } from "../model/apiError.ts";
import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import { type Webhook, webhookLimit } from "../model/events/webhook.ts";
import type { Integration } from "../model/integration.ts";
import { findCustomIntegration } from "./integrations.ts";
import { findWebhooks, readWebhooks, replacement } from "./webhooks.ts";

type Reading = Pick<Runtime, "db">;

/** The part of a call that names an integration's webhooks. */
export interface WebhookCall {
  readonly app: App;
  readonly key: ApiKey;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Finds the custom integration whose webhooks a call is about. An integration's own key may name it `me`, and finds no
 * other.
 * @throws ApiError `integration_not_found`, or `bad_request` for an integration of another type
 */
export async function findCalledIntegration(runtime: Reading, { app, key, params }: WebhookCall): Promise<Integration> {
  const { integrationId = "" } = params;
  const own = key.integrationId;
  const named = own !== undefined && integrationId === "me" ? own : integrationId;
  if (own !== undefined && named !== own) throw apiError.integrationNotFound();
  return findCustomIntegration(runtime, app, named, "Webhooks");
}

/** Lists the webhooks of a custom integration, oldest first. */
export async function listWebhooks(
  runtime: Reading,
  { appId, id }: Pick<Integration, "appId" | "id">,
): Promise<readonly Webhook[]> {
  const found = await findWebhooks(runtime, [appId]);
  return (found.get(appId)?.webhooks ?? []).filter(({ integrationId }) => integrationId === id);
}

/**
 * Finds the webhook that a call is about.
 * @throws ApiError `not_found`, or an error of the integration
 */
export async function findCalledWebhook(runtime: Reading, call: WebhookCall): Promise<Webhook> {
  const integration = await findCalledIntegration(runtime, call);
  const webhooks = await listWebhooks(runtime, integration);
  const webhook = webhooks.find(({ id }) => id === call.params.webhookId);
  if (!webhook) throw apiError.notFound();
  return webhook;
}

/** Stores a webhook of an integration, unless the app has as many as it can. */
export async function createWebhook(
  { db }: Reading,
  appId: string,
  webhook: Webhook,
): Promise<"created" | "no integration" | "too many"> {
  let stored = readWebhooks(db, appId, await getItem(db, webhooksKey(appId)));
  return retryOnConflict(async () => {
    if (stored.webhooks.length >= webhookLimit) return "too many";
    const webhooks = replacement(db, appId, stored, [...stored.webhooks, webhook]);
    const noted = { webhooksVersion: webhooks.put.version };
    const written = await transact(db, {
      webhooks,
      // The deletion of the integration, or of the app, sees by this that it has webhooks to delete.
      integration: {
        update: integrationKey(webhook.integrationId),
        set: noted,
        condition: equals("appId", appId),
      },
      app: { update: appKey(appId), set: noted, condition: present },
    });
    if (written.done) return "created";
    if (written.failed.integration ?? written.failed.app) return "no integration";
    stored = readWebhooks(db, appId, written.failed.webhooks?.existing);
    return conflict;
  });
}

/**
 * Changes the webhook that a call is about, as it is now, or removes it.
 * @returns the changed webhook, or the removed one
 * @throws ApiError `not_found`, or an error of the integration
 */
export async function changeCalledWebhook(
  runtime: Reading,
  call: WebhookCall,
  change: (webhook: Webhook) => Webhook | "removed",
): Promise<Webhook> {
  const { db } = runtime;
  const { appId, id: integrationId } = await findCalledIntegration(runtime, call);
  let stored = readWebhooks(db, appId, await getItem(db, webhooksKey(appId)));
  return retryOnConflict(async () => {
    const current = stored.webhooks.find(
      (webhook) => webhook.id === call.params.webhookId && webhook.integrationId === integrationId,
    );
    if (current === undefined) throw apiError.notFound();
    const changed = change(current);
    if (changed === current) return current;
    const webhooks = stored.webhooks.flatMap((webhook) =>
      webhook !== current ? [webhook] : changed === "removed" ? [] : [changed],
    );
    // A transaction even of one write: the SDK repeats it under a token, so that it is not taken for another's change.
    const written = await transact(db, { webhooks: replacement(db, appId, stored, webhooks) });
    if (written.done) return changed === "removed" ? current : changed;
    stored = readWebhooks(db, appId, written.failed.webhooks?.existing);
    return conflict;
  });
}
