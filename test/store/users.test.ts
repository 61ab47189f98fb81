import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { newConversation } from "../../lib/domain/conversation.ts";
import { withDevice } from "../../lib/domain/device.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { conversationItem } from "../../lib/store/conversationItem.ts";
import { deletionItem } from "../../lib/store/deletionItem.ts";
import { keyOfEmail } from "../../lib/store/emailItem.ts";
import { conversationKey, deletionKey, externalIdAddress, firstConversationId, userKey } from "../../lib/store/keys.ts";
import type { Table } from "../../lib/store/table.ts";
import {
  leadsTo,
  noteMoreConversations,
  readStanding,
  redirectItem,
  replaceUser,
  unheld,
  vacancyItem,
  vacant,
} from "../../lib/store/userItem.ts";
import { type UserStore, userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date();
let table: Table;
let store: UserStore;
beforeAll(async () => {
  table = await newTable();
  store = userStore(table);
});

/** An id that nobody has. */
const place = () => ({ userId: freshId(), clientId: freshId(), conversationId: freshId() });

/** Somebody who stands in the table. */
async function newPerson(fields: Partial<User> = {}): Promise<User> {
  const user = { ...newUser(app.id, freshId(), now), ...fields };
  await table.put(userItemAt(user, "1"));
  return user;
}

/** Somebody who stands at the address of an externalId. */
const newNamed = (externalId: string, brandId?: string) =>
  newPerson({ id: externalIdAddress(app.salt, externalId, brandId), externalId, ...(brandId ? { brandId } : {}) });

describe("a user that is stored", () => {
  const bare = newUser(app.id, "1".repeat(24), now);
  const whole: User = withDevice(
    {
      ...newUser(app.id, "2".repeat(24), now, {
        externalId: "ada",
        brandId: "brand",
        toBeRetained: false,
        profile: { givenName: "Ada" },
        metadata: { large: 1e300, yes: true },
      }),
      authenticated: true,
      identities: [{ type: "email", value: "ada@example.com", verification: "embed" }],
      defaultConversationId: "3".repeat(24),
      hasMoreConversations: true,
      absorbing: ["4".repeat(24)],
    },
    { guid: "guid", type: "web", integrationId: "5".repeat(24), info: { os: "Linux" } },
    now,
    freshId,
  );

  test.each([
    ["bare", bare],
    ["with all there is", whole],
  ])("is read as it was, %s", async (_, user) => {
    const heir = place();
    await table.put(userItemAt(user, "7", heir));
    expect(await store.find(app.id, user.id)).toEqual({ kind: "user", user, version: "7", heir });
    expect((await store.findById(app.id, user.id))?.user).toEqual(user);
  });

  test("has no part in the table that is empty: an item of up to 1 kB costs one write unit", async () => {
    await table.put(userItemAt(bare, "1"));
    expect(Object.keys((await table.get(userKey(app.id, bare.id))) ?? {}).sort()).toEqual(
      ["pk", "sk", "kind", "version", "signedUpAt"].sort(),
    );
    // A field that is not there is not there either where it is read.
    expect(Object.keys((await store.findById(app.id, bare.id))?.user ?? {})).not.toContain("externalId");
  });

  test("is nobody's under another id, or in another app", async () => {
    const { id } = await newPerson();
    expect(await store.find(app.id, freshId())).toBeUndefined();
    expect(await store.findById("b".repeat(24), id)).toBeUndefined();
  });
});

describe("what else stands at an id", () => {
  test("is a redirect, with the client and the conversation of a channel identity", () => {
    const [address, to] = [freshId(), place()];
    expect(readStanding(redirectItem(app.id, address, to))).toEqual({ kind: "redirect", ...to });
    expect(readStanding(redirectItem(app.id, address, { userId: to.userId }))).toStrictEqual({
      kind: "redirect",
      userId: to.userId,
    });
  });

  test("is a vacancy, which says whose deletion left it", () => {
    expect(readStanding(vacancyItem(app.id, freshId(), "of"))).toEqual({ kind: "vacancy", of: "of" });
    expect(readStanding(vacancyItem(app.id, freshId()))).toEqual({ kind: "vacancy" });
  });

  test("decides who may be put there", async () => {
    const at = { free: freshId(), vacancy: freshId(), redirect: freshId(), user: (await newPerson()).id };
    await table.put(vacancyItem(app.id, at.vacancy));
    await table.put(redirectItem(app.id, at.redirect, { userId: "ada" }));
    const may = async (condition: Parameters<Table["put"]>[1], address: string) => {
      const before = await table.get(userKey(app.id, address));
      const { done } = await table.put(redirectItem(app.id, address, { userId: "new" }), condition);
      if (before) await table.put(before);
      else await table.delete(userKey(app.id, address));
      return done;
    };
    const where = async (condition: Parameters<Table["put"]>[1]) => {
      const answers = [];
      for (const [name, address] of Object.entries(at)) if (await may(condition, address)) answers.push(name);
      return answers;
    };
    expect(await where(unheld)).toEqual(["free", "vacancy"]);
    expect(await where(vacant)).toEqual(["vacancy"]);
    expect(await where(leadsTo("ada"))).toEqual(["redirect"]);
    expect(await where(leadsTo("bob"))).toEqual([]);
  });
});

describe("creating a user", () => {
  test("where nobody stands puts it there, and where somebody stands tells who", async () => {
    const user = newUser(app.id, freshId(), now);
    expect(await store.createAt(user, freshId)).toEqual({ created: user });
    expect(await store.createAt({ ...user, externalId: "late" }, freshId)).toMatchObject({
      standing: { kind: "user", user, version: writtenVersion },
    });
    expect((await store.findById(app.id, user.id))?.user).toEqual(user);
  });

  test("behind a vacancy gives a fresh id, to which the address leads", async () => {
    const user = newUser(app.id, freshId(), now);
    await table.put(vacancyItem(app.id, user.id));
    const successor = { ...user, id: "f".repeat(24) };
    expect(await store.createAt(user, () => successor.id)).toEqual({ created: successor });
    expect(await store.find(app.id, user.id)).toEqual({ kind: "redirect", userId: successor.id });
    expect((await store.findById(app.id, successor.id))?.user).toEqual(successor);
  });

  test("brings along what else the birth brings, for the id it ends with, or nothing at all", async () => {
    const mark = (of: User) => [{ put: { ...userKey(app.id, `mark of ${of.id}`), of: of.id } }];
    const refused = () => [{ put: userKey(app.id, freshId()), condition: { text: "attribute_exists(pk)" } }];
    const user = newUser(app.id, freshId(), now);
    expect(await store.createAt(user, freshId, refused)).toEqual({ standing: undefined });
    expect(await store.find(app.id, user.id)).toBeUndefined();
    expect(await store.createAt(user, freshId, mark)).toEqual({ created: user });
    expect(await table.get(userKey(app.id, `mark of ${user.id}`))).toMatchObject({ of: user.id });
    expect(await store.createAt(user, freshId, mark)).toMatchObject({ standing: { kind: "user", user } });

    const next = newUser(app.id, freshId(), now);
    await table.put(vacancyItem(app.id, next.id));
    expect(await store.createAt(next, freshId, refused)).toEqual({ standing: undefined });
    const successor = freshId();
    expect(await store.createAt(next, () => successor, mark)).toEqual({ created: { ...next, id: successor } });
    expect(await table.get(userKey(app.id, `mark of ${successor}`))).toMatchObject({ of: successor });
  });

  test("behind a vacancy comes after what the deletion there has left to do", async () => {
    const user = newUser(app.id, freshId(), now);
    const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };
    await table.put(vacancyItem(app.id, user.id, "gone"));
    await table.put(deletionItem({ appId: app.id, userId: "gone", ...nothing }));
    expect(await store.createAt(user, freshId)).toMatchObject({ created: {} });
    expect(await table.get(deletionKey(app.id, "gone"))).toBeUndefined();
  });

  test("has the address that follows from the externalId, and a first conversation that follows from the id", () => {
    expect(store.addressOf(app, "ada", "brand")).toBe(externalIdAddress(app.salt, "ada", "brand"));
    expect(store.firstConversationId(app, "user")).toBe(firstConversationId(app.salt, "user"));
  });

  test("behind a vacancy that another has just filled tells who", async () => {
    const user = newUser(app.id, freshId(), now);
    await table.put(vacancyItem(app.id, user.id));
    const late = userStore({
      ...table,
      async transact(operations) {
        await table.put(redirectItem(app.id, user.id, { userId: "first" }));
        return table.transact(operations);
      },
    });
    expect(await late.createAt(user, freshId)).toEqual({ standing: { kind: "redirect", userId: "first" } });
  });
});

