import { beforeAll, describe, expect, test } from "vitest";
import { present } from "../../lib/db/expression.ts";
import { deletionItem } from "../../lib/db/items/deletionItem.ts";
import { redirectItem, vacancyItem } from "../../lib/db/items/userItem.ts";
import { deletionKey, externalIdAddress, firstConversationId, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { createUser } from "../../lib/users/createUser.ts";
import { findUserByExternalId, findUserById, readAddress } from "../../lib/users/findUser.ts";
import { startConversation } from "../../lib/users/startConversation.ts";
import { before } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app, madeAt } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";
import { writtenVersion } from "../support/userItemAt.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable(), { newId: freshId });
});

const at = (id: string) => readAddress(runtime, app.id, id);
const find = async (id: string) => (await findUserById(runtime, app.id, id))?.user;
/** The runtime of which the next id is this one. */
const withNextId = (id: string): Runtime => ({ ...runtime, newId: () => id });

describe("creating a user", () => {
  test("where nobody stands puts it there, and where somebody stands tells who", async () => {
    const user = newUser(app.id, freshId(), madeAt);
    expect(await createUser(runtime, user)).toEqual({ created: user });
    expect(await createUser(runtime, { ...user, externalId: "late" })).toMatchObject({
      existing: { kind: "user", user, version: writtenVersion },
    });
    expect(await find(user.id)).toEqual(user);
  });

  test("behind a vacancy gives a fresh id, to which the address leads", async () => {
    const user = newUser(app.id, freshId(), madeAt);
    await putItem(runtime.db, vacancyItem(app.id, user.id));
    const successor = { ...user, id: "f".repeat(24) };
    expect(await createUser(withNextId(successor.id), user)).toEqual({ created: successor });
    expect(await at(user.id)).toEqual({ kind: "redirect", userId: successor.id });
    expect(await find(successor.id)).toEqual(successor);
  });

  test("brings along what else the birth brings, for the id it ends with, or nothing at all", async () => {
    const markOf = (id: string) => userKey(app.id, `mark of ${id}`);
    const mark = (of: User) => [{ put: { ...markOf(of.id), of: of.id } }];
    const refused = () => [{ put: userKey(app.id, freshId()), condition: present }];
    const user = newUser(app.id, freshId(), madeAt);
    expect(await createUser(runtime, user, refused)).toEqual({ existing: undefined });
    expect(await at(user.id)).toBeUndefined();
    expect(await createUser(runtime, user, mark)).toEqual({ created: user });
    expect(await getItem(runtime.db, markOf(user.id))).toMatchObject({ of: user.id });
    expect(await createUser(runtime, user, mark)).toMatchObject({ existing: { kind: "user", user } });

    const next = newUser(app.id, freshId(), madeAt);
    await putItem(runtime.db, vacancyItem(app.id, next.id));
    expect(await createUser(runtime, next, refused)).toEqual({ existing: undefined });
    const successor = freshId();
    expect(await createUser(withNextId(successor), next, mark)).toEqual({ created: { ...next, id: successor } });
    expect(await getItem(runtime.db, markOf(successor))).toMatchObject({ of: successor });
  });

  test("behind a vacancy comes after what the deletion there has left to do", async () => {
    const user = newUser(app.id, freshId(), madeAt);
    const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };
    await putItem(runtime.db, vacancyItem(app.id, user.id, "gone"));
    await putItem(runtime.db, deletionItem({ appId: app.id, userId: "gone", ...nothing }));
    expect(await createUser(runtime, user)).toMatchObject({ created: {} });
    expect(await getItem(runtime.db, deletionKey(app.id, "gone"))).toBeUndefined();
  });

  test("has the address that follows from the externalId, and a first conversation that follows from the id", async () => {
    const id = externalIdAddress(app.salt, "ada", "brand");
    const user = newUser(app.id, id, madeAt, { externalId: "ada", brandId: "brand" });
    await createUser(runtime, user);
    const storedUser = await findUserByExternalId(runtime, app, "ada", "brand");
    if (!storedUser) throw new Error("The user was not found at the address.");
    expect(storedUser.user).toEqual(user);
    const device = { guid: "device", type: "web", integrationId: "5".repeat(24) } as const;
    const request = { app, storedUser, device, requested: {}, key: undefined, receivedAt: new Date() };
    const { conversation } = await startConversation(runtime, request, "refused");
    expect(conversation.id).toBe(firstConversationId(app.salt, id));
  });

  test("behind a vacancy that another has just filled tells who", async () => {
    const user = newUser(app.id, freshId(), madeAt);
    await putItem(runtime.db, vacancyItem(app.id, user.id));
    const late = before(runtime.db, "TransactWriteItems", () =>
      putItem(runtime.db, redirectItem(app.id, user.id, { userId: "first" })),
    );
    expect(await createUser({ ...runtime, db: late }, user)).toEqual({
      existing: { kind: "redirect", userId: "first" },
    });
  });
});
