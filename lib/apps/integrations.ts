import type { Db, Item } from "../db/db.ts";
import { absent, and, equals, missing, present } from "../db/expression.ts";
import {
  apiKeyKey,
  appKey,
  appPartition,
  integrationEntryKey,
  integrationEntryPrefix,
  integrationKey,
  webhooksKey,
} from "../db/keys.ts";
import { pageOfQuery } from "../db/pageOfQuery.ts";
import { getItem, getItems } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import type { SecretBox } from "../db/secretBox.ts";
import { transact } from "../db/transact.ts";
import { updateItem } from "../db/writeItems.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { type Webhook, webhookLimit } from "../model/events/webhook.ts";
import { idPattern } from "../model/id.ts";
import type { Integration } from "../model/integration.ts";
import type { Page, PageQuery } from "../model/page.ts";
import { hasKeys, keyIdsOf } from "./apiKeys.ts";
import { notesWebhooks, readWebhooks, replacement } from "./webhooks.ts";

type Reading = Pick<Runtime, "db">;

const integrationItem = (integration: Integration, { seal }: SecretBox): Item => ({
  ...integrationKey(integration.id),
  id: integration.id,
  appId: integration.appId,
  type: integration.type,
  status: integration.status,
  displayName: integration.displayName,
  fields: seal(JSON.stringify(integration.fields), integration.id),
});

const readIntegration = (item: Item, { open }: SecretBox): Integration => ({
  id: item.id,
  appId: item.appId,
  type: item.type,
  status: item.status,
  displayName: item.displayName,
  fields: JSON.parse(open(item.fields, item.id)),
});

/** Finds an integration of any app by its id. */
export async function findIntegration({ db }: Reading, integrationId: string): Promise<Integration | undefined> {
  // A webhook may be called with any name, also with one that is no valid key.
  if (!idPattern.test(integrationId)) return undefined;
  const item = await getItem(db, integrationKey(integrationId));
  return item && readIntegration(item, db.secrets);
}

/**
 * Finds a custom integration of an app: the only kind with API keys and webhooks of its own.
 *
 * @throws ApiError `integration_not_found`, or `bad_request` for one of another kind
 */
export async function findCustomIntegration(
  runtime: Reading,
  app: App,
  integrationId: string,
  what: "API keys" | "Webhooks" = "API keys",
): Promise<Integration> {
  const integration = await findIntegration(runtime, integrationId);
  if (integration?.appId !== app.id) throw apiError.integrationNotFound();
  if (integration.type !== "custom") throw apiError.badRequest(`${what} are available only for custom integrations`);
  return integration;
}

/**
 * Stores an integration at its own key, and lists it in its app's partition; with a first webhook, unless the app has
 * as many webhooks as it can.
 */
export async function createIntegration(
  { db }: Reading,
  integration: Integration,
  webhook?: Webhook,
): Promise<"created" | "no app" | "too many webhooks"> {
  const { appId, id, type } = integration;
  const item = integrationItem(integration, db.secrets);
  const entry = { put: { ...integrationEntryKey(appId, id), id, type } };
  if (webhook === undefined) {
    await transact(db, { integration: { put: item, condition: absent }, entry });
    return "created";
  }
  let stored = readWebhooks(db, appId, await getItem(db, webhooksKey(appId)));
  return retryOnConflict(async () => {
    if (stored.webhooks.length >= webhookLimit) return "too many webhooks";
    const webhooks = replacement(db, appId, stored, [...stored.webhooks, webhook]);
    const noted = { webhooksVersion: webhooks.put.version };
    const written = await transact(db, {
      integration: { put: { ...item, ...noted }, condition: absent },
      entry,
      webhooks,
      app: { update: appKey(appId), set: noted, condition: present },
    });
    if (written.done) return "created";
    if (written.failed.app) return "no app";
    stored = readWebhooks(db, appId, written.failed.webhooks?.existing);
    return conflict;
  });
}

/** Lists one page of an app's integrations, of all types or of the given ones. */
export async function listIntegrations(
  { db }: Reading,
  appId: string,
  types: readonly string[] | undefined,
  query: PageQuery,
): Promise<Page<Integration>> {
  const entries = await pageOfQuery(
    db,
    {
      partition: appPartition(appId),
      prefix: integrationEntryPrefix,
      wanted: types && (({ type }) => types.includes(type)),
    },
    query,
    (item) => ({ id: item.id as string, type: item.type as string }),
  );
  const items = await getItems(
    db,
    entries.records.map((entry) => integrationKey(entry.id)),
  );
  return {
    ...entries,
    records: items.flatMap((item) => (item === undefined ? [] : [readIntegration(item, db.secrets)])),
  };
}

