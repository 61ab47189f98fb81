import { beforeAll, describe, expect, test } from "vitest";
import {
  findConversation,
  findConversationOf,
  findConversations,
  findOpenConversation,
} from "../../lib/conversations/findConversation.ts";
import { markConversationRead, updateConversation } from "../../lib/conversations/updateConversation.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { conversationKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import type { Conversation, Participant } from "../../lib/model/conversation.ts";
import { newUser } from "../../lib/model/user.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { appId, markMerged, participant, storeConversation } from "../support/storedConversation.ts";
import { freshId } from "../support/unique.ts";

const now = new Date();
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

const stored = (participants?: readonly Participant[], more?: Partial<Conversation>) =>
  storeConversation(runtime.db, participants, more);

describe("a conversation that is stored", () => {
  test("is read as it was, with its participants in the order in which they came", async () => {
    const whole = await stored(
      [
        participant("second", { id: "2", userExternalId: "Ada", unreadCount: 3, lastRead: now.toISOString() }),
        participant("third", { id: "3", clientAssociations: [] }),
        participant("first", { id: "1" }),
      ],
      {
        displayName: "Name",
        description: "Text",
        iconUrl: "https://example.com/",
        metadata: { large: 1e300 },
        businessLastRead: now.toISOString(),
        messageCount: 5,
        lapsesAt: "9999-01-01T00:00:00.000Z",
        clientsSeen: { one: now.toISOString() },
      },
    );
    const inOrder = {
      ...whole,
      participants: ["1", "2", "3"].map((id) => whole.participants.find((one) => one.id === id)),
    };
    expect(await findConversation(runtime, appId, whole.id)).toEqual(inOrder);
    expect(await findOpenConversation(runtime, appId, whole.id)).toEqual(inOrder);
    const bare = await stored();
    expect(await findConversation(runtime, appId, bare.id)).toEqual(bare);
    expect(Object.keys(conversationItem(bare)).filter((name) => conversationItem(bare)[name] === undefined)).toContain(
      "metadata",
    );
    const merging = { ...bare, mergedConversationIds: ["1", "2"] };
    expect(readConversation(conversationItem(merging))).toEqual(merging);
    // An item of before clients were counted has none.
    expect(readConversation({ ...conversationItem(bare), clientsSeen: undefined }).clientsSeen).toEqual({});
  });

  test("is read with what was said in those that were merged into it", async () => {
    const { db } = runtime;
    const [merged, kept] = [await stored(), await stored()];
    await markMerged(db, merged);
    await putItem(db, conversationItem({ ...kept, mergedConversationIds: [merged.id] }));
    await putItem(db, { ...messageKey(appId, merged.id, "message"), order: "1" });
    expect(await findConversation(runtime, appId, kept.id)).toEqual(kept);
    expect(await getItem(db, messageKey(appId, kept.id, "message"))).toMatchObject({ order: "1" });
    expect(await getItem(db, conversationKey(appId, merged.id))).toMatchObject({
      mergedInto: kept.id,
      expiresAt: expect.any(Number),
    });
  });

  test("is not found once it is merged into another, or gone", async () => {
    const merged = await stored([participant("ada")]);
    await markMerged(runtime.db, merged);
    const ada = newUser(appId, "ada", now);
    for (const id of [merged.id, freshId()]) {
      expect(await findConversation(runtime, appId, id)).toBeUndefined();
      expect(await findOpenConversation(runtime, appId, id)).toBeUndefined();
      expect(await findConversations(runtime, appId, [id])).toEqual([]);
      await expect(findConversationOf(runtime, ada, id)).rejects.toMatchObject({ code: "conversation_not_found" });
      expect(await updateConversation(runtime, { appId, id }, (one) => one)).toBeUndefined();
      expect(await markConversationRead(runtime, { appId, id }, "business", now)).toBe(false);
      expect(await markConversationRead(runtime, { appId, id }, { userId: "ada" }, now)).toBe(false);
    }
    expect(await findOpenConversation(runtime, appId, undefined)).toBeUndefined();
    await expect(findConversationOf(runtime, ada)).rejects.toMatchObject({ code: "conversation_not_found" });
  });

  test("is found by those who are in it alone", async () => {
    const conversation = await stored([participant("ada")]);
    expect(await findConversationOf(runtime, newUser(appId, "ada", now), conversation.id)).toEqual(conversation);
    await expect(findConversationOf(runtime, newUser(appId, "bob", now), conversation.id)).rejects.toMatchObject({
      code: "conversation_not_found",
    });
  });

  test("shows nothing to read or to count once it has lapsed", async () => {
    const lapsed = await stored([participant("ada", { unreadCount: 2 })], {
      messageCount: 3,
      lapsesAt: new Date(0).toISOString(),
    });
    const shown = { messageCount: 0, participants: [{ unreadCount: 0 }] };
    expect(await findConversation(runtime, appId, lapsed.id)).toMatchObject(shown);
    expect(await findConversations(runtime, appId, [lapsed.id])).toMatchObject([shown]);
  });
});
