import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ApiKey } from "../../lib/domain/apiKey.ts";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { Integration } from "../../lib/domain/integration.ts";
import type { PageQuery } from "../../lib/domain/page.ts";
import { apiKeyStore } from "../../lib/store/apiKeys.ts";
import { deleteApp } from "../../lib/store/appDeletion.ts";
import { appStore } from "../../lib/store/apps.ts";
import { integrationStore } from "../../lib/store/integrations.ts";
import { apiKeyKey, integrationEntryKey, integrationKey } from "../../lib/store/keys.ts";
import { pageOfQuery } from "../../lib/store/pageOfQuery.ts";
import type { Table } from "../../lib/store/table.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";

let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const now = new Date();

const appOf = (id: string): App => ({
  id,
  displayName: "App",
  settings: { ...defaultSettings, conversationRetentionSeconds: 60 },
  metadata: { large: 1e300 },
  salt: "salt",
});
const keyOf = (appId: string, more: Partial<ApiKey> = {}) => ({
  id: `app_${freshId()}`,
  secret: "secret",
  scope: "app" as const,
  displayName: "Key",
  appId,
  ...more,
});
const integrationOf = (appId: string, more: Partial<Integration> = {}): Integration => ({
  id: freshId(),
  appId,
  type: "line",
  status: "active",
  displayName: "Line",
  fields: { channelSecret: "s", numbers: 1e300 },
  ...more,
});
/** The table, in whose first update or transaction something else happens first. */
function interrupted(first: () => Promise<unknown>): Table {
  let meanwhile: (() => Promise<unknown>) | undefined = first;
  const before = async () => {
    const other = meanwhile;
    meanwhile = undefined;
    await other?.();
  };
  return {
    ...table,
    async update(...change) {
      await before();
      return table.update(...change);
    },
    async transact(operations) {
      await before();
      return table.transact(operations);
    },
  };
}

describe("an app", () => {
  const apps = () => appStore(table);
  const newApp = async () => {
    const app = appOf(freshId());
    await apps().create(app);
    return app;
  };

  test("is read as it was, alone and with a key, and not made twice", async () => {
    const app = await newApp();
    const key = keyOf(app.id);
    await apiKeyStore(table).create(key);
    await apps().create({ ...app, displayName: "Another" });
    expect(await apps().find(app.id)).toEqual(app);
    expect(await apps().find("none")).toBeUndefined();
    expect(await apps().findWithKey(app.id, key.id)).toEqual({ app, key });
    expect(await apps().findWithKey("none", key.id)).toEqual({ app: undefined, key });
    expect(await apps().findWithKey(app.id, "none")).toEqual({ app, key: undefined });
  });

  test("is changed as it stands, also where another changes it meanwhile, and not once it is gone", async () => {
    const app = await newApp();
    const name = (displayName: string) => (now: App) => ({ ...now, displayName });
    const metadata = (now: App) => ({ ...now, metadata: { ...now.metadata, a: 1 } });
    expect(await apps().update(app.id, name("One"))).toEqual({ ...app, displayName: "One" });
    const late = interrupted(() => apps().update(app.id, name("Two")));
    const both = { ...app, displayName: "Two", metadata: { large: 1e300, a: 1 } };
    expect(await appStore(late).update(app.id, metadata)).toEqual(both);
    expect(await apps().find(app.id)).toEqual(both);
    const settings = { ...defaultSettings, multiConvoEnabled: true };
    expect(await apps().update(app.id, (now) => ({ ...now, settings }))).toEqual({ ...both, settings });
    expect(await apps().find(app.id)).toEqual({ ...both, settings });
    const gone = interrupted(() => deleteApp(table, app.id, now));
    expect(await appStore(gone).update(app.id, name("Three"))).toBeUndefined();
    expect(await apps().update(app.id, name("Three"))).toBeUndefined();
    expect(await apps().find(app.id)).toBeUndefined();
  });

  test("is deleted with its integrations, and the keys of each", async () => {
    const app = await newApp();
    const other = await newApp();
    const [first, second] = [integrationOf(app.id, { type: "custom" }), integrationOf(app.id)];
    for (const one of [first, second]) await integrationStore(table).create(one);
    const keys = [keyOf(app.id), keyOf(app.id), keyOf(app.id, { scope: "integration", integrationId: first.id })];
    for (const key of keys) await apiKeyStore(table).create(key);
    const kept = keyOf(other.id);
    await apiKeyStore(table).create(kept);
    const deleted = await deleteApp(table, app.id, now);
    expect([...(deleted?.keyIds ?? [])].sort()).toEqual(keys.map(({ id }) => id).sort());
    expect(deleted?.integrationIds).toEqual([first.id, second.id]);
    const left = [
      ...keys.map(({ id }) => apiKeyKey(id)),
      ...[first, second].flatMap(({ id }) => [integrationKey(id), integrationEntryKey(app.id, id)]),
    ];
    expect((await table.getAll(left)).every((item) => item === undefined)).toBe(true);
    expect(await deleteApp(table, app.id, now)).toBeUndefined();
    expect(await apiKeyStore(table).find(kept.id)).toEqual(kept);
    expect(await deleteApp(table, other.id, now)).toEqual({ keyIds: [kept.id], integrationIds: [] });
  });

  test("is deleted with a key that is made meanwhile, and by two at once", async () => {
    const app = await newApp();
    const keys = [keyOf(app.id), keyOf(app.id)] as const;
    await apiKeyStore(table).create(keys[0]);
    const late = interrupted(() => apiKeyStore(table).create(keys[1]));
    const ids = keys.map(({ id }) => id);
    expect(await deleteApp(late, app.id, now)).toEqual({ keyIds: ids, integrationIds: [] });
    expect(await table.getAll(ids.map(apiKeyKey))).toEqual([undefined, undefined]);
    const another = await newApp();
    const second = interrupted(() => deleteApp(table, another.id, now));
    expect(await deleteApp(second, another.id, now)).toEqual({ keyIds: [], integrationIds: [] });
  });
});

