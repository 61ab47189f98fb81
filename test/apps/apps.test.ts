import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApiKey, deleteApiKey, findApiKey, listApiKeys } from "../../lib/apps/apiKeys.ts";
import { createApp, deleteApp, findApp, findAppWithKey, updateApp } from "../../lib/apps/apps.ts";
import {
  createIntegration,
  deleteIntegration,
  findCustomIntegration,
  findIntegration,
  listIntegrations,
  updateIntegration,
} from "../../lib/apps/integrations.ts";
import type { Db } from "../../lib/db/db.ts";
import { apiKeyKey, integrationEntryKey, integrationKey } from "../../lib/db/keys.ts";
import { pageOfQuery } from "../../lib/db/pageOfQuery.ts";
import { getItems } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import type { ApiKey } from "../../lib/model/apiKey.ts";
import { type App, defaultSettings } from "../../lib/model/app.ts";
import type { Integration } from "../../lib/model/integration.ts";
import type { PageQuery } from "../../lib/model/page.ts";
import { intercept } from "../support/intercept.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { freshId } from "../support/unique.ts";

let db: Db;
let runtime: Runtime;
beforeAll(async () => {
  db = await newTable();
  runtime = runtimeOf(db);
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
/** A runtime in whose first update or transaction something else happens first. */
function interrupted(first: () => Promise<unknown>): Runtime {
  let meanwhile: (() => Promise<unknown>) | undefined = first;
  const changing = ["UpdateItem", "TransactWriteItems"];
  return runtimeOf(
    intercept(db, async (call, send) => {
      const other = changing.includes(call.name) ? meanwhile : undefined;
      if (other) meanwhile = undefined;
      await other?.();
      return send();
    }),
  );
}

describe("an app", () => {
  const newApp = async () => {
    const app = appOf(freshId());
    await createApp(runtime, app);
    return app;
  };

  test("is read as it was, alone and with a key, and not made twice", async () => {
    const app = await newApp();
    const key = keyOf(app.id);
    await createApiKey(runtime, key);
    await createApp(runtime, { ...app, displayName: "Another" });
    expect(await findApp(runtime, app.id)).toEqual(app);
    expect(await findApp(runtime, "none")).toBeUndefined();
    expect(await findAppWithKey(runtime, app.id, key.id)).toEqual({ app, key });
    expect(await findAppWithKey(runtime, "none", key.id)).toEqual({ app: undefined, key });
    expect(await findAppWithKey(runtime, app.id, "none")).toEqual({ app, key: undefined });
  });

  test("is changed as it stands, also where another changes it meanwhile, and not once it is gone", async () => {
    const app = await newApp();
    const name = (displayName: string) => (now: App) => ({ ...now, displayName });
    const metadata = (now: App) => ({ ...now, metadata: { ...now.metadata, a: 1 } });
    expect(await updateApp(runtime, app.id, name("One"))).toEqual({ ...app, displayName: "One" });
    const late = interrupted(() => updateApp(runtime, app.id, name("Two")));
    const both = { ...app, displayName: "Two", metadata: { large: 1e300, a: 1 } };
    expect(await updateApp(late, app.id, metadata)).toEqual(both);
    expect(await findApp(runtime, app.id)).toEqual(both);
    const settings = { ...defaultSettings, multiConvoEnabled: true };
    expect(await updateApp(runtime, app.id, (now) => ({ ...now, settings }))).toEqual({ ...both, settings });
    expect(await findApp(runtime, app.id)).toEqual({ ...both, settings });
    const gone = interrupted(() => deleteApp(runtime, app.id, now));
    expect(await updateApp(gone, app.id, name("Three"))).toBeUndefined();
    expect(await updateApp(runtime, app.id, name("Three"))).toBeUndefined();
    expect(await findApp(runtime, app.id)).toBeUndefined();
  });

  test("is deleted with its integrations, and the keys of each", async () => {
    const app = await newApp();
    const other = await newApp();
    const [first, second] = [integrationOf(app.id, { type: "custom" }), integrationOf(app.id)];
    for (const one of [first, second]) await createIntegration(runtime, one);
    const keys = [keyOf(app.id), keyOf(app.id), keyOf(app.id, { scope: "integration", integrationId: first.id })];
    for (const key of keys) await createApiKey(runtime, key);
    const kept = keyOf(other.id);
    await createApiKey(runtime, kept);
    const deleted = await deleteApp(runtime, app.id, now);
    expect([...(deleted?.keyIds ?? [])].sort()).toEqual(keys.map(({ id }) => id).sort());
    expect(deleted?.integrationIds).toEqual([first.id, second.id]);
    const left = [
      ...keys.map(({ id }) => apiKeyKey(id)),
      ...[first, second].flatMap(({ id }) => [integrationKey(id), integrationEntryKey(app.id, id)]),
    ];
    expect((await getItems(db, left)).every((item) => item === undefined)).toBe(true);
    expect(await deleteApp(runtime, app.id, now)).toBeUndefined();
    expect(await findApiKey(runtime, kept.id)).toEqual(kept);
    expect(await deleteApp(runtime, other.id, now)).toEqual({ keyIds: [kept.id], integrationIds: [] });
  });

  test("is deleted with a key that is made meanwhile, and by two at once", async () => {
    const app = await newApp();
    const keys = [keyOf(app.id), keyOf(app.id)] as const;
    await createApiKey(runtime, keys[0]);
    const late = interrupted(() => createApiKey(runtime, keys[1]));
    const ids = keys.map(({ id }) => id);
    expect(await deleteApp(late, app.id, now)).toEqual({ keyIds: ids, integrationIds: [] });
    expect(await getItems(db, ids.map(apiKeyKey))).toEqual([undefined, undefined]);
    const another = await newApp();
    const second = interrupted(() => deleteApp(runtime, another.id, now));
    expect(await deleteApp(second, another.id, now)).toEqual({ keyIds: [], integrationIds: [] });
  });
});

describe("an API key", () => {
  const owner = async () => {
    const app = appOf(freshId());
    await createApp(runtime, app);
    return { appId: app.id };
  };

  test("is listed with its owner's, oldest first, ten at most", async () => {
    const app = await owner();
    const made = Array.from({ length: 10 }, () => keyOf(app.appId));
    for (const key of made.toReversed()) expect(await createApiKey(runtime, key)).toBe("created");
    expect(await createApiKey(runtime, keyOf(app.appId))).toBe("too many");
    expect(await listApiKeys(runtime, app)).toEqual(made);
    expect(await listApiKeys(runtime, await owner())).toEqual([]);
    await deleteItem(db, apiKeyKey(made[0]?.id ?? ""));
    expect(await listApiKeys(runtime, app)).toEqual(made.slice(1));
  });

  test("is of an app, or of one of its integrations alone", async () => {
    const app = await owner();
    const integration = integrationOf(app.appId, { type: "custom" });
    await createIntegration(runtime, integration);
    const [own, its] = [keyOf(app.appId), keyOf(app.appId, { integrationId: integration.id, scope: "integration" })];
    for (const key of [own, its]) expect(await createApiKey(runtime, key)).toBe("created");
    expect(await listApiKeys(runtime, app)).toEqual([own]);
    const custom = { ...app, integrationId: integration.id };
    expect(await listApiKeys(runtime, custom)).toEqual([its]);
    expect(await findApiKey(runtime, its.id)).toEqual(its);
    // Each is deleted by its owner, once.
    expect([await deleteApiKey(runtime, app, its.id), await deleteApiKey(runtime, custom, own.id)]).toEqual([
      false,
      false,
    ]);
    expect(await deleteApiKey(runtime, await owner(), own.id)).toBe(false);
    expect([await deleteApiKey(runtime, app, own.id), await deleteApiKey(runtime, custom, its.id)]).toEqual([
      true,
      true,
    ]);
    expect([await deleteApiKey(runtime, app, own.id), await deleteApiKey(runtime, custom, its.id)]).toEqual([
      false,
      false,
    ]);
    expect([
      await listApiKeys(runtime, app),
      await listApiKeys(runtime, custom),
      await findApiKey(runtime, own.id),
    ]).toEqual([[], [], undefined]);
  });

  test("is not made for an owner who is gone, or under the id of another", async () => {
    const key = keyOf("none");
    expect(await createApiKey(runtime, key)).toBe("no owner");
    expect(await findApiKey(runtime, key.id)).toBeUndefined();
    const app = await owner();
    const taken = keyOf(app.appId);
    await createApiKey(runtime, taken);
    expect(await createApiKey(runtime, { ...taken, secret: "another" })).not.toBe("created");
    expect(await findApiKey(runtime, taken.id)).toEqual(taken);
  });
});

describe("an integration", () => {
  const newIntegration = async (more: Partial<Integration> = {}, appId = freshId()) => {
    const integration = integrationOf(appId, more);
    await createIntegration(runtime, integration);
    return integration;
  };

  test("is read as it was, by an id that can be one", async () => {
    for (const integration of [await newIntegration(), await newIntegration({ displayName: undefined })])
      expect(await findIntegration(runtime, integration.id)).toEqual(integration);
    expect(await findIntegration(runtime, freshId())).toBeUndefined();
    await putItem(db, integrationKey("odd"));
    expect(await findIntegration(runtime, "odd")).toBeUndefined();
  });

  test("has keys only where it is a custom one of the app", async () => {
    const [custom, line] = [await newIntegration({ type: "custom" }), await newIntegration()];
    const find = (appId: string, { id }: { readonly id: string }) => findCustomIntegration(runtime, appOf(appId), id);
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
      const { records, hasNext, hasPrevious } = await listIntegrations(runtime, appId, of, query);
      return [records, hasPrevious, hasNext];
    };
    expect(await list({ size: 5 })).toEqual([made, false, false]);
    expect(await list({ size: 2, after: made[0]?.id })).toEqual([made.slice(1, 3), true, true]);
    expect(await list({ size: 2 }, ["line"])).toEqual([[made[0], made[2]], false, true]);
    expect(await list({ size: 2, after: made[2]?.id }, ["line", "web"])).toEqual([[made[4]], true, false]);
    expect(await list({ size: 5 }, [])).toEqual([[], false, false]);
    await deleteItem(db, integrationKey(made[1]?.id ?? ""));
    expect(await list({ size: 2 })).toEqual([[made[0]], false, true]);
  });

  test("is changed as it stands, though another should change its name or its fields meanwhile", async () => {
    const fields = (next: object) => (now: Integration) => ({ ...now, fields: { ...now.fields, ...next } });
    const name = (displayName: string | undefined) => (now: Integration) => ({ ...now, displayName });
    for (const displayName of ["Line", undefined])
      for (const meanwhile of [name("Two"), name(undefined), fields({ b: 2 })]) {
        const integration = await newIntegration({ displayName });
        const late = interrupted(() => updateIntegration(runtime, integration.id, meanwhile));
        const changed = fields({ a: 1 })(meanwhile(integration));
        expect(await updateIntegration(late, integration.id, fields({ a: 1 }))).toEqual(changed);
        expect(await findIntegration(runtime, integration.id)).toEqual(changed);
      }
  });

  test("is not changed once it is gone", async () => {
    const integration = await newIntegration();
    const late = interrupted(() => deleteIntegration(runtime, integration.appId, integration.id));
    expect(await updateIntegration(late, integration.id, (now) => now)).toBeUndefined();
    expect(await updateIntegration(runtime, integration.id, (now) => now)).toBeUndefined();
    expect(await findIntegration(runtime, integration.id)).toBeUndefined();
  });

  test("is deleted by its app, with its keys", async () => {
    const integration = await newIntegration({ type: "custom" });
    const key = keyOf(integration.appId, { integrationId: integration.id });
    await createApiKey(runtime, key);
    expect(await deleteIntegration(runtime, freshId(), integration.id)).toBeUndefined();
    expect(await findApiKey(runtime, key.id)).toEqual(key);
    expect(await deleteIntegration(runtime, integration.appId, integration.id)).toEqual([key.id]);
    expect(await findApiKey(runtime, key.id)).toBeUndefined();
    expect(await findIntegration(runtime, integration.id)).toBeUndefined();
    expect(await deleteIntegration(runtime, integration.appId, integration.id)).toBeUndefined();
    expect((await listIntegrations(runtime, integration.appId, undefined, { size: 1 })).records).toEqual([]);
  });

  test("is deleted with a key that is made or deleted meanwhile, and by two at once", async () => {
    const integration = await newIntegration({ type: "custom" });
    const owner = { appId: integration.appId, integrationId: integration.id };
    const [first, second] = [keyOf(integration.appId, owner), keyOf(integration.appId, owner)];
    const late = interrupted(() => createApiKey(runtime, first));
    expect(await deleteIntegration(late, integration.appId, integration.id)).toEqual([first.id]);
    expect(await findApiKey(runtime, first.id)).toBeUndefined();

    await createIntegration(runtime, integration);
    await createApiKey(runtime, second);
    const fewer = interrupted(() => deleteApiKey(runtime, owner, second.id));
    expect(await deleteIntegration(fewer, integration.appId, integration.id)).toEqual([]);

    await createIntegration(runtime, integration);
    const again = interrupted(() => deleteIntegration(runtime, integration.appId, integration.id));
    expect(await deleteIntegration(again, integration.appId, integration.id)).toBeUndefined();
  });
});

describe("a page of a partition", () => {
  let asked: number[];
  beforeEach(async () => {
    asked = [];
    await putAll(
      db,
      ["a", "b", "c", "d", "e", "f"].map((id, index) => ({ pk: "listed", sk: `one#${id}`, id, even: index % 2 === 1 })),
    );
    await putItem(db, { pk: "listed", sk: "other#a", id: "other" });
  });
  const page = async (query: PageQuery, even = false) => {
    const watched = intercept(db, ({ input }, send) => {
      // A query asks for one more to tell whether there is more, and for one that a cursor may be.
      asked.push(Number(input.Limit) - 2);
      return send();
    });
    const { records, hasPrevious, hasNext } = await pageOfQuery(
      watched,
      { partition: "listed", prefix: "one#", wanted: even ? (item) => item.even : undefined },
      query,
      ({ id }) => id as string,
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

  test.each<[PageQuery, number, ...expected: [string, boolean, boolean]]>([
    [{ size: 2 }, 2, "bd", false, true],
    [{ size: 3 }, 2, "bdf", false, false],
    [{ size: 1 }, 2, "b", false, true],
    [{ size: 2, after: "b" }, 2, "df", true, false],
    [{ size: 1, before: "f" }, 2, "d", true, true],
    [{ size: 2, before: "f" }, 2, "bd", false, true],
  ])("with a filter, %j takes %d queries, and is %j", async (query, queries, ...expected) => {
    expect(await page(query, true)).toEqual(expected);
    expect(asked).toHaveLength(queries);
  });
});
