import { beforeAll, describe, expect, test } from "vitest";
import { findConversation } from "../../lib/conversations/findConversation.ts";
import { listLatestMessages } from "../../lib/conversations/listMessages.ts";
import { readConversation } from "../../lib/db/items/conversationItem.ts";
import { userItem } from "../../lib/db/items/userItem.ts";
import { conversationEntryKey, conversationKey, idOfIdempotencyKey, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import { type DeviceDescription, sessionHash, withDevice } from "../../lib/model/device.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { findUserById } from "../../lib/users/findUser.ts";
import { ensureFirstConversation, type StartRequest, startConversation } from "../../lib/users/startConversation.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app, storeUser } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";

const now = new Date("2026-01-01T00:00:00.900Z");
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable(), { now: () => now, newId: freshId });
});

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const find = async (userId: string) => (await findUserById(runtime, app.id, userId))?.user;
const device: DeviceDescription = { guid: "device", type: "ios", integrationId: "b".repeat(24) };
const requested = { displayName: "Help", messages: [{ text: "Hello" }] };
/** What was said in a conversation, and from what kind of device. */
const said = async (conversationId: string) => {
  const conversation = await findConversation(runtime, app.id, conversationId);
  const { messages } = conversation ? await listLatestMessages(runtime, conversation) : { messages: [] };
  return messages.map(({ content, source }) => [content.text, source.type]);
};

