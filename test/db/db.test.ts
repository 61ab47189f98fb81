import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Db, type Item, openDb } from "../../lib/db/db.ts";
import { equals } from "../../lib/db/expression.ts";
import type { Key } from "../../lib/db/keys.ts";
import { getItem, getItems, type QueryRange, queryItems } from "../../lib/db/readItems.ts";
import { ConflictError } from "../../lib/db/retryOnConflict.ts";
import { transact } from "../../lib/db/transact.ts";
import { deleteItem, deleteItems, putItem, updateItem } from "../../lib/db/writeItems.ts";
import { newTable } from "../support/newTable.ts";
import { type AwsAnswer, type AwsCall, type AwsService, startAwsService } from "../support/startAwsService.ts";

let table: Db;
beforeAll(async () => {
  table = await newTable();
});

let count = 0;
const freshKey = (): Key => ({ pk: `partition ${++count}`, sk: "item" });
const is = (value: number) => equals("value", value);
const set = (value: number) => ({ set: { value } });

describe("an item", () => {
  test("is read as it was written, without what is undefined", async () => {
    const item = { ...freshKey(), text: "é", list: [1, { a: true }], set: new Set(["a"]), none: undefined };
    expect(await putItem(table, item)).toEqual({ done: true });
    const { none: _, ...kept } = item;
    expect(await getItem(table, { pk: item.pk, sk: item.sk })).toStrictEqual(kept);
    expect(await getItem(table, freshKey())).toBeUndefined();
  });

  test("is written on a condition, or what stands in its way is told", async () => {
    const key = freshKey();
    const one = { ...key, value: 1 };
    expect(await putItem(table, one, is(1))).toEqual({ done: false, existing: undefined });
    expect(await putItem(table, one)).toEqual({ done: true });
    expect(await putItem(table, { ...key, value: 2 }, is(2))).toEqual({ done: false, existing: one });
    expect(await updateItem(table, key, set(2), is(2))).toEqual({ done: false, existing: one });
    expect(await deleteItem(table, key, is(2))).toEqual({ done: false, existing: one });
    expect(await putItem(table, { ...key, value: 2 }, is(1))).toEqual({ done: true });
    expect(await updateItem(table, key, set(3), is(2))).toEqual({ done: true });
    expect(await getItem(table, key)).toEqual({ ...key, value: 3 });
    expect(await updateItem(table, key, set(4))).toEqual({ done: true });
    expect(await deleteItem(table, key, is(4))).toEqual({ done: true });
    expect(await deleteItem(table, key)).toEqual({ done: true });
    expect(await getItem(table, key)).toBeUndefined();
  });
});

describe("items read together", () => {
  test("are in the order of their keys, each as often as it was asked for", async () => {
    const [one, none, two] = [freshKey(), freshKey(), freshKey()];
    for (const key of [one, two]) await putItem(table, key);
    expect(await getItems(table, [two, none, one, two])).toEqual([two, undefined, one, two]);
    expect(await getItems(table, [one])).toEqual([one]);
    expect(await getItems(table, [])).toEqual([]);
    // Two keys that read the same when their parts are put together are two keys.
    const [left, right] = [
      { pk: "ab", sk: "c" },
      { pk: "a", sk: "bc" },
    ];
    await putItem(table, left);
    expect(await getItems(table, [left, right])).toEqual([left, undefined]);
  });
});

describe("a key that is longer than the table takes", () => {
  const longest: Key = { pk: "é".repeat(1024), sk: "é".repeat(512) };
  const longer: readonly Key[] = [
    { pk: `${longest.pk}x`, sk: "item" },
    { pk: "partition", sk: `${longest.sk}x` },
  ];

  test("holds nothing, and nothing that is on condition of it is done", async () => {
    await putItem(table, longest);
    expect(await getItem(table, longest)).toEqual(longest);
    for (const key of longer) {
      expect(await getItem(table, key)).toBeUndefined();
      expect(await getItems(table, [key, longest])).toEqual([undefined, longest]);
      const other = freshKey();
      for (const longer of [{ put: key }, { delete: key }, { update: key, ...set(1) }])
        expect(await transact(table, { other: { put: other }, longer })).toEqual({
          done: false,
          failed: { longer: { existing: undefined } },
        });
      expect(await getItem(table, other)).toBeUndefined();
    }
    expect(await queryItems(table, { partition: `${longest.pk}x`, limit: 1 })).toEqual({ items: [], more: false });
    expect(await queryItems(table, { partition: "a", prefix: `${longest.sk}x`, limit: 1 })).toEqual({
      items: [],
      more: false,
    });
  });
});

