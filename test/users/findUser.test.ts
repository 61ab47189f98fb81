import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../lib/db/db.ts";
import { keyOfEmail } from "../../lib/db/items/emailItem.ts";
import { redirectItem, vacancyItem } from "../../lib/db/items/userItem.ts";
import { externalIdAddress, userKey } from "../../lib/db/keys.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import type { User } from "../../lib/model/user.ts";
import {
  findUserByEmail,
  findUserByExternalId,
  findUserById,
  findUserByIdOrExternalId,
  followRedirects,
  readAddress,
} from "../../lib/users/findUser.ts";
import { newTable } from "../support/newTable.ts";
import { app, storeUser } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const newPerson = async (fields: Partial<User> = {}) => (await storeUser(db, fields)).user;
/** Stores a user at the address of its externalId. */
const newNamed = (externalId: string, brandId?: string) =>
  newPerson({ id: externalIdAddress(app.salt, externalId, brandId), externalId, ...(brandId ? { brandId } : {}) });

describe("following", () => {
  test("leads over redirects to the user, and over too many, or to nobody, to none", async () => {
    const user = await newPerson();
    const chain = [user.id];
    for (let step = 0; step < 11; step++) {
      const address = freshId();
      await putItem(db, redirectItem(app.id, address, { userId: chain.at(-1) ?? "" }));
      chain.push(address);
    }
    const follow = async (steps: number) =>
      followRedirects({ db }, app.id, await readAddress({ db }, app.id, chain[steps] ?? ""));
    expect(await follow(0)).toMatchObject({ user });
    expect(await follow(1)).toMatchObject({ user });
    expect(await follow(10)).toMatchObject({ user });
    expect(await follow(11)).toBeUndefined();
    expect(await followRedirects({ db }, app.id, undefined)).toBeUndefined();
    expect(await followRedirects({ db }, app.id, { kind: "vacancy" })).toBeUndefined();
    expect(await followRedirects({ db }, app.id, { kind: "redirect", userId: freshId() })).toBeUndefined();
  });
});

describe("finding a user", () => {
  const findByName = async (name: string, brandId?: string) =>
    (await findUserByIdOrExternalId({ db }, app, name, brandId))?.user;
  const findByExternalId = async (externalId: string, brandId?: string) =>
    (await findUserByExternalId({ db }, app, externalId, brandId))?.user;

  test("by its id or its externalId, each also where a path does not say which", async () => {
    const [anonymous, ada] = [await newPerson(), await newNamed("ada")];
    const find = async (name: string, brandId?: string) => (await findByName(name, brandId))?.id;
    expect([await find(anonymous.id), await find(ada.id), await find("ada")]).toEqual([anonymous.id, ada.id, ada.id]);
    expect([await find("bob"), await find(freshId()), await find("ada", "brand")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await findByExternalId("ada")).toEqual(ada);
    expect(await findByExternalId(ada.id)).toBeUndefined();
  });

  test("of a brand is among its users alone", async () => {
    const [plain, branded] = [await newNamed("eve"), await newNamed("eve", "brand")];
    expect(await findByExternalId("eve")).toEqual(plain);
    expect(await findByExternalId("eve", "brand")).toEqual(branded);
    expect(await findByName("eve", "brand")).toEqual(branded);
  });

  test("prefers an id to an externalId that reads like one", async () => {
    const anonymous = await newPerson();
    const odd = await newNamed(anonymous.id);
    expect(await findByName(anonymous.id)).toEqual(anonymous);
    await putItem(db, vacancyItem(app.id, anonymous.id));
    expect(await findByName(anonymous.id)).toEqual(odd);
  });

  test("by a redirect works for an externalId, not for an id of somebody merged away", async () => {
    const user = await newPerson({ externalId: "zoe" });
    await putItem(db, redirectItem(app.id, externalIdAddress(app.salt, "zoe"), { userId: user.id }));
    const merged = freshId();
    await putItem(db, redirectItem(app.id, merged, { userId: user.id }));
    expect(await findByExternalId("zoe")).toEqual(user);
    expect(await findByName("zoe")).toEqual(user);
    expect(await findUserById({ db }, app.id, merged)).toBeUndefined();
    expect(await findByName(merged)).toBeUndefined();
  });

  test("by an email is for those who have the identity still", async () => {
    const value = "sue@example.org";
    const sue = await newPerson({ identities: [{ type: "email", value, verification: "embed" }] });
    await putItem(db, { ...keyOfEmail(app, value), userId: sue.id });
    expect(await findUserByEmail({ db }, app, "SUE@example.org")).toEqual(sue);
    expect(await findUserByEmail({ db }, app, value, "brand")).toBeUndefined();
    expect(await findUserByEmail({ db }, app, "other@example.org")).toBeUndefined();
    await putItem(db, userItemAt({ ...sue, identities: [] }, "2"));
    expect(await findUserByEmail({ db }, app, value)).toBeUndefined();
    await deleteItem(db, userKey(app.id, sue.id));
    expect(await findUserByEmail({ db }, app, value)).toBeUndefined();
  });
});
