import type { Item } from "../db/db.ts";
import { absent, and, equals } from "../db/expression.ts";
import {
  apiKeyKey,
  appKey,
  appPartition,
  appsPartition,
  deletedAppKey,
  integrationEntryKey,
  integrationEntryPrefix,
  integrationKey,
  webhooksKey,
} from "../db/keys.ts";
import { pageOfQuery } from "../db/pageOfQuery.ts";
import { getItem, getItems, queryItems } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import type { SecretBox } from "../db/secretBox.ts";
import { transact } from "../db/transact.ts";
import { deleteItems, putItem, updateItem } from "../db/writeItems.ts";
import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { Page, PageQuery } from "../model/page.ts";
import { hasKeys, keyIdsOf, readKey } from "./apiKeys.ts";
import { notesWebhooks } from "./webhooks.ts";

type Reading = Pick<Runtime, "db">;

const appItem = (app: App, { seal }: SecretBox): Item => ({
  ...appKey(app.id),
  id: app.id,
  displayName: app.displayName,
  settings: app.settings,
  metadata: JSON.stringify(app.metadata),
  salt: seal(app.salt, app.id),
  version: 1,
});

const readApp = (item: Item, { open }: SecretBox): App => ({
  id: item.id,
  displayName: item.displayName,
  settings: item.settings,
  metadata: JSON.parse(item.metadata),
  salt: open(item.salt, item.id),
});

/** Stores a new app. */
export async function createApp({ db }: Reading, app: App): Promise<void> {
  await putItem(db, appItem(app, db.secrets), absent);
}

/** Finds an app by its id. */
export async function findApp({ db }: Reading, appId: string): Promise<App | undefined> {
  const item = await getItem(db, appKey(appId));
  return item && readApp(item, db.secrets);
}

/** Reads an API key and, in the same call, the app of the request. */
export async function findAppWithKey(
  { db }: Reading,
  appId: string,
  keyId: string,
): Promise<{ readonly app: App | undefined; readonly key: ApiKey | undefined }> {
  const [app, key] = await getItems(db, [appKey(appId), apiKeyKey(keyId)]);
  return { app: app && readApp(app, db.secrets), key: key && readKey(key, db.secrets) };
}

/** Lists one page of the account's apps. */
export const listApps = ({ db }: Reading, query: PageQuery): Promise<Page<App>> =>
  pageOfQuery(db, { partition: appsPartition, prefix: "app#" }, query, (item) => readApp(item, db.secrets));

/** Changes an app as it is now; `undefined` if it is gone. Concurrent changes are done one after another. */
export async function updateApp({ db }: Reading, appId: string, change: (app: App) => App): Promise<App | undefined> {
  let item = await getItem(db, appKey(appId));
  return retryOnConflict(async () => {
    if (item === undefined) return undefined;
    const app = change(readApp(item, db.secrets));
    const { displayName, settings } = app;
    const written = await updateItem(
      db,
      appKey(appId),
      { set: { displayName, settings, metadata: JSON.stringify(app.metadata), version: item.version + 1 } },
      equals("version", item.version),
    );
    if (written.done) return app;
    item = written.existing;
    return conflict;
  });
}

/** The API keys and integrations that were deleted with an app. */
export interface DeletedApp {
  readonly keyIds: readonly string[];
  readonly integrationIds: readonly string[];
}

/**
 * Deletes an app with its keys, which ends all access at once, then its integrations. Its users and their messages are
 * unbounded and left to `eraseDeletedApps`; the deletion is recorded until nothing of the app is left. A repeated call
 * continues one that was interrupted.
 * @returns the ids of the keys and integrations deleted, or `undefined` if there is no such app, and no integration
 * left of one
 */
export async function deleteApp(runtime: Reading, appId: string, receivedAt: Date): Promise<DeletedApp | undefined> {
  const ownKeyIds = await endApp(runtime, appId, receivedAt);
  if (ownKeyIds === undefined && (await getItem(runtime.db, deletedAppKey(appId))) === undefined) return undefined;
  const { keyIds, integrationIds } = await deleteIntegrationsOf(runtime, appId);
  if (ownKeyIds === undefined && integrationIds.length === 0) return undefined;
  return { keyIds: [...keyIds, ...(ownKeyIds ?? [])], integrationIds };
}

/**
 * Replaces an app by the record of its deletion and deletes its keys in the same transaction, so that no key created
 * meanwhile is left. Its webhooks move to that record, since they still hear of what happened before. An app that
 * another request deletes meanwhile counts as deleted by both.
 * @returns the ids of its keys, or `undefined` if there is no such app
 */
async function endApp({ db }: Reading, appId: string, receivedAt: Date): Promise<readonly string[] | undefined> {
  let item = await getItem(db, appKey(appId));
  let keyIds: readonly string[] | undefined;
  return retryOnConflict(async () => {
    if (item === undefined) return keyIds;
    keyIds = keyIdsOf(item);
    const webhooks = item.webhooksVersion === undefined ? undefined : await getItem(db, webhooksKey(appId));
    const deletion = { ...deletedAppKey(appId), id: appId, deletedAt: receivedAt.toISOString() };
    const written = await transact(db, {
      app: { delete: appKey(appId), condition: and(hasKeys(keyIds), notesWebhooks(item)) },
      deletion: { put: { ...deletion, webhooks: webhooks?.webhooks } },
      keys: keyIds.map((id) => ({ delete: apiKeyKey(id) })),
      webhooks: webhooks && { delete: webhooksKey(appId), condition: equals("version", webhooks.version) },
    });
    if (written.done) return keyIds;
    item = await getItem(db, appKey(appId));
    return conflict;
  });
}

async function deleteIntegrationsOf({ db }: Reading, appId: string): Promise<DeletedApp> {
  const [keyIds, integrationIds]: [string[], string[]] = [[], []];
  for (;;) {
    const { items } = await queryItems(db, {
      partition: appPartition(appId),
      prefix: integrationEntryPrefix,
      limit: 100,
    });
    if (items.length === 0) return { keyIds, integrationIds };
    const integrations = await getItems(
      db,
      items.map((entry) => integrationKey(entry.id)),
    );
    const keys = integrations.flatMap(keyIdsOf);
    keyIds.push(...keys);
    integrationIds.push(...items.map((entry) => entry.id as string));
    await deleteItems(db, [...keys.map(apiKeyKey), ...items.map((entry) => integrationKey(entry.id))]);
    // Last, because a repeated call finds the integrations by their entries.
    await deleteItems(
      db,
      items.map((entry) => integrationEntryKey(appId, entry.id)),
    );
  }
}
