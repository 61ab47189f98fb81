import { beforeAll, describe, expect, test } from "vitest";
import { findOpenConversation } from "../../lib/conversations/findConversation.ts";
import {
  joinConversation,
  leaveConversation,
  startBusinessConversation,
} from "../../lib/conversations/participants.ts";
import { conversationItem, listUnderUser } from "../../lib/db/items/conversationItem.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { transact } from "../../lib/db/transact.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { type Conversation, newParticipant } from "../../lib/model/conversation.ts";
import type { User } from "../../lib/model/user.ts";
import { readAddress } from "../../lib/users/findUser.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { groupOf, readEntry, storeMember } from "../support/storedMembers.ts";
import { app } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";
import { writtenVersion } from "../support/userItemAt.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

const person = (fields?: Partial<User>) => storeMember(runtime.db, fields);
const member = (user: User, changed: Partial<User> = {}, version = "1") => ({
  storedUser: { user, version },
  user: { ...user, ...changed },
});
const at = (user: User) => readAddress(runtime, app.id, user.id);
const membersOf = async ({ id }: Conversation) =>
  (await findOpenConversation(runtime, app.id, id))?.participants.map(({ userId }) => userId);
const entryOf = (user: User, conversation: Conversation) => readEntry(runtime.db, user, conversation);

describe("a conversation that a business starts", () => {
  test("is a member's first, or one more in the member's list", async () => {
    const [first, further] = [await person(), await person({ defaultConversationId: "other" })];
    const conversation = groupOf(first, further);
    const members = [member(first, { defaultConversationId: conversation.id }), member(further)];
    expect(await startBusinessConversation(runtime, conversation, members)).toBe("started");
    expect(await membersOf(conversation)).toEqual([first.id, further.id]);
    expect(await at(first)).toMatchObject({
      version: writtenVersion,
      user: { defaultConversationId: conversation.id },
    });
    expect(await entryOf(first, conversation)).toBeUndefined();
    expect(await at(further)).toMatchObject({ user: { defaultConversationId: "other", hasMoreConversations: true } });
    expect(await entryOf(further, conversation)).toMatchObject({ id: conversation.id });
    expect(await startBusinessConversation(runtime, conversation, [])).toBe(conflict);
    expect(await startBusinessConversation(runtime, groupOf(first), [member(first)])).toBe(conflict);
  });
});

describe("a participant", () => {
  test("joins once, as long as there are fewer than ten", async () => {
    const conversation = groupOf(await person());
    await putItem(runtime.db, conversationItem(conversation));
    const user = await person();
    const participant = { ...newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }]), unreadCount: 0 };
    const join = (one: User, to = conversation) =>
      joinConversation(runtime, to, newParticipant(freshId(), one, []), member(one));
    expect(await joinConversation(runtime, conversation, participant, member(user))).toBe("joined");
    expect((await findOpenConversation(runtime, app.id, conversation.id))?.participants[1]).toEqual(participant);
    expect(await entryOf(user, conversation)).toMatchObject({ id: conversation.id });
    expect(await joinConversation(runtime, conversation, participant, member(user, {}, "2"))).toBe(conflict);
    for (let index = 2; index < 10; index++) expect(await join(await person())).toBe("joined");
    const last = await person();
    expect(await join(last)).toBe(conflict);
    expect(await membersOf(conversation)).toHaveLength(10);
    expect(await join(last, groupOf())).toBe(conflict);
    await putItem(runtime.db, { ...conversationItem({ ...conversation, participants: [] }), mergedInto: "other" });
    expect(await join(last)).toBe(conflict);
    expect(await at(last)).toMatchObject({ version: "1" });
  });

  test("leaves once", async () => {
    const user = await person();
    const conversation = groupOf(user);
    await putItem(runtime.db, conversationItem(conversation));
    await transact(runtime.db, { entry: listUnderUser(app.id, user.id, conversation.id) });
    expect(await leaveConversation(runtime, conversation, user.id)).toBe(true);
    expect(await membersOf(conversation)).toEqual([]);
    expect(await entryOf(user, conversation)).toBeUndefined();
    expect(await leaveConversation(runtime, conversation, user.id)).toBe(false);
  });
});