describe("following", () => {
  test("leads over redirects to the user, and over too many, or to nobody, to none", async () => {
    const user = await newPerson();
    const chain = [user.id];
    for (let step = 0; step < 11; step++) {
      const address = freshId();
      await table.put(redirectItem(app.id, address, { userId: chain.at(-1) ?? "" }));
      chain.push(address);
    }
    const follow = async (steps: number) => store.follow(app.id, await store.find(app.id, chain[steps] ?? ""));
    expect(await follow(0)).toMatchObject({ user });
    expect(await follow(1)).toMatchObject({ user });
    expect(await follow(10)).toMatchObject({ user });
    expect(await follow(11)).toBeUndefined();
    expect(await store.follow(app.id, undefined)).toBeUndefined();
    expect(await store.follow(app.id, { kind: "vacancy" })).toBeUndefined();
    expect(await store.follow(app.id, { kind: "redirect", userId: freshId() })).toBeUndefined();
  });
});

describe("finding a user", () => {
  test("by its id or its externalId, each also where a path does not say which", async () => {
    const [anybody, ada] = [await newPerson(), await newNamed("ada")];
    const find = async (name: string, brandId?: string) =>
      (await store.findByIdOrExternalId(app, name, brandId))?.user.id;
    expect([await find(anybody.id), await find(ada.id), await find("ada")]).toEqual([anybody.id, ada.id, ada.id]);
    expect([await find("bob"), await find(freshId()), await find("ada", "brand")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect((await store.findByExternalId(app, "ada"))?.user).toEqual(ada);
    expect(await store.findByExternalId(app, ada.id)).toBeUndefined();
  });

  test("of a brand is among its users alone", async () => {
    const [plain, branded] = [await newNamed("eve"), await newNamed("eve", "brand")];
    expect((await store.findByExternalId(app, "eve"))?.user).toEqual(plain);
    expect((await store.findByExternalId(app, "eve", "brand"))?.user).toEqual(branded);
    expect((await store.findByIdOrExternalId(app, "eve", "brand"))?.user).toEqual(branded);
  });

  test("prefers an id to an externalId that reads like one", async () => {
    const anybody = await newPerson();
    const odd = await newNamed(anybody.id);
    expect((await store.findByIdOrExternalId(app, anybody.id))?.user).toEqual(anybody);
    await table.put(vacancyItem(app.id, anybody.id));
    expect((await store.findByIdOrExternalId(app, anybody.id))?.user).toEqual(odd);
  });

  test("by a redirect works for an externalId, not for an id of somebody merged away", async () => {
    const user = await newPerson({ externalId: "zoe" });
    await table.put(redirectItem(app.id, externalIdAddress(app.salt, "zoe"), { userId: user.id }));
    const merged = freshId();
    await table.put(redirectItem(app.id, merged, { userId: user.id }));
    expect((await store.findByExternalId(app, "zoe"))?.user).toEqual(user);
    expect((await store.findByIdOrExternalId(app, "zoe"))?.user).toEqual(user);
    expect(await store.findById(app.id, merged)).toBeUndefined();
    expect(await store.findByIdOrExternalId(app, merged)).toBeUndefined();
  });

  test("by an email is for those who have the identity still", async () => {
    const value = "sue@example.org";
    const sue = await newPerson({ identities: [{ type: "email", value, verification: "embed" }] });
    await table.put({ ...keyOfEmail(app, value), userId: sue.id });
    expect(await store.findByEmail(app, "SUE@example.org")).toEqual(sue);
    expect(await store.findByEmail(app, value, "brand")).toBeUndefined();
    expect(await store.findByEmail(app, "other@example.org")).toBeUndefined();
    await table.put(userItemAt({ ...sue, identities: [] }, "2"));
    expect(await store.findByEmail(app, value)).toBeUndefined();
    await table.delete(userKey(app.id, sue.id));
    expect(await store.findByEmail(app, value)).toBeUndefined();
  });
});

describe("replacing a user", () => {
  test("is done once for a version, and else tells what stands there", async () => {
    const user = await newPerson();
    const heir = place();
    const next: User = { ...user, profile: { givenName: "Ada" } };
    expect(await store.replace(next, { version: "1", heir })).toEqual({
      replaced: { user: next, version: writtenVersion, heir },
    });
    expect(await store.replace(user, { version: "1" })).toEqual({
      standing: { kind: "user", user: next, version: writtenVersion, heir },
    });
    await table.delete(userKey(app.id, user.id));
    expect(await store.replace(user, { version: "2" })).toEqual({ standing: undefined });
    await table.put({ ...vacancyItem(app.id, user.id), version: "2" });
    expect(await store.replace(user, { version: "2" })).toEqual({ standing: { kind: "vacancy" } });
  });

  test("as an operation is the same", async () => {
    const user = await newPerson();
    expect((await table.transact([replaceUser(user, { version: "1" })])).done).toBe(true);
    expect((await table.transact([replaceUser(user, { version: "1" })])).done).toBe(false);
    expect(await store.find(app.id, user.id)).toMatchObject({ version: writtenVersion });
  });

  test("however often others change it meanwhile, changes what stands there now", async () => {
    const user = await newPerson();
    const known = { user, version: "1", heir: place() };
    const name = (givenName: string) => (now: User) => ({ ...now, profile: { ...now.profile, givenName } });
    const surname = (now: User) => ({ ...now, profile: { ...now.profile, surname: "Lovelace" } });
    expect(await store.change(known, name("Ada"))).toEqual({
      ...known,
      user: { ...user, profile: { givenName: "Ada" } },
      version: writtenVersion,
    });
    const both = { ...user, profile: { givenName: "Ada", surname: "Lovelace" } };
    expect(await store.change(known, surname)).toMatchObject({ user: both, version: writtenVersion });
    expect((await store.findById(app.id, user.id))?.user).toEqual(both);
    expect(await store.change(known, () => undefined)).toBeUndefined();
    await table.put(vacancyItem(app.id, user.id));
    expect(await store.change(known, surname)).toBeUndefined();
  });
});

describe("what a sign-in meets", () => {
  test("is read in one call, each where it was asked for", async () => {
    const ada = await newNamed("ada the second");
    const anonymous = await newPerson();
    const value = "ada@example.com";
    await table.put({ ...keyOfEmail(app, value), userId: "holder" });
    const first = newConversation(
      app.id,
      firstConversationId(app.salt, ada.id),
      now,
      {
        type: "personal",
        isDefault: true,
      },
      [],
    );
    await table.put(conversationItem(first));
    const nothing = { standing: undefined, conversation: undefined, anonymous: undefined, emailHolderId: undefined };
    expect(await store.encounter(app, freshId())).toEqual(nothing);
    expect(await store.encounter(app, ada.id)).toMatchObject({
      ...nothing,
      standing: { kind: "user", user: ada },
      conversation: first,
    });
    expect(await store.encounter(app, freshId(), anonymous.id)).toMatchObject({
      ...nothing,
      anonymous: { kind: "user", user: anonymous },
    });
    expect(await store.encounter(app, freshId(), undefined, value)).toMatchObject({
      ...nothing,
      emailHolderId: "holder",
    });
    expect(await store.encounter(app, freshId(), anonymous.id, value)).toMatchObject({
      ...nothing,
      anonymous: { kind: "user", user: anonymous },
      emailHolderId: "holder",
    });
    await table.update(conversationKey(app.id, first.id), { text: "SET mergedInto = :id", values: { ":id": "other" } });
    expect((await store.encounter(app, ada.id)).conversation).toBeUndefined();
  });
});

describe("noting that a user is in more conversations", () => {
  test("is done for a user who is named as the conversation says", async () => {
    const named = { ...(await newPerson({ externalId: "named" })), externalId: "named" };
    const anybody = await newPerson();
    const note = async (userId: string, userExternalId?: string) =>
      (
        await table.transact([
          noteMoreConversations(app.id, {
            id: freshId(),
            userId,
            userExternalId,
            unreadCount: 0,
            clientAssociations: [],
          }),
        ])
      ).done;
    expect([await note(named.id), await note(named.id, "other"), await note(named.id, "named")]).toEqual([
      false,
      false,
      true,
    ]);
    expect([await note(anybody.id, "named"), await note(anybody.id), await note(freshId())]).toEqual([
      false,
      true,
      false,
    ]);
    for (const { id } of [named, anybody])
      expect(await store.find(app.id, id)).toMatchObject({
        user: { hasMoreConversations: true },
        version: writtenVersion,
      });
    await table.put(redirectItem(app.id, anybody.id, { userId: named.id }));
    expect(await note(anybody.id)).toBe(false);
  });
});
