import type { DynamoDBRecord } from "aws-lambda";
import { expect, test } from "vitest";
import { eventLog } from "../../../lib/local/control/eventLog.ts";

/** A record of this number, which tells one event. */
const record = (number: number): DynamoDBRecord => ({ eventID: String(number) });
const records = (count: number) => Array.from({ length: count }, (_, index) => record(index));

/** A log whose records each tell the event of their number. */
const newLog = (show = async (told: readonly DynamoDBRecord[]) => told.map(shown)) =>
  eventLog({ show, settle: async () => {} });
const shown = ({ eventID = "" }: DynamoDBRecord) => ({
  appId: "app",
  event: { id: eventID, type: "conversation:message", createdAt: "2030-01-01T00:00:00.000Z", payload: {} } as const,
});
const any = () => true;

test("shows an event once, however often it is told", async () => {
  const log = newLog();
  log.add([record(1), record(1)]);
  log.add([record(1), record(2)]);
  expect((await log.list(0, 0, any)).events.map(({ id }) => id)).toEqual(["1", "2"]);
});

test("keeps the latest of what nobody asked for, and says how many it does not", async () => {
  const log = newLog();
  log.add(records(1_200));
  const { events, next, missed } = await log.list(0, 0, any);
  expect([events.length, events[0]?.id, next, missed]).toEqual([1_000, "200", 1_000, 200]);
});

test("shows again what could not be shown", async () => {
  let fails = true;
  const log = newLog(async (told) => {
    if (fails) throw new Error("The engine is gone.");
    return told.map(shown);
  });
  log.add(records(2));
  await expect(log.list(0, 0, any)).rejects.toThrow("gone");
  fails = false;
  expect((await log.list(0, 0, any)).events).toHaveLength(2);
});

test("waits for one that is wanted, not for others", async () => {
  const log = newLog();
  const waiting = log.list(0, 60_000, ({ id }) => id === "2");
  log.add([record(1)]);
  await Promise.resolve();
  log.add([record(2)]);
  expect((await waiting).events.map(({ id }) => id)).toEqual(["2"]);
  expect((await log.list(2, 1, any)).events).toEqual([]);
});

test("counts on after it was cleared, and shows nothing from before", async () => {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const log = newLog(async (told) => {
    await held;
    return told.map(shown);
  });
  log.add(records(3));
  const before = log.list(0, 0, any);
  await Promise.resolve();
  log.clear();
  resolve();
  expect((await before).events).toEqual([]);
  log.add([record(9)]);
  expect(await log.list(0, 0, any)).toMatchObject({ events: [{ id: "9", sequence: 1 }], missed: 0 });
});
