import { describe, expect, test } from "vitest";
import type { Client } from "../../../lib/model/client.ts";
import { sessionHash, withDevice } from "../../../lib/model/device.ts";
import { newUser, type User } from "../../../lib/model/user.ts";
import { clientAfterMerge, mergedUser } from "../../../lib/users/merge/mergedUser.ts";

const now = new Date();
const onWhatsapp = (id: string, externalId: string, aliases?: readonly string[]): Client => ({
  id,
  type: "whatsapp",
  status: "active",
  integrationId: "whatsapp",
  externalId,
  linkedAt: now.toISOString(),
  aliases,
});
const user = (id: string, ...clients: Client[]): User => ({ ...newUser("app", id, now), clients });

describe("a merge of two users whom a channel proved to be one person", () => {
  test("leaves one client of the channel, which stands for every id of either", () => {
    const survivor = user("one", onWhatsapp("a", "1"));
    const discarded = user("two", onWhatsapp("b", "2"), onWhatsapp("c", "3", ["4"]));
    expect(mergedUser(survivor, discarded, "whatsapp").clients).toMatchObject([
      { id: "a", externalId: "1", aliases: ["2", "3", "4"] },
    ]);
    expect(["b", "c", "d"].map((id) => clientAfterMerge(survivor, discarded, id, "whatsapp"))).toEqual(["a", "a", "d"]);
  });

  test("does not give the client that stays its own id a second time", () => {
    const survivor = user("one", onWhatsapp("a", "1"));
    const discarded = user("two", onWhatsapp("b", "2", ["1"]));
    expect(mergedUser(survivor, discarded, "whatsapp").clients).toMatchObject([{ externalId: "1", aliases: ["2"] }]);
  });

  test("leaves clients of other integrations, and those that wait for somebody, as they are", () => {
    const waiting: Client = { ...onWhatsapp("w", "4"), awaiting: { externalId: "5", primary: true } };
    const online: Client = { ...onWhatsapp("l", "6"), integrationId: "line" };
    const survivor = user("one", waiting, onWhatsapp("a", "1"), { ...online, id: "own" });
    const discarded = user("two", { ...waiting, id: "v" }, online);
    expect(mergedUser(survivor, discarded, "whatsapp").clients).toEqual([...survivor.clients, ...discarded.clients]);
    expect(clientAfterMerge(survivor, discarded, "v", "whatsapp")).toBe("v");
    for (const other of [waiting, online])
      expect(mergedUser(user("one", other), user("two", onWhatsapp("b", "2")), "whatsapp").clients).toHaveLength(2);
  });
});

describe("a merge of two users", () => {
  const sdk = (id: string): Client => ({ id, type: "sdk", status: "active", linkedAt: now.toISOString() });
  const withPhone = (of: User, guid: string) =>
    withDevice(of, { guid, type: "ios", integrationId: "ios", session: sessionHash(guid) }, now, () => guid);

  test("keeps every value of the survivor, and fills what it lacks", () => {
    const identity = (value: string) => ({ type: "email", value, verification: "embed" }) as const;
    // A profile that was read may hold a field without a value.
    const nameless = { givenName: undefined, surname: "Lovelace" } as object;
    const survivor: User = {
      ...user("one"),
      externalId: "ada",
      profile: nameless,
      metadata: { a: 1 },
      identities: [identity("one@example.com")],
      defaultConversationId: "first",
    };
    const discarded: User = {
      ...user("two"),
      toBeRetained: true,
      profile: { givenName: "Ada", surname: "Byron" },
      metadata: { a: 2, b: 2 },
      identities: [identity("two@example.com")],
      defaultConversationId: "second",
    };
    expect(mergedUser(survivor, discarded)).toEqual({
      ...survivor,
      toBeRetained: true,
      profile: { givenName: "Ada", surname: "Lovelace" },
      metadata: { a: 1, b: 2 },
      identities: [identity("one@example.com"), identity("two@example.com")],
    });
    expect(mergedUser(discarded, survivor).toBeRetained).toBe(true);
    expect(mergedUser(survivor, user("two")).toBeRetained).toBeUndefined();
    expect(mergedUser(user("one"), discarded).defaultConversationId).toBe("second");
  });

  test("takes of the metadata as much as the limit leaves room for", () => {
    const survivor = { ...user("one"), metadata: { a: "x".repeat(4000) } };
    const discarded = { ...user("two"), metadata: { b: "x".repeat(200), c: "x", d: "x".repeat(73), e: "x" } };
    // {"a":"…","c":"x","d":"…"} is of 4096 bytes to the last.
    expect(mergedUser(survivor, discarded).metadata).toEqual({ ...survivor.metadata, c: "x", d: "x".repeat(73) });
  });

  test("makes one sdk client of two, which has the devices of both but no session of the discarded", () => {
    const survivor = withPhone(withPhone(user("one", sdk("a")), "shared"), "phone");
    const discarded = withPhone(withPhone(user("two", onWhatsapp("w", "1"), sdk("b")), "shared"), "tablet");
    const merged = mergedUser(survivor, discarded);
    expect(merged.clients.map(({ id, aliases }) => [id, aliases])).toEqual([
      ["a", undefined],
      ["w", undefined],
    ]);
    expect(merged.devices.map(({ guid, clientId, sessions }) => [guid, clientId, sessions?.length])).toEqual([
      ["phone", "a", 1],
      ["shared", "a", 1],
      ["tablet", "a", undefined],
    ]);
    for (const provenIntegrationId of [undefined, "whatsapp"])
      expect(clientAfterMerge(survivor, discarded, "b", provenIntegrationId)).toBe("a");
    expect(clientAfterMerge(survivor, discarded, "w")).toBe("w");
  });

  test("moves the sdk client, with its devices, where the survivor has none", () => {
    const discarded = withPhone(user("two", sdk("b")), "tablet");
    const merged = mergedUser(user("one", onWhatsapp("w", "1")), discarded);
    expect(merged.clients.map(({ id }) => id)).toEqual(["w", "b"]);
    expect(merged.devices.map(({ guid, clientId }) => [guid, clientId])).toEqual([["tablet", "b"]]);
  });

  test("remembers twenty devices, the survivor's before the others", () => {
    const phones = (of: User, count: number) =>
      Array.from({ length: count }, (_, index) => `${of.id}${index}`).reduce(withPhone, of);
    const merged = mergedUser(phones(user("one"), 15), phones(user("two"), 15));
    expect(merged.devices.map(({ guid }) => guid.slice(0, 3))).toEqual([
      ...Array.from({ length: 15 }, () => "one"),
      ...Array.from({ length: 5 }, () => "two"),
    ]);
  });
});
