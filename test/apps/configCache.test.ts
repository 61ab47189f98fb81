import { unmarshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApiKey } from "../../lib/apps/apiKeys.ts";
import { createApp } from "../../lib/apps/apps.ts";
import { findCachedApp, findCachedIntegration, findCachedKey, findKeyAndApp } from "../../lib/apps/configCache.ts";
import { createIntegration } from "../../lib/apps/integrations.ts";
import type { Db } from "../../lib/db/db.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { type App, defaultSettings } from "../../lib/model/app.ts";
import type { Integration } from "../../lib/model/integration.ts";
import { type DbCall, intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { freshId } from "../support/unique.ts";

const appId = freshId();
const app: App = { id: appId, displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const key = {
  id: `app_${freshId()}`,
  secret: "s",
  scope: "app",
  displayName: "Key",
  appId,
  integrationId: undefined,
} as const;
const integration: Integration = {
  id: freshId(),
  appId,
  type: "line",
  status: "active",
  displayName: undefined,
  fields: {},
};

let db: Db;
beforeAll(async () => {
  db = await newTable();
  const runtime = runtimeOf(db);
  await createApp(runtime, app);
  await createApiKey(runtime, key);
  await createIntegration(runtime, integration);
});

/** The kinds of the records that a call reads. */
function kindsRead({ input }: DbCall): readonly string[] {
  const tables = Object.values((input.RequestItems ?? {}) as Record<string, { Keys: Record<string, { S: string }>[] }>);
  const keys = (input.Key ? [input.Key] : tables.flatMap(({ Keys }) => Keys)) as Record<string, { S: string }>[];
  return keys.map((marshalled) => {
    const { pk, sk } = unmarshall(marshalled);
    return sk.startsWith("app#") ? "app" : pk.split("#")[0];
  });
}

describe("apps, keys and integrations", () => {
  let time: number;
  let reads: string[];
  let fails: boolean;
  let there: boolean;
  let runtime: Runtime;

  beforeEach(() => {
    time = 0;
    reads = [];
    fails = false;
    there = true;
    const watched = intercept(db, async (call, send) => {
      reads.push(...kindsRead(call));
      if (fails) throw new Error("out of reach");
      return there ? send() : {};
    });
    runtime = runtimeOf(watched, { now: () => new Date(time) });
  });

  const findApp = (id = app.id) => findCachedApp(runtime, id);
  const findKey = (id = key.id) => findCachedKey(runtime, id);
  const findIntegration = (id = integration.id) => findCachedIntegration(runtime, id);
  const records = [
    ["app", app, findApp],
    ["key", key, findKey],
    ["integration", integration, findIntegration],
  ] as const;

  test.each(records)("are read once a minute: %s", async (name, record, find) => {
    for (time of [0, 59_999]) expect(await find()).toEqual(record);
    expect(reads).toEqual([name]);
    time = 60_000;
    expect(await find()).toEqual(record);
    expect(reads).toEqual([name, name]);
  });

  test.each(records)("are read each time while there is none: %s", async (_name, record, find) => {
    there = false;
    expect(await find()).toBeUndefined();
    there = true;
    expect(await find()).toEqual(record);
    there = false;
    time = 60_000;
    expect(await find()).toBeUndefined();
    // Gone, it is not even remembered for when the table fails.
    fails = true;
    await expect(find()).rejects.toThrow("out of reach");
  });

  test("are served from memory while the store fails, but for keys, which could have been deleted", async () => {
    for (const [, , find] of records) await find();
    time = 90_000;
    fails = true;
    expect([await findApp(), await findIntegration()]).toEqual([app, integration]);
    await expect(findKey()).rejects.toThrow("out of reach");
    await expect(findApp("other")).rejects.toThrow("out of reach");
  });

  test("are forgotten when they change", async () => {
    for (const [, , find] of records) await find();
    runtime.cache.apps.delete(app.id);
    runtime.cache.keys.delete(key.id);
    runtime.cache.integrations.delete(integration.id);
    reads = [];
    for (const [, , find] of records) await find();
    expect(reads).toEqual(["app", "key", "integration"]);
  });

  test("of a request are read together, and what is remembered is not read", async () => {
    expect(await findKeyAndApp(runtime, key.id, app.id)).toEqual({ key, app });
    expect(await findKeyAndApp(runtime, key.id, app.id)).toEqual({ key, app });
    expect(reads).toEqual(["app", "key"]);
    runtime.cache.keys.delete(key.id);
    expect(await findKeyAndApp(runtime, key.id, app.id)).toEqual({ key, app });
    runtime.cache.apps.delete(app.id);
    expect(await findKeyAndApp(runtime, key.id, app.id)).toEqual({ key, app });
    expect(reads).toEqual(["app", "key", "key", "app"]);
    expect(await findKeyAndApp(runtime, key.id, undefined)).toEqual({ key, app: undefined });
    expect(await findKeyAndApp(runtime, "none", "neither")).toEqual({ key: undefined, app: undefined });
    expect(await findKeyAndApp(runtime, "none", "neither")).toEqual({ key: undefined, app: undefined });
    expect(reads).toHaveLength(8);
    time = 60_000;
    expect(await findKeyAndApp(runtime, key.id, app.id)).toEqual({ key, app });
    expect(reads).toHaveLength(10);
  });
});
