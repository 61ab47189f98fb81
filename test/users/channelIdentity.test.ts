import { beforeAll, describe, expect, test } from "vitest";
import type { Db, Item } from "../../lib/db/db.ts";
import { type AddressRecord, readAddressRecord, redirectItem, vacancyItem } from "../../lib/db/items/userItem.ts";
import { channelAddress, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { transact } from "../../lib/db/transact.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { newId } from "../../lib/model/id.ts";
import { newUser } from "../../lib/model/user.ts";
import {
  assignIdentity,
  putPendingLink,
  readIdentities,
  removePendingLink,
  unassignIdentity,
} from "../../lib/users/channelIdentity.ts";
import { newTable } from "../support/newTable.ts";
import { app } from "../support/storedUsers.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const whatsapp = { id: "b".repeat(24), type: "whatsapp" } as const;
let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const addressOf = (externalId: string) => channelAddress(app.salt, whatsapp.id, externalId);

describe("an address", () => {
  const ownerOf = (userId: string) => ({
    userId,
    clientId: `client of ${userId}`,
    conversationId: `place of ${userId}`,
  });
  const to = ownerOf("new");
  const recordAt = async (id: string) => {
    const item = await getItem(db, userKey(app.id, id));
    return item && readAddressRecord(item);
  };
  const born = (id: string) => newUser(app.id, id, new Date());
  const freshId = () => newId(new Date());

  test.each<[string, (id: string) => Item | undefined, object]>([
    ["nobody", () => undefined, { kind: "redirect", ...to }],
    ["a vacancy", (id) => vacancyItem(app.id, id), { kind: "redirect", ...to }],
    ["another", (id) => redirectItem(app.id, id, ownerOf("old")), { kind: "redirect", ...to }],
    ["a merged user", (id) => redirectItem(app.id, id, { userId: "old" }), { kind: "redirect", ...to }],
    [
      "a user who gave it up",
      (id) => userItemAt(born(id), "3"),
      { kind: "user", identityOwner: to, version: writtenVersion },
    ],
  ])("of %s leads to somebody else, if it stands as it was read", async (_, itemAt, after) => {
    const id = freshId();
    const item = itemAt(id);
    if (item) await putItem(db, item);
    const operations = assignIdentity(app, { id, record: item && readAddressRecord(item) }, to);
    expect((await transact(db, { operations })).done).toBe(true);
    expect(await recordAt(id)).toMatchObject(after);
    expect((await transact(db, { operations })).done).toBe(false);
  });

  test.each<AddressRecord>([
    { kind: "user", user: born("new"), version: "1" },
    { kind: "vacancy" },
    { kind: "redirect", userId: "survivor" },
  ])("at which somebody lives leads there already, or the user's item will say what stands there: %j", (record) => {
    expect(assignIdentity(app, { id: "new", record }, to)).toEqual([]);
  });

  test.each<[string, (id: string) => Item | undefined, string | undefined]>([
    ["this client's", (id) => redirectItem(app.id, id, to), "vacancy"],
    ["inherited by this client", (id) => userItemAt(born(id), "1", to), "user"],
    ["another client's", (id) => redirectItem(app.id, id, ownerOf("old")), undefined],
    ["a merged user's", (id) => redirectItem(app.id, id, { userId: "new" }), undefined],
    ["inherited by another", (id) => userItemAt(born(id), "1", ownerOf("old")), undefined],
    ["a vacancy", (id) => vacancyItem(app.id, id), undefined],
    ["nobody's", () => undefined, undefined],
  ])("that is %s leads nowhere afterwards, or as before", async (_, itemAt, after) => {
    const id = freshId();
    const item = itemAt(id);
    if (item) await putItem(db, item);
    const operations = unassignIdentity(app, { id, record: item && readAddressRecord(item) }, to.clientId);
    expect(operations).toHaveLength(after === undefined ? 0 : 1);
    if (after === undefined) return;
    expect((await transact(db, { operations })).done).toBe(true);
    const record = await recordAt(id);
    expect(record).toMatchObject({ kind: after });
    expect(record).not.toHaveProperty("identityOwner.clientId");
    expect((await transact(db, { operations })).done).toBe(false);
  });

  test("is waited at by one client, whom no other ends waiting", async () => {
    const id = freshId();
    await transact(db, { link: putPendingLink(app, id, { userId: "user", clientId: "client" }) });
    const own = { userId: "user", clientId: "client" };
    // A merge gives a client to another user.
    for (const other of [{ clientId: "another" }, { userId: "another" }])
      expect((await transact(db, { link: removePendingLink(app, id, { ...own, ...other }) })).done).toBe(false);
    expect((await transact(db, { link: removePendingLink(app, id, own) })).done).toBe(true);
    expect((await transact(db, { link: removePendingLink(app, id, own) })).done).toBe(true);
  });

  test("is waited at only for ids that can be linked", async () => {
    const ids = ["US.1514", "15145550000"];
    for (const externalId of ids)
      await transact(db, {
        link: putPendingLink(app, addressOf(externalId), { userId: externalId, clientId: externalId }),
      });
    const identities = await readIdentities({ db }, app, whatsapp, ids);
    expect(identities.map(({ externalId, pendingLink }) => [externalId, pendingLink?.userId])).toEqual([
      ["US.1514", undefined],
      ["15145550000", "15145550000"],
    ]);
  });
});
