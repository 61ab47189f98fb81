import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Db, openDb } from "../../lib/db/db.ts";
import { getItem, queryItems } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { engineEndpoint } from "./engineEndpoint.ts";
import { type DynamodbProxy, startProxy } from "./startProxy.ts";

let proxy: DynamodbProxy;
let table: Db;
const item = (sk: string) => ({ pk: "a", sk });

beforeAll(async () => {
  const endpoint = engineEndpoint();
  await createTable(endpoint, "proxied");
  proxy = await startProxy(endpoint);
  table = openDb("proxied", proxy.endpoint);
});
beforeEach(() => proxy.reset());
afterAll(() => proxy.close());

describe("the proxy before the engine", () => {
  test("counts calls by action and adds up the units they consume", async () => {
    await putItem(table, { ...item("1"), order: "1" });
    await getItem(table, item("1"));
    await queryItems(table, { partition: "a", limit: 10 });
    expect(proxy.calls).toEqual(["PutItem", "GetItem", "Query"]);
    // An item and its index entry are a unit each; a consistent read of 4 kB is one.
    expect(proxy.units).toEqual({ write: 2, read: 2 });
  });

  test.each(["refuse", "throttle", "fail", "reset after"] as const)(
    "a %s once is survived by a retry",
    async (kind) => {
      proxy.fault({ kind, times: 1 });
      await putItem(table, item(kind));
      expect(proxy.calls).toEqual(["PutItem", "PutItem"]);
      expect(await getItem(table, item(kind))).toEqual(item(kind));
    },
  );

  test("a reset after the call leaves what the call wrote", async () => {
    proxy.fault({ kind: "reset after" });
    await expect(putItem(table, item("reset"))).rejects.toThrow();
    proxy.reset();
    expect(await getItem(table, item("reset"))).toEqual(item("reset"));
  });

  test("a refused call writes nothing", async () => {
    proxy.fault({ kind: "refuse" });
    await expect(putItem(table, item("refused"))).rejects.toThrow();
    proxy.reset();
    expect(await getItem(table, item("refused"))).toBeUndefined();
  });

  test("a fault waits for the calls and the action it is meant for", async () => {
    proxy.fault({ kind: "fail", action: "PutItem", after: 1 });
    await putItem(table, item("first"));
    await getItem(table, item("first"));
    await expect(putItem(table, item("second"))).rejects.toMatchObject({ name: "InternalServerError" });
  });
});