describe("an API key", () => {
  const keys = () => apiKeyStore(table);
  const owner = async () => {
    const app = appOf(freshId());
    await appStore(table).create(app);
    return { appId: app.id };
  };

  test("is listed with its owner's, oldest first, ten at most", async () => {
    const app = await owner();
    const made = Array.from({ length: 10 }, () => keyOf(app.appId));
    for (const key of made.toReversed()) expect(await keys().create(key)).toBe("created");
    expect(await keys().create(keyOf(app.appId))).toBe("too many");
    expect(await keys().list(app)).toEqual(made);
    expect(await keys().list(await owner())).toEqual([]);
    await table.delete(apiKeyKey(made[0]?.id ?? ""));
    expect(await keys().list(app)).toEqual(made.slice(1));
  });

  test("is of an app, or of one of its integrations alone", async () => {
    const app = await owner();
    const integration = integrationOf(app.appId, { type: "custom" });
    await integrationStore(table).create(integration);
    const [own, its] = [keyOf(app.appId), keyOf(app.appId, { integrationId: integration.id, scope: "integration" })];
    for (const key of [own, its]) expect(await keys().create(key)).toBe("created");
    expect(await keys().list(app)).toEqual([own]);
    const custom = { ...app, integrationId: integration.id };
    expect(await keys().list(custom)).toEqual([its]);
    expect(await keys().find(its.id)).toEqual(its);
    // Each is deleted by its owner, once.
    expect([await keys().delete(app, its.id), await keys().delete(custom, own.id)]).toEqual([false, false]);
    expect(await keys().delete(await owner(), own.id)).toBe(false);
    expect([await keys().delete(app, own.id), await keys().delete(custom, its.id)]).toEqual([true, true]);
    expect([await keys().delete(app, own.id), await keys().delete(custom, its.id)]).toEqual([false, false]);
    expect([await keys().list(app), await keys().list(custom), await keys().find(own.id)]).toEqual([[], [], undefined]);
  });

  test("is not made for an owner who is gone, or under the id of another", async () => {
    const key = keyOf("none");
    expect(await keys().create(key)).toBe("no owner");
    expect(await keys().find(key.id)).toBeUndefined();
    const app = await owner();
    const taken = keyOf(app.appId);
    await keys().create(taken);
    expect(await keys().create({ ...taken, secret: "another" })).not.toBe("created");
    expect(await keys().find(taken.id)).toEqual(taken);
  });
});