describe("a transaction", () => {
  test("does all it is asked to", async () => {
    const [put, updated, deleted] = [freshKey(), freshKey(), freshKey()];
    for (const key of [updated, deleted]) await putItem(table, { ...key, value: 1 });
    const operations = {
      put: { put: { ...put, value: 9, none: undefined } },
      updated: { update: updated, ...set(2), condition: is(1) },
      deleted: { delete: deleted, condition: is(1) },
    };
    expect(await transact(table, operations)).toEqual({ done: true });
    expect(await getItems(table, [put, updated, deleted])).toEqual([
      { ...put, value: 9 },
      { ...updated, value: 2 },
      undefined,
    ]);
  });

  test("does nothing, and tells of each operation what stands in its way", async () => {
    const [put, updated, deleted, other] = [freshKey(), freshKey(), freshKey(), freshKey()];
    for (const key of [put, updated]) await putItem(table, { ...key, value: 1 });
    const operations = {
      put: { put: { ...put, value: 2 }, condition: is(2) },
      other: { put: other },
      updated: { update: updated, ...set(2), condition: is(2) },
      deleted: { delete: deleted, condition: is(2) },
    };
    expect(await transact(table, operations)).toEqual({
      done: false,
      failed: {
        put: { existing: { ...put, value: 1 } },
        updated: { existing: { ...updated, value: 1 } },
        deleted: { existing: undefined },
      },
    });
    expect(await getItem(table, other)).toBeUndefined();
  });
});

describe("a range of a partition", () => {
  const partition = "range";
  const keys = ["a1", "a2", "a3", "a4", "b1"];
  beforeAll(async () => {
    for (const [index, sk] of keys.entries()) await putItem(table, { pk: partition, sk, order: `${9 - index}` });
    await putItem(table, { pk: "range next to it", sk: "a1", order: "1" });
  });

  test.each<[Omit<QueryRange, "partition">, string, boolean]>([
    [{ limit: 9 }, "a1 a2 a3 a4 b1", false],
    [{ limit: 5 }, "a1 a2 a3 a4 b1", false],
    [{ limit: 4 }, "a1 a2 a3 a4", true],
    [{ limit: 4, prefix: "a" }, "a1 a2 a3 a4", false],
    [{ limit: 2, prefix: "a", beyond: "a1" }, "a2 a3", true],
    [{ limit: 3, prefix: "a", beyond: "a1" }, "a2 a3 a4", false],
    [{ limit: 9, beyond: "a4" }, "b1", false],
    [{ limit: 9, prefix: "a", descending: true }, "a4 a3 a2 a1", false],
    [{ limit: 2, prefix: "a", descending: true, beyond: "a4" }, "a3 a2", true],
    [{ limit: 3, prefix: "a", descending: true, beyond: "a4" }, "a3 a2 a1", false],
    [{ limit: 9, descending: true, beyond: "a1" }, "", false],
    // Beyond what is not there, or not any more.
    [{ limit: 1, beyond: "a25" }, "a3", true],
    [{ limit: 9, prefix: "a", beyond: "a25" }, "a3 a4", false],
    [{ limit: 2, index: "order" }, "b1 a4", true],
    [{ limit: 9, index: "order", beyond: "6" }, "a3 a2 a1", false],
    [{ limit: 9, index: "order", descending: true, beyond: "6" }, "b1", false],
  ])("%j has %j, and more: %j", async (range, sortKeys, more) => {
    const answer = await queryItems(table, { partition, ...range });
    expect([answer.items.map(({ sk }) => sk).join(" "), answer.more]).toEqual([sortKeys, more]);
  });

  test("is read to its end over the pages of 1 MB in which the engine answers", async () => {
    const large = "x".repeat(350_000);
    for (let index = 0; index < 8; index++) await putItem(table, { pk: "large", sk: `${index}`, large });
    const sortKeys = (items: readonly Item[]) => items.map(({ sk }) => sk).join("");
    const all = await queryItems(table, { partition: "large", limit: 8 });
    expect([sortKeys(all.items), all.more]).toEqual(["01234567", false]);
    const some = await queryItems(table, { partition: "large", limit: 6 });
    expect([sortKeys(some.items), some.more]).toEqual(["012345", true]);
  });
});

describe("items deleted together", () => {
  test("are gone, however many they are, and nothing else is", async () => {
    const keys = Array.from({ length: 60 }, (_, index): Key => ({ pk: "many", sk: `${index}`.padStart(2, "0") }));
    for (const key of keys) await putItem(table, key);
    await deleteItems(
      table,
      keys.slice(1).map((key) => ({ ...key, more: "than a key" })),
    );
    expect((await queryItems(table, { partition: "many", limit: 99 })).items).toEqual([keys[0]]);
    await deleteItems(table, []);
  });
});

