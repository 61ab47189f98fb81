import { type ApiKey, keyLimit } from "../domain/apiKey.ts";
import { apiKeyKey, appKey, integrationKey, type Key } from "./keys.ts";
import { clear, type SecretBox } from "./secretBox.ts";
import { absent, type Expression, type Item, present, type Table } from "./table.ts";

/** What a key belongs to: an app, or a custom integration of one. */
export interface KeyOwner {
  readonly appId: string;
  readonly integrationId?: string | undefined;
}

const keyItem = (key: ApiKey, { seal }: SecretBox): Item => ({
  ...apiKeyKey(key.id),
  ...key,
  secret: seal(key.secret, key.id),
});

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

/** The ids of the keys that an owner's item lists, oldest first. */
export const keyIdsOf = (owner: Item | undefined): readonly string[] =>
  [...((owner?.keyIds as Set<string> | undefined) ?? [])].sort();

/** An owner that lists these keys and no others. */
export const withKeys = (keyIds: readonly string[]): Expression =>
  keyIds.length === 0
    ? { text: "attribute_exists(pk) AND attribute_not_exists(keyIds)" }
    : { text: "keyIds = :keyIds", values: { ":keyIds": new Set(keyIds) } };

/** Finds an API key by its id: all that those need who only check credentials. */
export const keyFinder =
  (table: Table, secrets: SecretBox = clear) =>
  async (keyId: string): Promise<ApiKey | undefined> => {
    const item = await table.get(apiKeyKey(keyId));
    return item && readKey(item, secrets);
  };

export type ApiKeyStore = ReturnType<typeof apiKeyStore>;

/** API keys, each at its own id. The owner's item lists them, and so keeps their number. */
export function apiKeyStore(table: Table, secrets: SecretBox = clear) {
  return {
    /** Stores a new key; answers why not. */
    async create(key: ApiKey & KeyOwner): Promise<"created" | "no owner" | "too many"> {
      const written = await table.transact([
        { put: keyItem(key, secrets), condition: absent },
        {
          update: ownerKey(key),
          change: { text: "ADD keyIds :key", values: { ":key": new Set([key.id]) } },
          condition: {
            text: "attribute_exists(pk) AND (attribute_not_exists(keyIds) OR size(keyIds) < :limit)",
            values: { ":limit": keyLimit },
          },
        },
      ]);
      if (written.done) return "created";
      const owner = written.failed[1];
      return owner !== false && owner?.standing === undefined ? "no owner" : "too many";
    },

    find: keyFinder(table, secrets),

    /** An owner's keys, oldest first. */
    async list(owner: KeyOwner): Promise<readonly ApiKey[]> {
      const keys = await table.getAll(keyIdsOf(await table.get(ownerKey(owner))).map(apiKeyKey));
      return keys.flatMap((item) => (item === undefined ? [] : [readKey(item, secrets)]));
    },

    /** Deletes a key. Answers `false` when the owner has no such key. */
    async delete(owner: KeyOwner, keyId: string): Promise<boolean> {
      const owned =
        owner.integrationId === undefined
          ? { text: "appId = :appId AND attribute_not_exists(integrationId)", values: { ":appId": owner.appId } }
          : { text: "integrationId = :integrationId", values: { ":integrationId": owner.integrationId } };
      const written = await table.transact([
        { delete: apiKeyKey(keyId), condition: owned },
        {
          update: ownerKey(owner),
          change: { text: "DELETE keyIds :key", values: { ":key": new Set([keyId]) } },
          condition: present,
        },
      ]);
      return written.done;
    },
  };
}
