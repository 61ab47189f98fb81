import { beforeAll, describe, expect, test } from "vitest";
import { addMessage, idOfMessageRequest } from "../../lib/conversations/addMessage.ts";
import { findMessage } from "../../lib/conversations/listMessages.ts";
import { messageEffect } from "../../lib/conversations/messageEffect.ts";
import { leaveConversation } from "../../lib/conversations/participants.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { conversationKey, idOfIdempotencyKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { deleteItem, putItem, updateItem } from "../../lib/db/writeItems.ts";
import type { App } from "../../lib/model/app.ts";
import { type Conversation, messageLimit, newConversation, newParticipant } from "../../lib/model/conversation.ts";
import type { Message } from "../../lib/model/message.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import {
  app,
  messageOf,
  newMessage,
  readStored,
  retaining,
  storeEmpty,
  storeGroup,
} from "../support/storedMessages.ts";
import { freshId } from "../support/unique.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

/** Counts a channel's message in a conversation as it was read. */
async function countOfChannel(conversation: Conversation, message: Message) {
  const effect = messageEffect(app, conversation, message, "client");
  return updateItem(runtime.db, conversationKey(app.id, conversation.id), effect, effect.condition);
}

describe("a message to a group as it was read", () => {
  test("of a user who has left since is not added", async () => {
    const now = new Date();
    const userId = "b".repeat(24);
    const group = newConversation(app.id, "c".repeat(24), now, {
      type: "sdkGroup",
      isDefault: false,
      participants: [newParticipant("d".repeat(24), { id: userId }, [])],
    });
    await putItem(runtime.db, conversationItem(group));
    const say = (id: string) =>
      addMessage(runtime, app, group, {
        id,
        received: now.toISOString(),
        author: { type: "user", userId },
        content: { type: "text", text: "words" },
        source: { type: "web" },
      });
    expect(await say("e".repeat(24))).toBe("added");
    expect(await leaveConversation(runtime, group, userId)).toBe(true);
    expect(await say("f".repeat(24))).toBe(conflict);
  });
});

describe("the limit of messages", () => {
  test("stops the SDK and the business, and never a channel, which could not be told", async () => {
    const { group, members, count } = await storeGroup(runtime.db, "7", messageLimit);
    expect(await addMessage(runtime, app, group, messageOf("8".repeat(24), members[0]))).toBe("full");
    expect(await countOfChannel(group, messageOf("8".repeat(24), members[0]))).toEqual({ done: true });
    expect(await count()).toBe(messageLimit + 1);
  });

  test("is not met by what lapsed", async () => {
    const { group, members, count } = await storeGroup(runtime.db, "9", messageLimit, new Date(0).toISOString());
    expect(await addMessage(runtime, app, group, messageOf("8".repeat(24), members[0]))).toBe("added");
    expect(await count()).toBe(1);
    // Read before it was counted anew, it is another conversation now, and no full one.
    const stale = readConversation(conversationItem({ ...group, lapsesAt: new Date(1).toISOString() }));
    await putItem(runtime.db, conversationItem(group));
    expect(await addMessage(runtime, app, stale, messageOf("0".repeat(24), members[0]))).toBe(conflict);
  });
});

