import { beforeAll, describe, expect, test } from "vitest";
import { markConversationRead, updateConversation } from "../../lib/conversations/updateConversation.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import type { Conversation, Participant } from "../../lib/model/conversation.ts";
import { before } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { participant, storeConversation, storedConversation } from "../support/storedConversation.ts";

const now = new Date();
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

const stored = (participants?: readonly Participant[], more?: Partial<Conversation>) =>
  storeConversation(runtime.db, participants, more);
const read = (conversation: Conversation) => storedConversation(runtime.db, conversation);

describe("changing a conversation", () => {
  test("sets and clears its own words, and leaves the counters to others", async () => {
    const conversation = await stored([participant("ada")], {
      displayName: "Old",
      metadata: { a: 1 },
      messageCount: 4,
    });
    const next = { description: "Text", iconUrl: "https://example.com/", displayName: undefined, metadata: {} };
    expect(await updateConversation(runtime, conversation, (one) => ({ ...one, ...next, messageCount: 0 }))).toEqual({
      ...conversation,
      ...next,
    });
    const all = { displayName: "New", description: "Words", iconUrl: "https://example.org/", metadata: { b: 2 } };
    expect(await updateConversation(runtime, conversation, (one) => ({ ...one, ...all }))).toEqual({
      ...conversation,
      ...all,
    });
    expect(await read(conversation)).toEqual({ ...conversation, ...all });
  });

  test("follows a change that another makes meanwhile, and loses none", async () => {
    const conversation = await stored();
    const set = (fields: Partial<Conversation>) =>
      updateConversation(runtime, conversation, (one) => ({ ...one, ...fields }));
    const note = (metadata: Conversation["metadata"], through = runtime) =>
      updateConversation(through, conversation, (one) => ({ ...one, metadata: { ...one.metadata, ...metadata } }));
    await Promise.all([set({ displayName: "Name" }), note({ a: 1 }), note({ b: 1 }), set({ description: "Text" })]);
    expect(await read(conversation)).toMatchObject({ metadata: { a: 1, b: 1 } });
    const late = before(runtime.db, "UpdateItem", async (count) => {
      if (count === 0) await set({ metadata: { meanwhile: true } });
    });
    await note({ late: true }, runtimeOf(late));
    expect(await read(conversation)).toMatchObject({ metadata: { meanwhile: true, late: true } });
  });

  test("to read is of the business, or of one participant", async () => {
    const conversation = await stored([participant("ada", { unreadCount: 2 }), participant("bob", { unreadCount: 1 })]);
    expect(await markConversationRead(runtime, conversation, { userId: "eve" }, now)).toBe(false);
    expect(await markConversationRead(runtime, conversation, { userId: "ada" }, now)).toBe(true);
    expect(await read(conversation)).toMatchObject({
      businessLastRead: undefined,
      participants: [
        { unreadCount: 0, lastRead: now.toISOString() },
        { unreadCount: 1, lastRead: undefined },
      ],
    });
    expect(await markConversationRead(runtime, conversation, "business", now)).toBe(true);
    expect(await read(conversation)).toMatchObject({
      businessLastRead: now.toISOString(),
      participants: [{}, { unreadCount: 1 }],
    });
  });
});