describe("what DynamoDB answers when it is busy", () => {
  let service: AwsService;
  // The pause before the next attempt is of random length: here it is none.
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
  afterEach(() => {
    vi.restoreAllMocks();
    service.close();
  });
  const error = (type: string, more: object = {}): AwsAnswer => ({
    status: 400,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...more },
  });
  const cancelled = (...codes: readonly string[]) =>
    error("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });

  /** A table behind which the answers are these, one after the other, and the last one from then on. */
  async function answering(...answers: readonly (AwsAnswer | ((call: AwsCall) => AwsAnswer))[]): Promise<Db> {
    service = await startAwsService((call, index) => {
      const answer = answers[Math.min(index, answers.length - 1)] ?? { body: {} };
      return typeof answer === "function" ? answer(call) : answer;
    });
    return openDb("busy", service.endpoint);
  }
  const keys = [
    { pk: "1", sk: "1" },
    { pk: "2", sk: "2" },
  ];
  const wire = ({ pk, sk }: Key) => ({ pk: { S: pk }, sk: { S: sk } });

  test("is asked again for the items it left out", async () => {
    const part = (own: Key, left: readonly Key[]) => ({
      body: {
        Responses: { busy: [wire(own)] },
        UnprocessedKeys: left.length ? { busy: { Keys: left.map(wire) } } : {},
      },
    });
    const [one, two] = keys as [Key, Key];
    const busy = await answering(part(two, [one]), part(one, []));
    expect(await getItems(busy, keys)).toEqual(keys);
    expect(service.calls.map(({ input }) => input.RequestItems)).toMatchObject([
      { busy: { Keys: keys.map(wire), ConsistentRead: true } },
      { busy: { Keys: [wire(one)], ConsistentRead: true } },
    ]);
  });

  test("is asked again to delete what it left", async () => {
    const request = (key: Key) => ({ DeleteRequest: { Key: wire(key) } });
    const [one, two] = keys as [Key, Key];
    const busy = await answering({ body: { UnprocessedItems: { busy: [request(two)] } } }, { body: {} });
    await deleteItems(busy, [one, two]);
    expect(service.calls.map(({ input }) => input.RequestItems)).toEqual([
      { busy: [request(one), request(two)] },
      { busy: [request(two)] },
    ]);
  });

  test("is asked again when another request's transaction holds the item, at most ninety-nine times", async () => {
    const conflict = error("TransactionConflictException");
    const twice = await answering(conflict, conflict, { body: {} });
    expect(await putItem(twice, { pk: "1", sk: "1" })).toEqual({ done: true });
    expect(service.calls).toHaveLength(3);
    service.close();
    const always = await answering(conflict);
    await expect(putItem(always, { pk: "1", sk: "1" })).rejects.toThrow(ConflictError);
    expect(service.calls).toHaveLength(100);
  });

  test.each(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])(
    "is asked for a transaction again after a %s, at most ninety-nine times",
    async (code) => {
      const busy = await answering(cancelled("None", code), { body: {} });
      expect(await transact(busy, { keys: keys.map((put) => ({ put })) })).toEqual({ done: true });
      expect(service.calls).toHaveLength(2);
      service.close();
      const always = await answering(cancelled("None", code));
      await expect(transact(always, { keys: keys.map((put) => ({ put })) })).rejects.toThrow(ConflictError);
      expect(service.calls).toHaveLength(100);
    },
  );

  test("is not asked again where a condition failed as well, or for what will not pass", async () => {
    const failed = await answering(cancelled("TransactionConflict", "ConditionalCheckFailed"));
    expect(await transact(failed, { keys: keys.map((put) => ({ put })) })).toEqual({
      done: false,
      failed: { keys: [undefined, { existing: undefined }] },
    });
    service.close();
    const refused = await answering(cancelled("ValidationError", "None"));
    await expect(transact(refused, { item: { put: { pk: "1", sk: "1" } } })).rejects.toMatchObject({
      name: "TransactionCanceledException",
    });
    expect(service.calls).toHaveLength(1);
    service.close();
    const invalid = await answering(error("ValidationException"));
    await expect(putItem(invalid, { pk: "1", sk: "1" })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(transact(invalid, { item: { put: { pk: "1", sk: "1" } } })).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(service.calls).toHaveLength(2);
  });
});

test("reads are strongly consistent", async () => {
  const service = await startAwsService(() => ({ body: {} }));
  const asked = openDb("asked", service.endpoint);
  await getItem(asked, { pk: "1", sk: "1" });
  await queryItems(asked, { partition: "1", limit: 1 });
  expect(service.calls.map(({ input }) => input.ConsistentRead)).toEqual([true, true]);
  service.close();
});
