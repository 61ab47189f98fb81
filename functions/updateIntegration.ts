import * as v from "valibot";
import { findIntegration, updateIntegration, updateWithWebhooks } from "../lib/apps/integrations.ts";
import { fieldsOf } from "../lib/apps/integrationTypes.ts";
import { listWebhooks } from "../lib/apps/integrationWebhooks.ts";
import { publicIntegration, publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { integrationSchema } from "../lib/http/schemas/integrationSchemas.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { webhookEntries } from "../lib/http/schemas/webhookSchemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { isChannelType } from "../lib/model/channel.ts";
import { withEntries } from "../lib/model/events/webhookEntries.ts";
import type { Integration } from "../lib/model/integration.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = v.looseObject({ webhooks: v.nullish(webhookEntries) });

/**
 * Changes the name and fields of an integration, so that a secret can be rotated; `null` clears. With them, the webhooks
 * that the body has: all of it or nothing.
 */
export const handler = appOperation("updateIntegration", body, restRuntime, async (call, runtime) => {
  const stored = await findIntegration(runtime, call.params.integrationId ?? "");
  if (stored?.appId !== call.app.id) throw apiError.integrationNotFound();
  const isCustom = stored.type === "custom";
  const specification = fieldsOf(stored.type) ?? {};
  const { displayName, ...change } = validate(integrationSchema(specification, "change", isCustom), call.body);
  const cleared = Object.keys(change).filter((name) => change[name] === null && specification[name]?.required);
  if (cleared.length > 0) throw apiError.badRequest(...cleared.map((name) => `${name} should not be null`));
  const changed = (current: Integration) => ({
    ...current,
    displayName:
      displayName === undefined ? current.displayName : typeof displayName === "string" ? displayName : undefined,
    fields: Object.fromEntries(
      Object.entries({ ...current.fields, ...change }).filter(([, value]) => value !== null && value !== undefined),
    ),
  });
  const entries = call.body.webhooks ?? [];
  const making = { integrationId: stored.id, newId: runtime.newId, now: call.now };
  const integration =
    entries.length === 0
      ? await updateIntegration(runtime, stored.id, changed)
      : await updateWithWebhooks(runtime, stored, changed, (webhooks) => withEntries(webhooks, entries, making));
  runtime.cache.integrations.delete(stored.id);
  if (!integration) throw apiError.integrationNotFound();
  const shown = {
    secrets: false,
    webhookUrl: isChannelType(integration.type) ? runtime.webhookUrl(integration.id, call.request) : undefined,
    webhooks: isCustom
      ? (await listWebhooks(runtime, integration)).map((webhook) => publicWebhook(webhook, call.now))
      : undefined,
  };
  return { status: 200, body: { integration: publicIntegration(integration, specification, shown) } };
});
