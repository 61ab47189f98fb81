import { beforeAll, describe, expect, test } from "vitest";
import { redirectItem } from "../../lib/db/items/userItem.ts";
import { externalIdAddress } from "../../lib/db/keys.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import type { User } from "../../lib/model/user.ts";
import { resolveUser, resolveUsers, type UserName } from "../../lib/users/resolveUsers.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { storeMember } from "../support/storedMembers.ts";
import { app } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";

const now = new Date();
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

describe("people as a business names them", () => {
  const person = (fields?: Partial<User>) => storeMember(runtime.db, fields);

  test("are found by id or externalId, with those merged into them in place", async () => {
    const user = await person();
    const ada = await person({ id: externalIdAddress(app.salt, "ada", "brand"), externalId: "ada", brandId: "brand" });
    const merging = await person({ pendingMoves: [{ kind: "moveConversations", fromUserId: freshId() }] });
    const find = async (name: UserName) => (await resolveUser(runtime, app, name))?.user;
    expect(await find({ userId: user.id })).toEqual(user);
    expect(await find({ externalId: "ada", brandId: "brand" })).toEqual(ada);
    expect(await find({ externalId: "ada" })).toBeUndefined();
    expect(await find({ userId: freshId() })).toBeUndefined();
    expect(await find({ userId: merging.id })).toEqual({ ...merging, pendingMoves: [] });
  });

  test("have an sdk client once they are subscribed", async () => {
    const [one, two] = [await person(), await person()];
    const named = [{ userId: one.id, subscribeSDKClient: true }, { userId: two.id }];
    const [first, second] = await resolveUsers({ ...runtime, newId: () => "sdk" }, app, named, now);
    expect(first).toMatchObject({
      storedUser: { user: one, version: "1" },
      user: { clients: [{ id: "sdk", type: "sdk" }] },
      clients: [{ type: "sdk", clientId: "sdk" }],
    });
    expect(second).toMatchObject({ user: two, clients: [] });
  });

  test("are each named once, and are all there", async () => {
    const ada = await person({ externalId: "zoe" });
    await putItem(runtime.db, redirectItem(app.id, externalIdAddress(app.salt, "zoe"), { userId: ada.id }));
    const find = (...named: readonly UserName[]) => resolveUsers(runtime, app, named, now);
    await expect(find({ userId: ada.id }, { externalId: "zoe" })).rejects.toMatchObject({
      code: "bad_request",
      titles: ["participants should NOT have duplicate users"],
    });
    await expect(find({ userId: ada.id }, { userId: freshId() })).rejects.toMatchObject({ code: "user_not_found" });
    expect(await find()).toEqual([]);
  });
});