describe("an integration", () => {
  const integrations = () => integrationStore(table);
  const newIntegration = async (more: Partial<Integration> = {}, appId = freshId()) => {
    const integration = integrationOf(appId, more);
    await integrations().create(integration);
    return integration;
  };

  test("is read as it was, by an id that can be one", async () => {
    for (const integration of [await newIntegration(), await newIntegration({ displayName: undefined })])
      expect(await integrations().find(integration.id)).toEqual(integration);
    expect(await integrations().find(freshId())).toBeUndefined();
    await table.put(integrationKey("odd"));
    expect(await integrations().find("odd")).toBeUndefined();
  });

  test("has keys only where it is a custom one of the app", async () => {
    const [custom, line] = [await newIntegration({ type: "custom" }), await newIntegration()];
    const find = (appId: string, { id }: { readonly id: string }) => integrations().findCustom(appOf(appId), id);
    expect(await find(custom.appId, custom)).toEqual(custom);
    await expect(find(line.appId, line)).rejects.toMatchObject({ code: "bad_request" });
    await expect(find(line.appId, custom)).rejects.toMatchObject({ code: "integration_not_found" });
    await expect(find(line.appId, { id: freshId() })).rejects.toMatchObject({ code: "integration_not_found" });
  });

  test("is listed in pages with others of the app, of all types or of some", async () => {
    const appId = freshId();
    const types = ["line", "web", "line", "custom", "line"] as const;
    const made: Integration[] = [];
    for (const type of types) made.push(await newIntegration({ type }, appId));
    await newIntegration();
    const list = async (query: PageQuery, of?: readonly string[]) => {
      const { records, hasNext, hasPrevious } = await integrations().list(appId, of, query);
      return [records, hasPrevious, hasNext];
    };
    expect(await list({ size: 5 })).toEqual([made, false, false]);
    expect(await list({ size: 2, after: made[0]?.id })).toEqual([made.slice(1, 3), true, true]);
    expect(await list({ size: 2 }, ["line"])).toEqual([[made[0], made[2]], false, true]);
    expect(await list({ size: 2, after: made[2]?.id }, ["line", "web"])).toEqual([[made[4]], true, false]);
    expect(await list({ size: 5 }, [])).toEqual([[], false, false]);
    await table.delete(integrationKey(made[1]?.id ?? ""));
    expect(await list({ size: 2 })).toEqual([[made[0]], false, true]);
  });

  test("is changed as it stands, though another should change its name or its fields meanwhile", async () => {
    const fields = (next: object) => (now: Integration) => ({ ...now, fields: { ...now.fields, ...next } });
    const name = (displayName: string | undefined) => (now: Integration) => ({ ...now, displayName });
    for (const displayName of ["Line", undefined])
      for (const meanwhile of [name("Two"), name(undefined), fields({ b: 2 })]) {
        const integration = await newIntegration({ displayName });
        const late = interrupted(() => integrations().update(integration.id, meanwhile));
        const changed = fields({ a: 1 })(meanwhile(integration));
        expect(await integrationStore(late).update(integration.id, fields({ a: 1 }))).toEqual(changed);
        expect(await integrations().find(integration.id)).toEqual(changed);
      }
  });

  test("is not changed once it is gone", async () => {
    const integration = await newIntegration();
    const late = interrupted(() => integrations().delete(integration.appId, integration.id));
    expect(await integrationStore(late).update(integration.id, (now) => now)).toBeUndefined();
    expect(await integrations().update(integration.id, (now) => now)).toBeUndefined();
    expect(await integrations().find(integration.id)).toBeUndefined();
  });

  test("is deleted by its app, with its keys", async () => {
    const integration = await newIntegration({ type: "custom" });
    const key = keyOf(integration.appId, { integrationId: integration.id });
    await apiKeyStore(table).create(key);
    expect(await integrations().delete(freshId(), integration.id)).toBeUndefined();
    expect(await apiKeyStore(table).find(key.id)).toEqual(key);
    expect(await integrations().delete(integration.appId, integration.id)).toEqual([key.id]);
    expect(await apiKeyStore(table).find(key.id)).toBeUndefined();
    expect(await integrations().find(integration.id)).toBeUndefined();
    expect(await integrations().delete(integration.appId, integration.id)).toBeUndefined();
    expect((await integrations().list(integration.appId, undefined, { size: 1 })).records).toEqual([]);
  });

  test("is deleted with a key that is made or deleted meanwhile, and by two at once", async () => {
    const integration = await newIntegration({ type: "custom" });
    const owner = { appId: integration.appId, integrationId: integration.id };
    const [first, second] = [keyOf(integration.appId, owner), keyOf(integration.appId, owner)];
    const late = interrupted(() => apiKeyStore(table).create(first));
    expect(await integrationStore(late).delete(integration.appId, integration.id)).toEqual([first.id]);
    expect(await apiKeyStore(table).find(first.id)).toBeUndefined();

    await integrations().create(integration);
    await apiKeyStore(table).create(second);
    const fewer = interrupted(() => apiKeyStore(table).delete(owner, second.id));
    expect(await integrationStore(fewer).delete(integration.appId, integration.id)).toEqual([]);

    await integrations().create(integration);
    const again = interrupted(() => integrations().delete(integration.appId, integration.id));
    expect(await integrationStore(again).delete(integration.appId, integration.id)).toBeUndefined();
  });
});

