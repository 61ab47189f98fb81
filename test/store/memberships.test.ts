import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { conversationItem, enterConversation, findOpen } from "../../lib/store/conversationItem.ts";
import { conversationEntryKey, conversationKey, externalIdAddress, messageKey } from "../../lib/store/keys.ts";
import { membershipStore } from "../../lib/store/memberships.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { people } from "../../lib/store/people.ts";
import type { Table } from "../../lib/store/table.ts";
import { redirectItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date();
let table: Table;
let store: ReturnType<typeof membershipStore>;
beforeAll(async () => {
  table = await newTable();
  store = membershipStore(table);
});

async function person(fields: Partial<User> = {}): Promise<User> {
  const user = { ...newUser(app.id, freshId(), now), ...fields };
  await table.put(userItemAt(user, "1"));
  return user;
}
const group = (...users: readonly User[]): Conversation => ({
  ...newConversation(app.id, freshId(), now, { type: "sdkGroup", isDefault: false }, [
    ...users.map((user) => newParticipant(freshId(), user, [])),
  ]),
});
const member = (user: User, changed: Partial<User> = {}, version = "1") => ({
  known: { user, version },
  user: { ...user, ...changed },
});
const at = (user: User) => userStore(table).find(app.id, user.id);
const membersOf = async ({ id }: Conversation) =>
  (await findOpen(table, app.id, id))?.participants.map(({ userId }) => userId);
const entryOf = (user: User, { id }: Conversation) => table.get(conversationEntryKey(app.id, user.id, id));

describe("a conversation that a business starts", () => {
  test("is a member's first, or one more in the member's list", async () => {
    const [first, further] = [await person(), await person({ defaultConversationId: "other" })];
    const conversation = group(first, further);
    const members = [member(first, { defaultConversationId: conversation.id }), member(further)];
    expect(await store.start(conversation, members)).toBe(true);
    expect(await membersOf(conversation)).toEqual([first.id, further.id]);
    expect(await at(first)).toMatchObject({
      version: writtenVersion,
      user: { defaultConversationId: conversation.id },
    });
    expect(await entryOf(first, conversation)).toBeUndefined();
    expect(await at(further)).toMatchObject({ user: { defaultConversationId: "other", hasMoreConversations: true } });
    expect(await entryOf(further, conversation)).toMatchObject({ id: conversation.id });
    expect(await store.start(conversation, [])).toBe(false);
    expect(await store.start(group(first), [member(first)])).toBe(false);
  });
});

describe("a participant", () => {
  test("joins once, as long as there are fewer than ten", async () => {
    const conversation = group(await person());
    await table.put(conversationItem(conversation));
    const user = await person();
    const participant = { ...newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }]), unreadCount: 0 };
    expect(await store.join(conversation, participant, member(user))).toBe(true);
    expect((await findOpen(table, app.id, conversation.id))?.participants[1]).toEqual(participant);
    expect(await entryOf(user, conversation)).toMatchObject({ id: conversation.id });
    expect(await store.join(conversation, participant, member(user, {}, "2"))).toBe(false);
    for (let index = 2; index < 10; index++) {
      const next = await person();
      expect(await store.join(conversation, newParticipant(freshId(), next, []), member(next))).toBe(true);
    }
    const last = await person();
    expect(await store.join(conversation, newParticipant(freshId(), last, []), member(last))).toBe(false);
    expect(await membersOf(conversation)).toHaveLength(10);
    expect(await store.join(group(), newParticipant(freshId(), last, []), member(last))).toBe(false);
    await table.put({ ...conversationItem({ ...conversation, participants: [] }), mergedInto: "other" });
    expect(await store.join(conversation, newParticipant(freshId(), last, []), member(last))).toBe(false);
    expect(await at(last)).toMatchObject({ version: "1" });
  });

  test("leaves once", async () => {
    const user = await person();
    const conversation = group(user);
    await table.put(conversationItem(conversation));
    await table.transact([enterConversation(app.id, user.id, conversation.id)]);
    expect(await store.leave(conversation, user.id)).toBe(true);
    expect(await membersOf(conversation)).toEqual([]);
    expect(await entryOf(user, conversation)).toBeUndefined();
    expect(await store.leave(conversation, user.id)).toBe(false);
  });
});

