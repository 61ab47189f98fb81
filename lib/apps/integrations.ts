import type { Item } from "../db/db.ts";
import { absent, and, equals, missing } from "../db/expression.ts";
import { apiKeyKey, appPartition, integrationEntryKey, integrationEntryPrefix, integrationKey } from "../db/keys.ts";
import { pageOfQuery } from "../db/pageOfQuery.ts";
import { getItem, getItems } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import type { SecretBox } from "../db/secretBox.ts";
import { transact } from "../db/transact.ts";
import { updateItem } from "../db/writeItems.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { idPattern } from "../model/id.ts";
import type { Integration } from "../model/integration.ts";
import type { Page, PageQuery } from "../model/page.ts";
import { hasKeys, keyIdsOf } from "./apiKeys.ts";

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
 * Finds a custom integration of an app: the only kind with API keys of its own.
 *
 * @throws ApiError `integration_not_found`, or `bad_request` for one of another kind
 */
export async function findCustomIntegration(runtime: Reading, app: App, integrationId: string): Promise<Integration> {
  const integration = await findIntegration(runtime, integrationId);
  if (integration?.appId !== app.id) throw apiError.integrationNotFound();
  if (integration.type !== "custom") throw apiError.badRequest("API keys are available only for custom integrations");
  return integration;
}

/** Stores an integration at its own key, and lists it in its app's partition. */
export async function createIntegration({ db }: Reading, integration: Integration): Promise<void> {
  const { appId, id, type } = integration;
  await transact(db, {
    integration: { put: integrationItem(integration, db.secrets), condition: absent },
    entry: { put: { ...integrationEntryKey(appId, id), id, type } },
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
    const written = await updateItem(
      db,
      integrationKey(integrationId),
      {
        set: {
          fields: db.secrets.seal(JSON.stringify(integration.fields), integrationId),
          displayName: integration.displayName,
        },
      },
      and(
        equals("fields", item.fields),
        item.displayName === undefined ? missing("displayName") : equals("displayName", item.displayName),
      ),
    );
    if (written.done) return integration;
    item = written.existing;
    return conflict;
  });
}

/**
 * Deletes an integration with its keys in one transaction, so that no key created meanwhile is left. Answers the keys'
 * ids, or `undefined` if the app has no integration of this id.
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
      integration: { delete: integrationKey(integrationId), condition: hasKeys(keyIds) },
      entry: { delete: integrationEntryKey(appId, integrationId) },
      keys: keyIds.map((id) => ({ delete: apiKeyKey(id) })),
    });
    if (written.done) return keyIds;
    item = written.failed.integration?.existing;
    return conflict;
  });
}