describe("a page of a partition", () => {
  let asked: number[];
  beforeEach(async () => {
    asked = [];
    await putAll(
      table,
      ["a", "b", "c", "d", "e", "f"].map((id, index) => ({ pk: "listed", sk: `one#${id}`, id, even: index % 2 === 1 })),
    );
    await table.put({ pk: "listed", sk: "other#a", id: "other" });
  });
  const page = async (query: PageQuery, even = false) => {
    const watched: Table = {
      ...table,
      query: (range) => {
        asked.push(range.limit);
        return table.query(range);
      },
    };
    const { records, hasPrevious, hasNext } = await pageOfQuery(
      watched,
      { partition: "listed", prefix: "one#" },
      query,
      ({ id }) => id as string,
      even ? (item) => item.even : undefined,
    );
    return [records.join(""), hasPrevious, hasNext];
  };

  test.each<[PageQuery, string, boolean, boolean]>([
    [{ size: 2 }, "ab", false, true],
    [{ size: 6 }, "abcdef", false, false],
    [{ size: 2, after: "b" }, "cd", true, true],
    [{ size: 2, after: "d" }, "ef", true, false],
    [{ size: 2, after: "f" }, "", true, false],
    // A cursor need not exist any more.
    [{ size: 2, after: "bb" }, "cd", true, true],
    [{ size: 2, before: "e" }, "cd", true, true],
    [{ size: 2, before: "c" }, "ab", false, true],
    [{ size: 2, before: "a" }, "", false, true],
  ])("%j is %j in one query, with others before: %j, after: %j", async (query, ...expected) => {
    expect(await page(query)).toEqual(expected);
    expect(asked).toEqual([query.size + 1]);
  });

  test.each<[PageQuery, string, boolean, boolean, number]>([
    [{ size: 2 }, "bd", false, true, 2],
    [{ size: 3 }, "bdf", false, false, 2],
    [{ size: 1 }, "b", false, true, 2],
    [{ size: 2, after: "b" }, "df", true, false, 2],
    [{ size: 1, before: "f" }, "d", true, true, 2],
    [{ size: 2, before: "f" }, "bd", false, true, 2],
  ])("with a filter, %j is %j, in as many queries as it needs", async (query, records, before, after, queries) => {
    expect(await page(query, true)).toEqual([records, before, after]);
    expect(asked).toHaveLength(queries);
  });
});