describe("deleting a conversation", () => {
  test("takes along what was said in it and every member's entry", async () => {
    const users = [await person(), await person()];
    const conversation = group(...users);
    await table.put(conversationItem(conversation));
    for (const { id } of users) await table.transact([enterConversation(app.id, id, conversation.id)]);
    const message = messageKey(app.id, conversation.id, "message");
    await table.put(message);
    expect(await store.delete(app.id, conversation.id)).toBe(true);
    expect(await table.get(message)).toBeUndefined();
    for (const user of users) expect(await entryOf(user, conversation)).toBeUndefined();
    // What is left for a day names nobody, and lets nobody make the conversation anew.
    expect(await table.get(conversationKey(app.id, conversation.id))).toEqual({
      ...conversationKey(app.id, conversation.id),
      mergedInto: "",
      participants: {},
      expiresAt: expect.toSatisfy((at) => Math.abs(at - Date.now() / 1000 - 86_400) < 600),
    });
    expect(await findOpen(table, app.id, conversation.id)).toBeUndefined();
    expect(await store.start(conversation, [])).toBe(false);
    expect(await store.delete(app.id, conversation.id)).toBe(false);
    // Interrupted, it left messages behind.
    await table.put(message);
    expect(await store.delete(app.id, conversation.id)).toBe(true);
  });

  test.each(["join", "leave"])(
    "is done for those who are in it, though somebody should %s meanwhile",
    async (change) => {
      const [one, two] = [await person(), await person()];
      const [before, after] = change === "join" ? [[one], [one, two]] : [[one, two], [two]];
      const conversation = group(...before);
      const participants = after.map((user) => newParticipant(freshId(), user, []));
      await table.put(conversationItem(conversation));
      for (const { id } of after) await table.transact([enterConversation(app.id, id, conversation.id)]);
      let first = true;
      const late: Table = {
        ...table,
        async transact(operations) {
          if (first) await table.put(conversationItem({ ...conversation, participants }));
          first = false;
          return table.transact(operations);
        },
      };
      expect(await membershipStore(late).delete(app.id, conversation.id)).toBe(true);
      for (const user of after) expect(await entryOf(user, conversation)).toBeUndefined();
    },
  );

  test("is not done for one that was merged into another, which has what was said", async () => {
    const conversation = group();
    await table.put({ ...conversationItem(conversation), mergedInto: "other" });
    const message = messageKey(app.id, conversation.id, "message");
    await table.put(message);
    expect(await store.delete(app.id, conversation.id)).toBe(false);
    expect(await table.get(message)).toEqual(message);
    expect(await table.get(conversationKey(app.id, conversation.id))).toBeDefined();
  });
});

describe("people as a business names them", () => {
  const named = () => people(userStore(table), mergeStore(table));

  test("are found by id or externalId, with those merged into them in place", async () => {
    const user = await person();
    const ada = await person({ id: externalIdAddress(app.salt, "ada", "brand"), externalId: "ada", brandId: "brand" });
    const absorbing = await person({ absorbing: [freshId()] });
    const find = async (by: Parameters<ReturnType<typeof named>["findPerson"]>[1]) =>
      (await named().findPerson(app, by))?.user;
    expect(await find({ userId: user.id })).toEqual(user);
    expect(await find({ externalId: "ada", brandId: "brand" })).toEqual(ada);
    expect(await find({ externalId: "ada" })).toBeUndefined();
    expect(await find({ userId: freshId() })).toBeUndefined();
    expect(await find({ userId: absorbing.id })).toEqual({ ...absorbing, absorbing: [] });
  });

  test("have an sdk client once they are subscribed", async () => {
    const [one, two] = [await person(), await person()];
    const asked = [{ userId: one.id, subscribeSDKClient: true }, { userId: two.id }];
    const [first, second] = await named().findMembers(app, asked, now, () => "sdk");
    expect(first).toMatchObject({
      known: { user: one, version: "1" },
      user: { clients: [{ id: "sdk", type: "sdk" }] },
      clients: [{ type: "sdk", clientId: "sdk" }],
    });
    expect(second).toMatchObject({ user: two, clients: [] });
  });

  test("are each named once, and are all there", async () => {
    const ada = await person({ externalId: "zoe" });
    await table.put(redirectItem(app.id, externalIdAddress(app.salt, "zoe"), { userId: ada.id }));
    const find = (...asked: Parameters<ReturnType<typeof named>["findMembers"]>[1]) =>
      named().findMembers(app, asked, now, freshId);
    await expect(find({ userId: ada.id }, { externalId: "zoe" })).rejects.toMatchObject({
      code: "bad_request",
      titles: ["participants should NOT have duplicate users"],
    });
    await expect(find({ userId: ada.id }, { userId: freshId() })).rejects.toMatchObject({ code: "user_not_found" });
    expect(await find()).toEqual([]);
  });
});
