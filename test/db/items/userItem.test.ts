import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../../lib/db/db.ts";
import type { Condition } from "../../../lib/db/expression.ts";
import {
  isUnassigned,
  isVacant,
  noteMoreConversations,
  pointsTo,
  readAddressRecord,
  redirectItem,
  replaceUser,
  vacancyItem,
} from "../../../lib/db/items/userItem.ts";
import { userKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { transact } from "../../../lib/db/transact.ts";
import { deleteItem, putItem } from "../../../lib/db/writeItems.ts";
import { withDevice } from "../../../lib/model/device.ts";
import { newUser, type User } from "../../../lib/model/user.ts";
import { findUserById, readAddress } from "../../../lib/users/findUser.ts";
import { newTable } from "../../support/newTable.ts";
import { app, madeAt, storeUser } from "../../support/storedUsers.ts";
import { freshId } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);
const newOwner = () => ({ userId: freshId(), clientId: freshId(), conversationId: freshId() });

describe("a user that is stored", () => {
  const bare = newUser(app.id, "1".repeat(24), madeAt);
  const whole: User = withDevice(
    {
      ...newUser(app.id, "2".repeat(24), madeAt, {
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
      pendingMoves: [{ kind: "moveConversations", fromUserId: "4".repeat(24) }, { kind: "showExternalId" }],
    },
    { guid: "guid", type: "web", integrationId: "5".repeat(24), info: { os: "Linux" } },
    madeAt,
    freshId,
  );

  test.each([
    ["bare", bare],
    ["with all there is", whole],
  ])("is read as it was, %s", async (_, user) => {
    const identityOwner = newOwner();
    await putItem(db, userItemAt(user, "7", identityOwner));
    expect(await at(user.id)).toEqual({ kind: "user", user, version: "7", identityOwner });
    expect((await findUserById({ db }, app.id, user.id))?.user).toEqual(user);
  });

  test("has no part in the table that is empty: an item of up to 1 kB costs one write unit", async () => {
    await putItem(db, userItemAt(bare, "1"));
    expect(Object.keys((await getItem(db, userKey(app.id, bare.id))) ?? {}).sort()).toEqual(
      ["pk", "sk", "kind", "version", "signedUpAt"].sort(),
    );
    // A field that is not there is not there either where it is read.
    expect(Object.keys((await findUserById({ db }, app.id, bare.id))?.user ?? {})).not.toContain("externalId");
  });

  test("is nobody's under another id, or in another app", async () => {
    const { user } = await storeUser(db);
    expect(await at(freshId())).toBeUndefined();
    expect(await findUserById({ db }, "b".repeat(24), user.id)).toBeUndefined();
  });
});

describe("what else stands at an id", () => {
  test("is a redirect, with the client and the conversation of a channel identity", () => {
    const [address, to] = [freshId(), newOwner()];
    expect(readAddressRecord(redirectItem(app.id, address, to))).toEqual({ kind: "redirect", ...to });
    expect(readAddressRecord(redirectItem(app.id, address, { userId: to.userId }))).toStrictEqual({
      kind: "redirect",
      userId: to.userId,
    });
  });

  test("is a vacancy, which says whose deletion left it", () => {
    expect(readAddressRecord(vacancyItem(app.id, freshId(), "of"))).toEqual({ kind: "vacancy", of: "of" });
    expect(readAddressRecord(vacancyItem(app.id, freshId()))).toEqual({ kind: "vacancy" });
  });

  test("decides who may be put there", async () => {
    const addresses = {
      free: freshId(),
      vacancy: freshId(),
      redirect: freshId(),
      user: (await storeUser(db)).user.id,
    };
    await putItem(db, vacancyItem(app.id, addresses.vacancy));
    await putItem(db, redirectItem(app.id, addresses.redirect, { userId: "ada" }));
    const may = async (condition: Condition, address: string) => {
      const before = await getItem(db, userKey(app.id, address));
      const { done } = await putItem(db, redirectItem(app.id, address, { userId: "new" }), condition);
      if (before) await putItem(db, before);
      else await deleteItem(db, userKey(app.id, address));
      return done;
    };
    const where = async (condition: Condition) => {
      const answers = [];
      for (const [name, address] of Object.entries(addresses)) if (await may(condition, address)) answers.push(name);
      return answers;
    };
    expect(await where(isUnassigned)).toEqual(["free", "vacancy"]);
    expect(await where(isVacant)).toEqual(["vacancy"]);
    expect(await where(pointsTo("ada"))).toEqual(["redirect"]);
    expect(await where(pointsTo("bob"))).toEqual([]);
  });
});

describe("replacing a user", () => {
  test("as an operation is the same", async () => {
    const { user } = await storeUser(db);
    expect((await transact(db, { user: replaceUser(user, { version: "1" }) })).done).toBe(true);
    expect((await transact(db, { user: replaceUser(user, { version: "1" }) })).done).toBe(false);
    expect(await at(user.id)).toMatchObject({ version: writtenVersion });
  });
});

describe("noting that a user is in more conversations", () => {
  test("is done for a user who is named as the conversation says", async () => {
    const { user: named } = await storeUser(db, { externalId: "named" });
    const { user: anonymous } = await storeUser(db);
    const note = async (userId: string, userExternalId?: string) => {
      const participant = { id: freshId(), userId, userExternalId, unreadCount: 0, clientAssociations: [] };
      return (await transact(db, { user: noteMoreConversations(app.id, participant) })).done;
    };
    expect([await note(named.id), await note(named.id, "other"), await note(named.id, "named")]).toEqual([
      false,
      false,
      true,
    ]);
    expect([await note(anonymous.id, "named"), await note(anonymous.id), await note(freshId())]).toEqual([
      false,
      true,
      false,
    ]);
    for (const { id } of [named, anonymous])
      expect(await at(id)).toMatchObject({ user: { hasMoreConversations: true }, version: writtenVersion });
    await putItem(db, redirectItem(app.id, anonymous.id, { userId: named.id }));
    expect(await note(anonymous.id)).toBe(false);
  });
});
