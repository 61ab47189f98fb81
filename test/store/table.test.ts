import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Key } from "../../lib/store/keys.ts";
import { type Item, type Operation, openTable, type QueryRange, type Table } from "../../lib/store/table.ts";
import { newTable } from "../support/newTable.ts";
import { type AwsAnswer, type AwsCall, type AwsService, startAwsService } from "../support/startAwsService.ts";

let table: Table;
beforeAll(async () => {
  table = await newTable();
});

let count = 0;
const freshKey = (): Key => ({ pk: `partition ${++count}`, sk: "item" });
const is = (value: number) => ({ text: "#v = :v", names: { "#v": "value" }, values: { ":v": value } });
const set = (value: number) => ({ text: "SET #v = :next", names: { "#v": "value" }, values: { ":next": value } });

describe("an item", () => {
  test("is read as it was written, without what is undefined", async () => {
    const item = { ...freshKey(), text: "é", list: [1, { a: true }], set: new Set(["a"]), none: undefined };
    expect(await table.put(item)).toEqual({ done: true });
    const { none: _, ...kept } = item;
    expect(await table.get({ pk: item.pk, sk: item.sk })).toStrictEqual(kept);
    expect(await table.get(freshKey())).toBeUndefined();
  });

  test("is written on a condition, or what stands in its way is told", async () => {
    const key = freshKey();
    const one = { ...key, value: 1 };
    expect(await table.put(one, is(1))).toEqual({ done: false, standing: undefined });
    expect(await table.put(one)).toEqual({ done: true });
    expect(await table.put({ ...key, value: 2 }, is(2))).toEqual({ done: false, standing: one });
    expect(await table.update(key, set(2), is(2))).toEqual({ done: false, standing: one });
    expect(await table.delete(key, is(2))).toEqual({ done: false, standing: one });
    expect(await table.put({ ...key, value: 2 }, is(1))).toEqual({ done: true });
    expect(await table.update(key, set(3), is(2))).toEqual({ done: true });
    expect(await table.get(key)).toEqual({ ...key, value: 3 });
    expect(await table.update(key, set(4))).toEqual({ done: true });
    expect(await table.delete(key, is(4))).toEqual({ done: true });
    expect(await table.delete(key)).toEqual({ done: true });
    expect(await table.get(key)).toBeUndefined();
  });
});

describe("items read together", () => {
  test("are in the order of their keys, each as often as it was asked for", async () => {
    const [one, none, two] = [freshKey(), freshKey(), freshKey()];
    for (const key of [one, two]) await table.put(key);
    expect(await table.getAll([two, none, one, two])).toEqual([two, undefined, one, two]);
    expect(await table.getAll([one])).toEqual([one]);
    expect(await table.getAll([])).toEqual([]);
    // Two keys that read the same when their parts are put together are two keys.
    const [left, right] = [
      { pk: "ab", sk: "c" },
      { pk: "a", sk: "bc" },
    ];
    await table.put(left);
    expect(await table.getAll([left, right])).toEqual([left, undefined]);
  });
});

describe("a key that is longer than the table takes", () => {
  const longest: Key = { pk: "é".repeat(1024), sk: "é".repeat(512) };
  const longer: readonly Key[] = [
    { pk: `${longest.pk}x`, sk: "item" },
    { pk: "partition", sk: `${longest.sk}x` },
  ];

  test("holds nothing, and nothing that is on condition of it is done", async () => {
    await table.put(longest);
    expect(await table.get(longest)).toEqual(longest);
    for (const key of longer) {
      expect(await table.get(key)).toBeUndefined();
      expect(await table.getAll([key, longest])).toEqual([undefined, longest]);
      const other = freshKey();
      for (const operation of [{ put: key }, { delete: key }, { update: key, change: set(1) }])
        expect(await table.transact([{ put: other }, operation])).toEqual({
          done: false,
          failed: [false, { standing: undefined }],
        });
      expect(await table.get(other)).toBeUndefined();
    }
    expect(await table.query({ partition: `${longest.pk}x`, limit: 1 })).toEqual({ items: [], more: false });
    expect(await table.query({ partition: "a", prefix: `${longest.sk}x`, limit: 1 })).toEqual({
      items: [],
      more: false,
    });
  });
});

describe("a transaction", () => {
  test("does all it is asked to", async () => {
    const [put, updated, deleted] = [freshKey(), freshKey(), freshKey()];
    for (const key of [updated, deleted]) await table.put({ ...key, value: 1 });
    const operations: readonly Operation[] = [
      { put: { ...put, value: 9, none: undefined } },
      { update: updated, change: set(2), condition: is(1) },
      { delete: deleted, condition: is(1) },
    ];
    expect(await table.transact(operations)).toEqual({ done: true });
    expect(await table.getAll([put, updated, deleted])).toEqual([
      { ...put, value: 9 },
      { ...updated, value: 2 },
      undefined,
    ]);
  });

  test("does nothing, and tells of each operation what stands in its way", async () => {
    const [put, updated, deleted, other] = [freshKey(), freshKey(), freshKey(), freshKey()];
    for (const key of [put, updated]) await table.put({ ...key, value: 1 });
    const operations: readonly Operation[] = [
      { put: { ...put, value: 2 }, condition: is(2) },
      { put: other },
      { update: updated, change: set(2), condition: is(2) },
      { delete: deleted, condition: is(2) },
    ];
    expect(await table.transact(operations)).toEqual({
      done: false,
      failed: [
        { standing: { ...put, value: 1 } },
        false,
        { standing: { ...updated, value: 1 } },
        { standing: undefined },
      ],
    });
    expect(await table.get(other)).toBeUndefined();
  });
});

