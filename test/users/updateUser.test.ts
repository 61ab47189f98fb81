import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../lib/db/db.ts";
import { vacancyItem } from "../../lib/db/items/userItem.ts";
import { userKey } from "../../lib/db/keys.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import type { User } from "../../lib/model/user.ts";
import { findUserById, readAddress } from "../../lib/users/findUser.ts";
import { replaceStoredUser, updateUser } from "../../lib/users/updateUser.ts";
import { newTable } from "../support/newTable.ts";
import { app, storeUser } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";
import { writtenVersion } from "../support/userItemAt.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);
const newOwner = () => ({ userId: freshId(), clientId: freshId(), conversationId: freshId() });

describe("replacing a user", () => {
  test("is done once for a version, and else tells what stands there", async () => {
    const { user } = await storeUser(db);
    const identityOwner = newOwner();
    /** The users that an update of one read at this version meets. */
    const met = async (version: string) => {
      const users: User[] = [];
      const outcome = await updateUser({ db }, { user, version }, (one) => {
        users.push(one);
        return users.length === 1 ? one : undefined;
      });
      return { users, outcome };
    };
    const next: User = { ...user, profile: { givenName: "Ada" } };
    expect(await replaceStoredUser({ db }, next, { user, version: "1", identityOwner })).toEqual({
      user: next,
      version: writtenVersion,
      identityOwner,
    });
    expect(await replaceStoredUser({ db }, user, { user, version: "1" })).toBe(conflict);
    expect(await at(user.id)).toEqual({ kind: "user", user: next, version: writtenVersion, identityOwner });
    expect(await met("1")).toEqual({ users: [user, next], outcome: undefined });
    await deleteItem(db, userKey(app.id, user.id));
    expect(await replaceStoredUser({ db }, user, { user, version: "2" })).toBe(conflict);
    expect(await at(user.id)).toBeUndefined();
    expect(await met("2")).toEqual({ users: [user], outcome: undefined });
    await putItem(db, { ...vacancyItem(app.id, user.id), version: "2" });
    expect(await replaceStoredUser({ db }, user, { user, version: "2" })).toBe(conflict);
    expect(await at(user.id)).toEqual({ kind: "vacancy" });
    expect(await met("2")).toEqual({ users: [user], outcome: undefined });
  });

  test("however often others change it meanwhile, changes what stands there now", async () => {
    const { user } = await storeUser(db);
    const storedUser = { user, version: "1", identityOwner: newOwner() };
    const name = (givenName: string) => (now: User) => ({ ...now, profile: { ...now.profile, givenName } });
    const surname = (now: User) => ({ ...now, profile: { ...now.profile, surname: "Lovelace" } });
    expect(await updateUser({ db }, storedUser, name("Ada"))).toEqual({
      ...storedUser,
      user: { ...user, profile: { givenName: "Ada" } },
      version: writtenVersion,
    });
    const both = { ...user, profile: { givenName: "Ada", surname: "Lovelace" } };
    expect(await updateUser({ db }, storedUser, surname)).toMatchObject({ user: both, version: writtenVersion });
    expect((await findUserById({ db }, app.id, user.id))?.user).toEqual(both);
    expect(await updateUser({ db }, storedUser, () => undefined)).toBeUndefined();
    await putItem(db, vacancyItem(app.id, user.id));
    expect(await updateUser({ db }, storedUser, surname)).toBeUndefined();
  });
});
