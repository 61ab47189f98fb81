import { describe, expect, test } from "vitest";
import { readStreamRecord, type StreamRecord } from "../../lib/db/streamRecord.ts";

const Keys = { pk: { S: "user#app#1" }, sk: { S: "user" } };
const record = (dynamodb: StreamRecord["dynamodb"], more: Partial<StreamRecord> = {}): StreamRecord => ({
  eventName: "MODIFY",
  ...more,
  dynamodb: { Keys, ApproximateCreationDateTime: 1_795_931_306, ...dynamodb },
});

describe("a record of the stream", () => {
  test("is the item before and after, at its time", () => {
    const read = readStreamRecord(
      record({ OldImage: { ...Keys, n: { N: "1" } }, NewImage: { ...Keys, n: { N: "2" } } }),
    );
    expect(read).toEqual({
      key: { pk: "user#app#1", sk: "user" },
      before: { pk: "user#app#1", sk: "user", n: 1 },
      after: { pk: "user#app#1", sk: "user", n: 2 },
      at: "2026-11-29T05:48:26.000Z",
    });
  });

  test("has no item before the first one, and none after the last", () => {
    expect(readStreamRecord(record({ NewImage: Keys }))).toMatchObject({ before: undefined, after: { sk: "user" } });
    expect(readStreamRecord(record({ OldImage: Keys }))).toMatchObject({ before: { sk: "user" }, after: undefined });
  });

  test.each([
    ["seconds", 1_795_931_306.5],
    ["a date", new Date("2026-11-29T05:48:26.500Z")],
    ["text", "2026-11-29T05:48:26.500Z"],
  ])("has its time as %s", (_, ApproximateCreationDateTime) => {
    expect(readStreamRecord(record({ ApproximateCreationDateTime }))?.at).toBe("2026-11-29T05:48:26.500Z");
  });

  test("has the time of its reading if it has none", () => {
    const at = readStreamRecord(record({ ApproximateCreationDateTime: undefined }))?.at ?? "";
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    ["in base64, as a Lambda gets them", "AQI="],
    ["as bytes, as an SDK reads them", new Uint8Array([1, 2])],
  ])("has bytes %s", (_, B) => {
    expect(readStreamRecord(record({ NewImage: { ...Keys, devices: { B } } }))?.after?.devices).toEqual(
      new Uint8Array([1, 2]),
    );
  });

  test("has empty maps, of which DynamoDB Local leaves nothing, at any depth", () => {
    const NewImage = {
      ...Keys,
      seen: {},
      people: { M: { ada: { M: { seen: {}, names: { L: [{}, { S: "Ada" }] } } } } },
    };
    expect(readStreamRecord(record({ NewImage }))?.after).toMatchObject({
      seen: {},
      people: { ada: { seen: {}, names: [{}, "Ada"] } },
    });
  });

  test.each([
    ["on AWS", { eventName: "REMOVE", userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } }],
    ["on DynamoDB Local", { eventName: "UNKNOWN_TO_SDK_VERSION" }],
  ])("is none if the item expired %s", (_, more) => {
    expect(readStreamRecord(record({ OldImage: Keys }, more))).toBeUndefined();
  });

  test("is none without keys", () => {
    expect(readStreamRecord({ eventName: "INSERT" })).toBeUndefined();
  });
});