describe("a range of a partition", () => {
  const partition = "range";
  const keys = ["a1", "a2", "a3", "a4", "b1"];
  beforeAll(async () => {
    for (const [index, sk] of keys.entries()) await table.put({ pk: partition, sk, order: `${9 - index}` });
    await table.put({ pk: "range next to it", sk: "a1", order: "1" });
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
    const answer = await table.query({ partition, ...range });
    expect([answer.items.map(({ sk }) => sk).join(" "), answer.more]).toEqual([sortKeys, more]);
  });

  test("is read to its end over the pages of 1 MB in which the engine answers", async () => {
    const large = "x".repeat(350_000);
    for (let index = 0; index < 8; index++) await table.put({ pk: "large", sk: `${index}`, large });
    const sortKeys = (items: readonly Item[]) => items.map(({ sk }) => sk).join("");
    const all = await table.query({ partition: "large", limit: 8 });
    expect([sortKeys(all.items), all.more]).toEqual(["01234567", false]);
    const some = await table.query({ partition: "large", limit: 6 });
    expect([sortKeys(some.items), some.more]).toEqual(["012345", true]);
  });
});

describe("items deleted together", () => {
  test("are gone, however many they are, and nothing else is", async () => {
    const keys = Array.from({ length: 60 }, (_, index): Key => ({ pk: "many", sk: `${index}`.padStart(2, "0") }));
    for (const key of keys) await table.put(key);
    await table.deleteAll(keys.slice(1).map((key) => ({ ...key, more: "than a key" })));
    expect((await table.query({ partition: "many", limit: 99 })).items).toEqual([keys[0]]);
    await table.deleteAll([]);
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
  async function answering(...answers: readonly (AwsAnswer | ((call: AwsCall) => AwsAnswer))[]): Promise<Table> {
    service = await startAwsService((call, index) => {
      const answer = answers[Math.min(index, answers.length - 1)] ?? { body: {} };
      return typeof answer === "function" ? answer(call) : answer;
    });
    return openTable("busy", service.endpoint);
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
    expect(await busy.getAll(keys)).toEqual(keys);
    expect(service.calls.map(({ input }) => input.RequestItems)).toMatchObject([
      { busy: { Keys: keys.map(wire), ConsistentRead: true } },
      { busy: { Keys: [wire(one)], ConsistentRead: true } },
    ]);
  });

  test("is asked again to delete what it left", async () => {
    const request = (key: Key) => ({ DeleteRequest: { Key: wire(key) } });
    const [one, two] = keys as [Key, Key];
    const busy = await answering({ body: { UnprocessedItems: { busy: [request(two)] } } }, { body: {} });
    await busy.deleteAll([one, two]);
    expect(service.calls.map(({ input }) => input.RequestItems)).toEqual([
      { busy: [request(one), request(two)] },
      { busy: [request(two)] },
    ]);
  });

  test("is asked again when somebody else's transaction holds the item, at most eight times", async () => {
    const conflict = error("TransactionConflictException");
    expect(await (await answering(conflict, conflict, { body: {} })).put({ pk: "1", sk: "1" })).toEqual({ done: true });
    expect(service.calls).toHaveLength(3);
    service.close();
    const always = await answering(conflict);
    await expect(always.put({ pk: "1", sk: "1" })).rejects.toMatchObject({ name: "TransactionConflictException" });
    expect(service.calls).toHaveLength(9);
  });

  test.each(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])(
    "is asked for a transaction again after a %s, at most eight times",
    async (code) => {
      const busy = await answering(cancelled("None", code), { body: {} });
      expect(await busy.transact(keys.map((put) => ({ put })))).toEqual({ done: true });
      expect(service.calls).toHaveLength(2);
      service.close();
      const always = await answering(cancelled("None", code));
      await expect(always.transact(keys.map((put) => ({ put })))).rejects.toMatchObject({
        name: "TransactionCanceledException",
      });
      expect(service.calls).toHaveLength(9);
    },
  );

  test("is not asked again where a condition failed as well, or for what will not pass", async () => {
    const failed = await answering(cancelled("TransactionConflict", "ConditionalCheckFailed"));
    expect(await failed.transact(keys.map((put) => ({ put })))).toEqual({
      done: false,
      failed: [false, { standing: undefined }],
    });
    service.close();
    const refused = await answering(cancelled("ValidationError", "None"));
    await expect(refused.transact([{ put: { pk: "1", sk: "1" } }])).rejects.toMatchObject({
      name: "TransactionCanceledException",
    });
    expect(service.calls).toHaveLength(1);
    service.close();
    const invalid = await answering(error("ValidationException"));
    await expect(invalid.put({ pk: "1", sk: "1" })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(invalid.transact([{ put: { pk: "1", sk: "1" } }])).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(service.calls).toHaveLength(2);
  });
});

test("reads are strongly consistent", async () => {
  const service = await startAwsService(() => ({ body: {} }));
  const asked = openTable("asked", service.endpoint);
  await asked.get({ pk: "1", sk: "1" });
  await asked.query({ partition: "1", limit: 1 });
  expect(service.calls.map(({ input }) => input.ConsistentRead)).toEqual([true, true]);
  service.close();
});