describe("what is said in a conversation", () => {
  const fresh = (type?: Conversation["type"], lapsesAt?: string, digits?: string[]) =>
    storeEmpty(runtime.db, type, lapsesAt, digits);
  const read = (conversation: Conversation) => readStored(runtime.db, conversation);
  const unreadOf = async (conversation: Conversation) =>
    (await read(conversation))?.participants.map(({ unreadCount }) => unreadCount);

  test("is read as it was, each part there is, and none that there is not", async () => {
    const group = await fresh();
    const whole = newMessage(new Date(), { metadata: { a: 1 }, raw: { b: 2 } });
    expect(await addMessage(runtime, app, group, whole)).toBe("added");
    expect(await findMessage(runtime, group, whole.id)).toEqual(whole);
    const bare = newMessage(new Date());
    await addMessage(runtime, app, group, bare);
    expect(await findMessage(runtime, group, bare.id)).toEqual(bare);
    expect(await getItem(runtime.db, messageKey(app.id, group.id, bare.id))).not.toHaveProperty("metadata");
    expect(await findMessage(runtime, group, freshId())).toBeUndefined();
    expect(await addMessage(runtime, app, group, whole)).toBe("exists");
    expect(await read(group)).toMatchObject({ messageCount: 2 });
  });

  test("counts, is the latest, and is unread by all but who said it", async () => {
    const group = await fresh();
    const received = new Date(Date.now() + 5);
    await addMessage(runtime, app, group, newMessage(received));
    expect(await read(group)).toMatchObject({
      messageCount: 1,
      lastUpdatedAt: received.toISOString(),
      participants: [{ unreadCount: 0 }, { unreadCount: 1 }],
    });
    await addMessage(runtime, app, group, newMessage(received, { author: { type: "business" } }));
    expect(await unreadOf(group)).toEqual([1, 2]);
    const personal = await fresh("personal", undefined, ["1"]);
    await addMessage(runtime, app, personal, newMessage(received));
    expect(await unreadOf(personal)).toEqual([0]);
    await addMessage(runtime, app, personal, newMessage(received, { author: { type: "business" } }));
    expect(await unreadOf(personal)).toEqual([1]);
  });

  test("makes its conversation lapse later, or never again where the app keeps all", async () => {
    const group = await fresh();
    const received = new Date(1e12);
    await addMessage(runtime, retaining(60), group, newMessage(received));
    expect(await read(group)).toMatchObject({ lapsesAt: new Date(1e12 + 60_000).toISOString() });
    await addMessage(runtime, app, await fresh(), newMessage(received));
    const lapsing = await fresh("sdkGroup", "9999-01-01T00:00:00.000Z");
    await addMessage(runtime, app, lapsing, newMessage(received));
    expect((await read(lapsing))?.lapsesAt).toBeUndefined();
  });

  test("in a conversation that has lapsed is counted anew, for everybody", async () => {
    const lapsed = await fresh("sdkGroup", new Date(0).toISOString());
    const before = {
      ...lapsed,
      messageCount: 5,
      participants: lapsed.participants.map((one) => ({ ...one, unreadCount: 4 })),
    };
    await putItem(runtime.db, conversationItem(before));
    await addMessage(runtime, app, before, newMessage(new Date()));
    expect(await read(lapsed)).toMatchObject({
      messageCount: 1,
      participants: [{ unreadCount: 0 }, { unreadCount: 1 }],
    });
    await putItem(runtime.db, conversationItem(before));
    expect((await countOfChannel(before, newMessage(new Date(5)))).done).toBe(true);
    expect(await read(lapsed)).toMatchObject({ messageCount: 1, clientsSeen: { client: new Date(5).toISOString() } });
  });

  test("is not added to a conversation that was merged into another, or is gone", async () => {
    const merged = await fresh();
    const add = () => addMessage(runtime, app, merged, newMessage(new Date()));
    await putItem(runtime.db, { ...conversationItem(merged), mergedInto: "other" });
    expect(await add()).toBe(conflict);
    await deleteItem(runtime.db, conversationKey(app.id, merged.id));
    expect(await add()).toBe(conflict);
    await putItem(runtime.db, { ...conversationItem({ ...merged, messageCount: messageLimit - 1 }) });
    expect(await add()).toBe("added");
    expect(await add()).toBe("full");
  });

  test("has an id that follows from a user's idempotency key", () => {
    const id = (of: App, userId: string, key: string) => idOfMessageRequest(of, userId, key);
    expect(id(app, "ada", "1")).toBe(idOfIdempotencyKey(app.salt, "ada", "message", "1"));
    const others = [id({ ...app, salt: "other" }, "ada", "1"), id(app, "bob", "1"), id(app, "ada", "2")];
    expect(new Set([id(app, "ada", "1"), ...others]).size).toBe(4);
    expect(id(app, "ada", "1")).not.toBe(idOfIdempotencyKey(app.salt, "ada", "conversation", "1"));
  });
});