/** Changes an integration's name and fields as they are now; `undefined` if it is gone. */
export async function updateIntegration(
  { db }: Reading,
  integrationId: string,
  change: (integration: Integration) => Integration,
): Promise<Integration | undefined> {
  let item = await getItem(db, integrationKey(integrationId));
  return retryOnConflict(async () => {
    if (item === undefined) return undefined;
    const integration = change(readIntegration(item, db.secrets));
    const { update, condition, ...changes } = updateOf(db, item, integration);
    const written = await updateItem(db, update, changes, condition);
    if (written.done) return integration;
    item = written.existing;
    return conflict;
  });
}

/** Makes the write that changes an integration's name and fields, unless they were changed since they were read. */
const updateOf = ({ secrets }: Db, read: Item, { id, fields, displayName }: Integration) => ({
  update: integrationKey(id),
  set: { fields: secrets.seal(JSON.stringify(fields), id), displayName },
  condition: and(
    equals("fields", read.fields),
    read.displayName === undefined ? missing("displayName") : equals("displayName", read.displayName),
  ),
});

/**
 * Changes an integration and its app's webhooks as they are now, both or neither; `undefined` if the integration is
 * gone, or its app. What `changeWebhooks` throws is thrown before anything is written.
 */
export async function updateWithWebhooks(
  { db }: Reading,
  { id, appId }: Pick<Integration, "id" | "appId">,
  change: (integration: Integration) => Integration,
  changeWebhooks: (webhooks: readonly Webhook[]) => readonly Webhook[],
): Promise<Integration | undefined> {
  let item = await getItem(db, integrationKey(id));
  let stored = readWebhooks(db, appId, await getItem(db, webhooksKey(appId)));
  return retryOnConflict(async () => {
    if (item === undefined) return undefined;
    const integration = change(readIntegration(item, db.secrets));
    const update = updateOf(db, item, integration);
    const changed = changeWebhooks(stored.webhooks);
    const webhooks = replacement(db, appId, stored, changed);
    // The deletion of the integration, or of the app, sees by this that it has new webhooks to delete.
    const noted = changed.length > stored.webhooks.length ? { webhooksVersion: webhooks.put.version } : undefined;
    const written = await transact(db, {
      integration: { ...update, set: { ...update.set, ...noted } },
      webhooks,
      app: noted && { update: appKey(appId), set: noted, condition: present },
    });
    if (written.done) return integration;
    if (written.failed.app) return undefined;
    if (written.failed.integration) item = written.failed.integration.existing;
    if (written.failed.webhooks) stored = readWebhooks(db, appId, written.failed.webhooks.existing);
    return conflict;
  });
}

/**
 * Deletes an integration with its keys and webhooks in one transaction, so that none created meanwhile is left. Answers
 * the keys' ids, or `undefined` if the app has no integration of this id.
 */
export async function deleteIntegration(
  { db }: Reading,
  appId: string,
  integrationId: string,
): Promise<readonly string[] | undefined> {
  let item = await getItem(db, integrationKey(integrationId));
  return retryOnConflict(async () => {
    if (item?.appId !== appId) return undefined;
    const keyIds = keyIdsOf(item);
    const written = await transact(db, {
      integration: {
        delete: integrationKey(integrationId),
        condition: and(hasKeys(keyIds), notesWebhooks(item)),
      },
      entry: { delete: integrationEntryKey(appId, integrationId) },
      keys: keyIds.map((id) => ({ delete: apiKeyKey(id) })),
      webhooks: item.webhooksVersion === undefined ? undefined : await withoutWebhooksOf(db, appId, integrationId),
    });
    if (written.done) return keyIds;
    item = await getItem(db, integrationKey(integrationId));
    return conflict;
  });
}

/** Makes the write that removes an integration's webhooks from its app's, if it has any. */
async function withoutWebhooksOf(db: Db, appId: string, integrationId: string) {
  const stored = readWebhooks(db, appId, await getItem(db, webhooksKey(appId)));
  const others = stored.webhooks.filter((webhook) => webhook.integrationId !== integrationId);
  return others.length === stored.webhooks.length ? undefined : replacement(db, appId, stored, others);
}
