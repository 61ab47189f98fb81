import { beforeEach, describe, expect, test } from "vitest";
import type { ApiKey } from "../../lib/domain/apiKey.ts";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { Integration } from "../../lib/domain/integration.ts";
import { Memory, tenancy } from "../../lib/store/tenancy.ts";

const app: App = { id: "app", displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const key: ApiKey = { id: "key", secret: "s", scope: "app", displayName: "Key", appId: "app" };
const integration: Integration = { id: "integration", appId: "app", type: "line", status: "active", fields: {} };

describe("a memory", () => {
  test("is good for a minute, and knows what it knew longer ago", () => {
    const memory = new Memory<object>();
    const value = {};
    memory.set("a", value, 1_000);
    expect([memory.get("a", 60_999), memory.get("a", 61_000)]).toEqual([value, undefined]);
    expect([memory.stale("a"), memory.stale("b"), memory.get("b", 0)]).toEqual([value, undefined, undefined]);
    memory.forget("a");
    expect([memory.get("a", 1_000), memory.stale("a")]).toEqual([undefined, undefined]);
  });

  test("holds a thousand, and forgets one for each one more", () => {
    const memory = new Memory<object>();
    for (let name = 0; name < 1_000; name++) memory.set(`${name}`, {}, 0);
    expect(memory.get("0", 0)).toBeDefined();
    memory.set("1000", {}, 0);
    expect(["0", "1", "999", "1000"].map((name) => memory.get(name, 0))).toEqual([undefined, {}, {}, {}]);
  });
});

describe("apps, keys and integrations", () => {
  let time: number;
  let reads: string[];
  let fails: boolean;
  let there: boolean;
  let tenants: ReturnType<typeof tenancy>;

  /** What stands in the store, as long as it answers, and whether it was asked. */
  const standing =
    <T>(record: T, name: string) =>
    async (id: string): Promise<T | undefined> => {
      reads.push(name);
      if (fails) throw new Error("out of reach");
      return there && id === name ? record : undefined;
    };
  beforeEach(() => {
    time = 0;
    reads = [];
    fails = false;
    there = true;
    const findApp = standing(app, "app");
    const findKey = standing(key, "key");
    tenants = tenancy(
      // What is not asked of these stores is left out.
      {
        find: findApp,
        findWithKey: async (appId: string, keyId: string) => ({ app: await findApp(appId), key: await findKey(keyId) }),
      } as Parameters<typeof tenancy>[0],
      { find: findKey } as Parameters<typeof tenancy>[1],
      { find: standing(integration, "integration") } as Parameters<typeof tenancy>[2],
      () => new Date(time),
    );
  });

  const records = [
    ["app", app],
    ["key", key],
    ["integration", integration],
  ] as const;

  test.each(records)("are read once a minute: %s", async (name, record) => {
    for (time of [0, 59_999]) expect(await tenants[name](name)).toBe(record);
    expect(reads).toEqual([name]);
    time = 60_000;
    expect(await tenants[name](name)).toBe(record);
    expect(reads).toEqual([name, name]);
  });

  test.each(records)("are read each time while there is none: %s", async (name, record) => {
    there = false;
    expect(await tenants[name](name)).toBeUndefined();
    there = true;
    expect(await tenants[name](name)).toBe(record);
    there = false;
    time = 60_000;
    expect(await tenants[name](name)).toBeUndefined();
    // Gone, it is not even remembered for when the store fails.
    fails = true;
    await expect(tenants[name](name)).rejects.toThrow("out of reach");
  });

  test("are served from memory while the store fails, but for keys, which could have been deleted", async () => {
    for (const [name] of records) await tenants[name](name);
    time = 90_000;
    fails = true;
    expect([await tenants.app("app"), await tenants.integration("integration")]).toEqual([app, integration]);
    await expect(tenants.key("key")).rejects.toThrow("out of reach");
    await expect(tenants.app("other")).rejects.toThrow("out of reach");
  });

  test("are forgotten when they change", async () => {
    for (const [name] of records) await tenants[name](name);
    tenants.forgetApp("app");
    tenants.forgetKey("key");
    tenants.forgetIntegration("integration");
    reads = [];
    for (const [name] of records) await tenants[name](name);
    expect(reads).toEqual(["app", "key", "integration"]);
  });

  test("of a request are read together, and what is remembered is not read", async () => {
    expect(await tenants.tenant("key", "app")).toEqual({ key, app });
    expect(await tenants.tenant("key", "app")).toEqual({ key, app });
    expect(reads).toEqual(["app", "key"]);
    tenants.forgetKey("key");
    expect(await tenants.tenant("key", "app")).toEqual({ key, app });
    tenants.forgetApp("app");
    expect(await tenants.tenant("key", "app")).toEqual({ key, app });
    expect(reads).toEqual(["app", "key", "key", "app"]);
    expect(await tenants.tenant("key", undefined)).toEqual({ key, app: undefined });
    expect(await tenants.tenant("none", "neither")).toEqual({ key: undefined, app: undefined });
    expect(await tenants.tenant("none", "neither")).toEqual({ key: undefined, app: undefined });
    expect(reads).toHaveLength(8);
    time = 60_000;
    expect(await tenants.tenant("key", "app")).toEqual({ key, app });
    expect(reads).toHaveLength(10);
  });
});
