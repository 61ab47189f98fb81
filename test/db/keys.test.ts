import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  apiKeyKey,
  appKey,
  appPartition,
  channelAddress,
  channelMessageId,
  conversationEntryKey,
  conversationKey,
  deletionKey,
  emailAddress,
  emailKey,
  externalIdAddress,
  firstConversationId,
  idempotencyRecordKey,
  idOfIdempotencyKey,
  integrationEntryKey,
  integrationKey,
  messageKey,
  namesInUserKey,
  pendingLinkKey,
  userKey,
} from "../../lib/db/keys.ts";

/** What a part of an id may be, also what could be taken for a separator of parts. */
const part = fc.oneof(
  fc.string({ unit: "binary", minLength: 1 }),
  fc.constantFrom('"', '","', '\\","', "a", 'a","b', "externalId", "channel", "conversation"),
);
const brand = fc.option(part, { nil: undefined });
const salt = fc.string({ minLength: 1 });

/** An id that follows from somewhat, and what it follows from. */
const origin = fc.oneof(
  fc.tuple(part, brand).map(([externalId, brandId]) => ({
    from: ["externalId", externalId, brandId],
    id: (key: string) => externalIdAddress(key, externalId, brandId),
  })),
  fc.tuple(part, part).map(([integrationId, externalId]) => ({
    from: ["channel", integrationId, externalId],
    id: (key: string) => channelAddress(key, integrationId, externalId),
  })),
  fc.tuple(part, part).map(([integrationId, messageId]) => ({
    from: ["message", integrationId, messageId],
    id: (key: string) => channelMessageId(key, integrationId, messageId),
  })),
  part.map((userId) => ({
    from: ["conversation", userId],
    id: (key: string) => firstConversationId(key, userId),
  })),
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({
    from: ["idempotency", ...parts],
    id: (key: string) => idOfIdempotencyKey(key, ...parts),
  })),
);

describe("an id that follows from what identifies somebody", () => {
  property.prop([salt, part, brand])("is the same each time, and looks like every id", (key, externalId, brandId) => {
    expect(externalIdAddress(key, externalId, brandId)).toMatch(/^[0-9a-f]{24}$/);
    expect(externalIdAddress(key, externalId, brandId)).toBe(externalIdAddress(key, externalId, brandId));
  });

  property.prop([salt, fc.tuple(part, brand), fc.tuple(part, brand)], { numRuns: 500 })(
    "is another for another externalId or brandId",
    (key, one, two) => {
      const same = one[0] === two[0] && one[1] === two[1];
      expect(externalIdAddress(key, ...one) === externalIdAddress(key, ...two)).toBe(same);
    },
  );

  property.prop([salt, origin, origin], { numRuns: 500 })(
    "is another for anything of another kind",
    (key, one, two) => {
      const same = JSON.stringify(one.from) === JSON.stringify(two.from);
      expect(one.id(key) === two.id(key)).toBe(same);
    },
  );

  property.prop([salt, salt, origin])("is another in another app", (one, two, { id }) => {
    expect(id(one) === id(two)).toBe(one === two);
  });

  test("does not depend on where one part ends and the next begins", () => {
    expect(externalIdAddress("salt", "a", "bc")).not.toBe(externalIdAddress("salt", "ab", "c"));
    expect(externalIdAddress("salt", 'a","b')).not.toBe(externalIdAddress("salt", "a", "b"));
  });
});

describe("what a version has stored", () => {
  test.each([
    ["appKey", () => appKey("A"), "apps", "app#A"],
    ["apiKeyKey", () => apiKeyKey("K"), "key#K", "key"],
    ["userKey", () => userKey("A", "U"), "user#A#U", "user"],
    ["deletionKey", () => deletionKey("A", "U"), "user#A#U", "deletion"],
    ["conversationEntryKey", () => conversationEntryKey("A", "U", "C"), "user#A#U", "conversation#C"],
    ["emailKey", () => emailKey("A", "E"), "email#A#E", "email"],
    ["pendingLinkKey", () => pendingLinkKey("A", "L"), "link#A#L", "link"],
    ["idempotencyRecordKey", () => idempotencyRecordKey("A", "B"), "birth#A#B", "birth"],
    ["integrationKey", () => integrationKey("I"), "integration#I", "integration"],
    ["integrationEntryKey", () => integrationEntryKey("A", "I"), "app#A", "integration#I"],
    ["conversationKey", () => conversationKey("A", "C"), "conversation#A#C", "conversation"],
    ["messageKey", () => messageKey("A", "C", "M"), "conversation#A#C", "message#M"],
  ])("is found by every other under its key: %s", (_, key, pk, sk) => {
    expect(key()).toEqual({ pk, sk });
  });

  test("is listed in one partition for each app, and tells in its key whose it is", () => {
    expect(appPartition("A")).toBe("app#A");
    expect(namesInUserKey(userKey("A", "U").pk)).toEqual({ appId: "A", id: "U" });
  });

  test("is found by every other under the ids that follow from what is known", () => {
    expect({
      externalId: externalIdAddress("salt", "ada"),
      ofBrand: externalIdAddress("salt", "ada", "brand"),
      channel: channelAddress("salt", "integration", "1"),
      email: emailAddress("salt", "ada@example.com"),
      emailOfBrand: emailAddress("salt", "ada@example.com", "brand"),
      conversation: firstConversationId("salt", "user"),
      request: idOfIdempotencyKey("salt", "user", "key"),
      message: channelMessageId("salt", "integration", "1"),
    }).toEqual({
      // HMAC-SHA256 of the JSON of the parts, computed apart from this code.
      externalId: "75613a7b1d1e611f61bd026d",
      ofBrand: "07c88f0aea146b283a5f4c5f",
      channel: "87cd308e23239b2e2ba57255",
      email: "a47c36d0cceaf840c0821d8b",
      emailOfBrand: "c7123b9dc9edf9a243b3b50c",
      conversation: "7f613d6f86e2af4b21ee3b68",
      request: "b73af418e0dc3ee34f6649a5",
      message: "31bdd2370a935aa5b07a5cff",
    });
  });
});