describe("a conversation that a person starts", () => {
  /** Stores a user without a conversation, and makes its request for one. */
  async function requestOf(key?: string, fields: Partial<User> = {}): Promise<StartRequest> {
    const user = withDevice(
      newUser(app.id, freshId(), now),
      { ...device, session: sessionHash("token") },
      now,
      freshId,
    );
    const storedUser = await storeUser(runtime.db, { ...user, ...fields });
    return { app, storedUser, device, requested, key, receivedAt: now };
  }
  const withUser = (request: StartRequest, user: User): StartRequest => ({
    ...request,
    storedUser: { user, version: "any" },
  });

  test("is the first one, with what was said, whether further ones are allowed or not", async () => {
    const request = await requestOf("key");
    const { user, conversation } = await startConversation(runtime, request, "refused");
    expect(user.defaultConversationId).toBe(conversation.id);
    expect(await find(user.id)).toEqual(user);
    expect(await findConversation(runtime, app.id, conversation.id)).toEqual(conversation);
    expect(await said(conversation.id)).toContainEqual(["Hello", "ios"]);
    // The same request, which still has the user as it was, or has read it anew.
    for (const again of [request, withUser(request, user)])
      expect(await startConversation(runtime, again, "refused")).toMatchObject({
        conversation: { id: conversation.id },
      });
    const another = { ...withUser(request, user), key: "another", receivedAt: later(1) };
    await expect(startConversation(runtime, another, "refused")).rejects.toMatchObject({ code: "forbidden" });
    expect((await startConversation(runtime, another, "started")).conversation.id).not.toBe(conversation.id);
  });

  test("without a key is the first one for every request that was under way when it was made", async () => {
    const request = await requestOf();
    const { user, conversation } = await startConversation(runtime, request, "refused");
    const again = await startConversation(runtime, request, "started");
    expect(again.conversation.id).toBe(conversation.id);
    const after = { ...withUser(request, user), receivedAt: later(1) };
    await expect(startConversation(runtime, after, "refused")).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is the first one for a request under another key that came before it was made, or had read that there is none", async () => {
    const request = { ...(await requestOf("key")), requested: { messages: [{ text: "Help" }] } };
    const { user, conversation } = await startConversation(runtime, request, "refused");
    const others = [
      { ...withUser(request, user), key: "received before" },
      { ...request, key: "read before", receivedAt: later(1) },
    ];
    for (const other of others)
      expect((await startConversation(runtime, other, "refused")).conversation.id).toBe(conversation.id);
    expect((await said(conversation.id)).filter(([text]) => text === "Help")).toHaveLength(3);
  });

  test("takes what is said with a request that comes late once, also where that has been said by another a while ago", async () => {
    const request = { ...(await requestOf()), requested: { messages: [{ text: "Help" }] } };
    const { user, conversation } = await startConversation(runtime, request, "refused");
    for (const receivedAt of [now, later(30), later(31), later(31)]) {
      const late = { ...runtime, now: () => receivedAt };
      await startConversation(late, { ...withUser(request, user), receivedAt }, "the first");
    }
    expect((await said(conversation.id)).filter(([text]) => text === "Help")).toHaveLength(2);
  });

  test("is a further one under the id of the request, which lists it under the user", async () => {
    const request = await requestOf("further", { defaultConversationId: "c".repeat(24) });
    const { user, conversation } = await startConversation(runtime, request, "started");
    const id = idOfIdempotencyKey(app.salt, user.id, "conversation", "further");
    expect(conversation).toMatchObject({ isDefault: false, id });
    expect(user).toMatchObject({ defaultConversationId: "c".repeat(24), hasMoreConversations: true });
    expect(await find(user.id)).toMatchObject({ hasMoreConversations: true });
    expect(await getItem(runtime.db, conversationEntryKey(app.id, user.id, conversation.id))).toBeDefined();
    expect(await said(conversation.id)).toEqual([["Hello", "ios"]]);
    expect((await startConversation(runtime, request, "refused")).conversation).toEqual(conversation);
  });

  test("is found as lapsed where it is", async () => {
    const request = await requestOf("lapsing");
    const { user, conversation } = await startConversation(runtime, request, "refused");
    const item = await getItem(runtime.db, conversationKey(app.id, conversation.id));
    if (item) await putItem(runtime.db, { ...item, lapsesAt: new Date(0).toISOString() });
    const again = await startConversation(runtime, withUser(request, user), "refused");
    expect(readConversation(item ?? {})).toMatchObject({ messageCount: 1 });
    expect(again.conversation).toMatchObject({ id: conversation.id, messageCount: 0 });
  });

  test("is there for who signs in with one, who is changed as the request says, however often", async () => {
    const request = await requestOf();
    const rename = (user: User): User => ({ ...user, profile: { givenName: "Ada" } });
    const first = await ensureFirstConversation(runtime, request, rename);
    expect(first).toMatchObject({ profile: { givenName: "Ada" }, defaultConversationId: expect.any(String) });
    // A user that was read before the change is read anew, and one that needs none is not written.
    expect(await ensureFirstConversation(runtime, request, rename)).toEqual(first);
    const { version } = (await findUserById(runtime, app.id, first.id)) ?? {};
    const known = { ...request, storedUser: { user: first, version: version ?? "" } };
    expect(await ensureFirstConversation(runtime, known, rename)).toEqual(first);
    expect(await findUserById(runtime, app.id, first.id)).toMatchObject({ version });
    const renamed = await ensureFirstConversation(runtime, known, (user) => ({
      ...user,
      profile: { givenName: "Eve" },
    }));
    expect(renamed).toMatchObject({ profile: { givenName: "Eve" } });
    expect(await find(first.id)).toEqual(renamed);
  });

  test("is nobody's who is gone", async () => {
    const request = await requestOf();
    await deleteItem(runtime.db, userKey(app.id, request.storedUser.user.id));
    await expect(startConversation(runtime, request, "started")).rejects.toMatchObject({ code: "user_not_found" });
  });
});

describe("a further conversation of a person who was given an externalId meanwhile", () => {
  test("is made under the new name", async () => {
    const user = { ...newUser(app.id, "6".repeat(24), new Date()), defaultConversationId: "3".repeat(24) };
    await putItem(runtime.db, userItem({ ...user, externalId: "ada" }));
    const request = {
      app,
      storedUser: { user, version: "of before" },
      device: { guid: "device", type: "web", integrationId: "5".repeat(24) },
      requested: {},
      key: undefined,
      receivedAt: new Date(),
    } as const;
    const { conversation } = await startConversation(runtime, request, "started");
    expect(conversation.participants).toMatchObject([{ userId: user.id, userExternalId: "ada" }]);
    expect(await getItem(runtime.db, conversationEntryKey(app.id, user.id, conversation.id))).toBeDefined();
  });
});
