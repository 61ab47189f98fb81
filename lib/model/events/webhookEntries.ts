import { apiError } from "../apiError.ts";
import { changedWebhook, type Given, newWebhook, type Webhook, type WebhookFields, webhookLimit } from "./webhook.ts";

/** A webhook in an update of its integration: the one of this id, else the one of this target, else a new one. */
export type WebhookEntry = Given<WebhookFields> & { readonly id?: string | undefined };

/** What a new webhook has that its owner does not choose. */
export interface Making {
  readonly integrationId: string;
  readonly newId: () => string;
  readonly now: Date;
}

/**
 * Changes those of an app's webhooks that the entries name among the integration's, one entry after the other, and adds
 * the new ones. The others stay.
 * @throws ApiError `not_found` for an id of no webhook of the integration; `bad_request` for a new webhook without a
 * target or triggers, for two entries of one webhook, and for more webhooks than an app can have
 */
export function withEntries(
  webhooks: readonly Webhook[],
  entries: readonly WebhookEntry[],
  making: Making,
): readonly Webhook[] {
  const result = [...webhooks];
  const done = new Set<string>();
  for (const [index, { id, ...fields }] of entries.entries()) {
    const place = result.findIndex(
      (webhook) =>
        webhook.integrationId === making.integrationId &&
        (id === undefined ? webhook.target === fields.target : webhook.id === id),
    );
    const current = result[place];
    if (current === undefined && id !== undefined) throw apiError.notFound();
    const next = current ? changedWebhook(current, fields) : madeOf(fields, `webhooks.${index}`, making);
    if (done.has(next.id)) throw apiError.badRequest(`webhooks.${index} is about the same webhook as another item`);
    done.add(next.id);
    result.splice(current ? place : result.length, 1, next);
  }
  if (result.length > webhookLimit) throw apiError.tooManyWebhooks(webhookLimit);
  return result;
}

function madeOf(fields: Given<WebhookFields>, path: string, { integrationId, newId, now }: Making): Webhook {
  const { target, triggers } = fields;
  if (target === undefined) throw apiError.badRequest(`${path} should have required property 'target'`);
  if (triggers === undefined) throw apiError.badRequest(`${path} should have required property 'triggers'`);
  return newWebhook({ id: newId(), integrationId }, { ...fields, target, triggers }, now);
}
