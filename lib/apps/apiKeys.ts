import type { Item } from "../db/db.ts";
import { absent, and, type Condition, equals, missing, or, present, sizeIs } from "../db/expression.ts";
import { apiKeyKey, appKey, integrationKey, type Key } from "../db/keys.ts";
import { getItem, getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { SecretBox } from "../db/secretBox.ts";
import { transact } from "../db/transact.ts";
import { type ApiKey, keyLimit } from "../model/apiKey.ts";

/** The owner of an API key: an app, or a custom integration of one. */
export interface KeyOwner {
  readonly appId: string;
  readonly integrationId?: string | undefined;
}

/** Reads an API key from its item. */
export const readKey = (item: Item, { open }: SecretBox): ApiKey => ({
  id: item.id,
  secret: open(item.secret, item.id),
  scope: item.scope,
  displayName: item.displayName,
  appId: item.appId,
  integrationId: item.integrationId,
});

const ownerKey = (owner: KeyOwner): Key =>
  owner.integrationId === undefined ? appKey(owner.appId) : integrationKey(owner.integrationId);

/** Lists the ids of the keys that an owner's item names, oldest first. */
export const keyIdsOf = (owner: Item | undefined): readonly string[] =>
  [...((owner?.keyIds as Set<string> | undefined) ?? [])].sort();

/** The owner's item lists these keys and no others. */
export const hasKeys = (keyIds: readonly string[]): Condition =>
  keyIds.length === 0 ? and(present, missing("keyIds")) : equals("keyIds", new Set(keyIds));

/** Stores a new key and lists it in its owner's item, which limits their number. */
export async function createApiKey(
  { db }: Pick<Runtime, "db">,
  key: ApiKey & KeyOwner,
): Promise<"created" | "no owner" | "too many"> {
  const written = await transact(db, {
    key: {
      put: { ...apiKeyKey(key.id), ...key, secret: db.secrets.seal(key.secret, key.id) },
      condition: absent,
    },
    owner: {
      update: ownerKey(key),
      add: { keyIds: new Set([key.id]) },
      condition: and(present, or(missing("keyIds"), sizeIs("keyIds", "<", keyLimit))),
    },
  });
  if (written.done) return "created";
  const { owner } = written.failed;
  return owner && owner.existing === undefined ? "no owner" : "too many";
}

/** Finds an API key by its id. */
export async function findApiKey({ db }: Pick<Runtime, "db">, keyId: string): Promise<ApiKey | undefined> {
  const item = await getItem(db, apiKeyKey(keyId));
  return item && readKey(item, db.secrets);
}

/** Lists an owner's keys, oldest first. */
export async function listApiKeys({ db }: Pick<Runtime, "db">, owner: KeyOwner): Promise<readonly ApiKey[]> {
  const keys = await getItems(db, keyIdsOf(await getItem(db, ownerKey(owner))).map(apiKeyKey));
  return keys.flatMap((item) => (item === undefined ? [] : [readKey(item, db.secrets)]));
}

/** Deletes a key. Answers `false` if the owner has no such key. */
export async function deleteApiKey({ db }: Pick<Runtime, "db">, owner: KeyOwner, keyId: string): Promise<boolean> {
  const isOwned =
    owner.integrationId === undefined
      ? and(equals("appId", owner.appId), missing("integrationId"))
      : equals("integrationId", owner.integrationId);
  const written = await transact(db, {
    key: { delete: apiKeyKey(keyId), condition: isOwned },
    owner: { update: ownerKey(owner), remove: { keyIds: new Set([keyId]) }, condition: present },
  });
  return written.done;
}
