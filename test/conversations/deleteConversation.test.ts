import { beforeAll, describe, expect, test } from "vitest";
import { deleteConversation } from "../../lib/conversations/deleteConversation.ts";
import { findOpenConversation } from "../../lib/conversations/findConversation.ts";
import { startBusinessConversation } from "../../lib/conversations/participants.ts";
import { conversationItem, listUnderUser } from "../../lib/db/items/conversationItem.ts";
import { conversationKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { transact } from "../../lib/db/transact.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { newParticipant } from "../../lib/model/conversation.ts";
import { before } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { groupOf, readEntry, storeMember } from "../support/storedMembers.ts";
import { app } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

describe("deleting a conversation", () => {
  test("takes along what was said in it and every member's entry", async () => {
    const { db } = runtime;
    const users = [await storeMember(db), await storeMember(db)];
    const conversation = groupOf(...users);
    await putItem(db, conversationItem(conversation));
    for (const { id } of users) await transact(db, { entry: listUnderUser(app.id, id, conversation.id) });
    const message = messageKey(app.id, conversation.id, "message");
    await putItem(db, { ...message });
    expect(await deleteConversation(runtime, app.id, conversation.id)).toBe(true);
    expect(await getItem(db, message)).toBeUndefined();
    for (const user of users) expect(await readEntry(db, user, conversation)).toBeUndefined();
    // What is left for a day names no user, and lets no request make the conversation anew.
    expect(await getItem(db, conversationKey(app.id, conversation.id))).toEqual({
      ...conversationKey(app.id, conversation.id),
      mergedInto: "",
      participants: {},
      expiresAt: expect.toSatisfy((at) => Math.abs(at - Date.now() / 1000 - 86_400) < 600),
    });
    expect(await findOpenConversation(runtime, app.id, conversation.id)).toBeUndefined();
    expect(await startBusinessConversation(runtime, conversation, [])).toBe(conflict);
    expect(await deleteConversation(runtime, app.id, conversation.id)).toBe(false);
    // Interrupted, it left messages behind.
    await putItem(db, { ...message });
    expect(await deleteConversation(runtime, app.id, conversation.id)).toBe(true);
  });

  test.each(["join", "leave"])(
    "is done for those who are in it, though somebody should %s meanwhile",
    async (change) => {
      const { db } = runtime;
      const [one, two] = [await storeMember(db), await storeMember(db)];
      const [earlier, later] = change === "join" ? [[one], [one, two]] : [[one, two], [two]];
      const conversation = groupOf(...earlier);
      const participants = later.map((user) => newParticipant(freshId(), user, []));
      await putItem(db, conversationItem(conversation));
      for (const { id } of later) await transact(db, { entry: listUnderUser(app.id, id, conversation.id) });
      const late = before(db, "TransactWriteItems", async (count) => {
        if (count === 0) await putItem(db, conversationItem({ ...conversation, participants }));
      });
      expect(await deleteConversation(runtimeOf(late), app.id, conversation.id)).toBe(true);
      for (const user of later) expect(await readEntry(db, user, conversation)).toBeUndefined();
    },
  );

  test("is not done for one that was merged into another, which has what was said", async () => {
    const { db } = runtime;
    const conversation = groupOf();
    await putItem(db, { ...conversationItem(conversation), mergedInto: "other" });
    const message = messageKey(app.id, conversation.id, "message");
    await putItem(db, { ...message });
    expect(await deleteConversation(runtime, app.id, conversation.id)).toBe(false);
    expect(await getItem(db, message)).toEqual(message);
    expect(await getItem(db, conversationKey(app.id, conversation.id))).toBeDefined();
  });
});
