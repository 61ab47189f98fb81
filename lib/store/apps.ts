import type { ApiKey } from "../domain/apiKey.ts";
import type { App } from "../domain/app.ts";
import type { Page, PageQuery } from "../domain/page.ts";
import { readKey } from "./apiKeys.ts";
import { apiKeyKey, appKey, appsPartition } from "./keys.ts";
import { pageOfQuery } from "./pageOfQuery.ts";
import { clear, type SecretBox } from "./secretBox.ts";
import { absent, type Item, type Table } from "./table.ts";

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

export type AppStore = ReturnType<typeof appStore>;

/** Apps. */
export function appStore(table: Table, secrets: SecretBox = clear) {
  const read = (item: Item): App => readApp(item, secrets);

  return {
    /** Stores a new app. */
    async create(app: App): Promise<void> {
      await table.put(appItem(app, secrets), absent);
    },

    async find(appId: string): Promise<App | undefined> {
      const item = await table.get(appKey(appId));
      return item && read(item);
    },

    /** Reads an API key and, in the same call, the app of the request. */
    async findWithKey(appId: string, keyId: string): Promise<{ app: App | undefined; key: ApiKey | undefined }> {
      const [app, key] = await table.getAll([appKey(appId), apiKeyKey(keyId)]);
      return { app: app && read(app), key: key && readKey(key, secrets) };
    },

    async list(query: PageQuery): Promise<Page<App>> {
      return pageOfQuery(table, { partition: appsPartition, prefix: "app#" }, query, read);
    },

    /** Changes an app as it stands now; answers it, or `undefined` when it is gone. Concurrent changes follow one another. */
    async update(appId: string, change: (app: App) => App): Promise<App | undefined> {
      let standing = await table.get(appKey(appId));
      for (;;) {
        if (standing === undefined) return undefined;
        const app = change(read(standing));
        const written = await table.update(
          appKey(appId),
          {
            text: "SET displayName = :displayName, settings = :settings, metadata = :metadata, version = :next",
            values: {
              ":displayName": app.displayName,
              ":settings": app.settings,
              ":metadata": JSON.stringify(app.metadata),
              ":next": standing.version + 1,
            },
          },
          { text: "version = :version", values: { ":version": standing.version } },
        );
        if (written.done) return app;
        standing = written.standing;
      }
    },
  };
}
