import type { App } from "../domain/app.ts";
import { idPattern } from "../domain/id.ts";
import type { Integration } from "../domain/integration.ts";
import type { Page, PageQuery } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import { keyIdsOf, withKeys } from "./apiKeys.ts";
import { apiKeyKey, appPartition, integrationEntryKey, integrationEntryPrefix, integrationKey } from "./keys.ts";
import { pageOfQuery } from "./pageOfQuery.ts";
import { clear, type SecretBox } from "./secretBox.ts";
import { absent, type Item, type Table } from "./table.ts";

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

export type IntegrationStore = ReturnType<typeof integrationStore>;

/** An app's integrations: each at its own key, and listed in its app's partition. */
export function integrationStore(table: Table, secrets: SecretBox = clear) {
  const read = (item: Item): Integration => readIntegration(item, secrets);
  const find = async (integrationId: string): Promise<Integration | undefined> => {
    // Anybody may call a webhook of any name, also of one that no key can have.
    if (!idPattern.test(integrationId)) return undefined;
    const item = await table.get(integrationKey(integrationId));
    return item && read(item);
  };

  return {
    find,

    /**
     * A custom integration of an app: the only kind with API keys of its own.
     *
     * @throws Refusal `integration_not_found`, or `bad_request` for one of another kind
     */
    async findCustom(app: App, integrationId: string): Promise<Integration> {
      const integration = await find(integrationId);
      if (integration?.appId !== app.id) throw refuse.integrationNotFound();
      if (integration.type !== "custom") throw refuse.badRequest("API keys are available only for custom integrations");
      return integration;
    },

    async create(integration: Integration): Promise<void> {
      await table.transact([
        { put: integrationItem(integration, secrets), condition: absent },
        {
          put: {
            ...integrationEntryKey(integration.appId, integration.id),
            id: integration.id,
            type: integration.type,
          },
        },
      ]);
    },

    /** One page of an app's integrations, of all types or of those given. */
    async list(appId: string, types: readonly string[] | undefined, query: PageQuery): Promise<Page<Integration>> {
      const entries = await pageOfQuery(
        table,
        { partition: appPartition(appId), prefix: integrationEntryPrefix },
        query,
        (item) => ({ id: item.id as string, type: item.type as string }),
        types && ((item) => types.includes(item.type)),
      );
      const items = await table.getAll(entries.records.map((entry) => integrationKey(entry.id)));
      return { ...entries, records: items.flatMap((item) => (item === undefined ? [] : [read(item)])) };
    },

    /** Changes an integration's name and fields as they stand now; `undefined` when it is gone. */
    async update(
      integrationId: string,
      change: (integration: Integration) => Integration,
    ): Promise<Integration | undefined> {
      let standing = await table.get(integrationKey(integrationId));
      for (;;) {
        if (standing === undefined) return undefined;
        const integration = change(read(standing));
        const written = await table.update(
          integrationKey(integrationId),
          {
            text:
              integration.displayName === undefined
                ? "SET #fields = :next REMOVE displayName"
                : "SET #fields = :next, displayName = :displayName",
            names: { "#fields": "fields" },
            values: {
              ":next": secrets.seal(JSON.stringify(integration.fields), integrationId),
              ...(integration.displayName === undefined ? {} : { ":displayName": integration.displayName }),
            },
          },
          {
            text: `#fields = :fields AND ${standing.displayName === undefined ? "attribute_not_exists(displayName)" : "displayName = :was"}`,
            values: { ":fields": standing.fields, ":was": standing.displayName },
          },
        );
        if (written.done) return integration;
        standing = written.standing;
      }
    },

    /**
     * Deletes an integration with its keys in one transaction, so that no key made meanwhile outlives it. Answers the
     * keys' ids, or `undefined` when the app has none of this id.
     */
    async delete(appId: string, integrationId: string): Promise<readonly string[] | undefined> {
      let item = await table.get(integrationKey(integrationId));
      for (;;) {
        if (item?.appId !== appId) return undefined;
        const keyIds = keyIdsOf(item);
        const written = await table.transact([
          { delete: integrationKey(integrationId), condition: withKeys(keyIds) },
          { delete: integrationEntryKey(appId, integrationId) },
          ...keyIds.map((id) => ({ delete: apiKeyKey(id) })),
        ]);
        if (written.done) return keyIds;
        item = (written.failed[0] || undefined)?.standing;
      }
    },
  };
}
