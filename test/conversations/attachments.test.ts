import { beforeAll, describe, expect, test } from "vitest";
import { addAttachment, deleteAttachment, findAttachment, useUpload } from "../../lib/conversations/attachments.ts";
import { moveMergedMessages } from "../../lib/conversations/moveMergedMessages.ts";
import { deleteMessagesIn } from "../../lib/db/deleteMessagesIn.ts";
import { conversationItem } from "../../lib/db/items/conversationItem.ts";
import { attachmentEntryKey, attachmentKey, conversationKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { newConversation } from "../../lib/model/conversation.ts";
import { before } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

const file = { name: "a.png", mediaType: "image/png", access: "public", forMessage: true } as const;

/** Stores a conversation into which others are merging. */
async function stored(...mergedConversationIds: readonly string[]) {
  const begun = { type: "personal", isDefault: false, participants: [] } as const;
  const conversation = { ...newConversation(app.id, freshId(), new Date(), begun), mergedConversationIds };
  await putItem(runtime.db, conversationItem(conversation));
  return conversation;
}

describe("an attachment", () => {
  test("expires with the messages of its app, if it is for one, before DynamoDB removes it", async () => {
    const brief = { ...app, settings: { ...app.settings, conversationRetentionSeconds: 600 } };
    const [gone, kept] = [
      await addAttachment(runtime, brief, file),
      await addAttachment(runtime, brief, { ...file, forMessage: false }),
    ];
    const later = { ...runtime, now: () => new Date(Date.now() + 601_000) };
    expect(await findAttachment(runtime, app.id, gone.id)).toEqual(gone);
    expect(await findAttachment(later, app.id, gone.id)).toBeUndefined();
    expect(await deleteAttachment(later, app.id, gone.id)).toBe(false);
    expect(await findAttachment(later, app.id, kept.id)).toEqual(kept);
    const item = await getItem(runtime.db, attachmentKey(app.id, gone.id));
    expect(item?.expiresAt).toBe(Math.floor(Date.parse(gone.createdAt) / 1000) + 600);
  });

  test("moves with its conversation, and one that was deleted meanwhile stays deleted", async () => {
    const old = await stored();
    const conversationId = old.id;
    const [moved, deleted] = [
      await addAttachment(runtime, app, { ...file, conversationId }),
      await addAttachment(runtime, app, { ...file, conversationId }),
    ];
    const into = await stored(old.id);
    const meanwhile = before(runtime.db, "TransactWriteItems", () => deleteAttachment(runtime, app.id, deleted.id));
    await moveMergedMessages({ db: meanwhile }, into);
    expect(await findAttachment(runtime, app.id, moved.id)).toMatchObject({ conversationId: into.id });
    expect(await findAttachment(runtime, app.id, deleted.id)).toBeUndefined();
    const entry = (of: string, id: string) => getItem(runtime.db, attachmentEntryKey(app.id, of, id));
    expect(await entry(old.id, moved.id)).toBeUndefined();
    expect(await entry(old.id, deleted.id)).toBeUndefined();
    await deleteMessagesIn(runtime.db, conversationKey(app.id, into.id).pk);
    expect(await findAttachment(runtime, app.id, moved.id)).toBeUndefined();
    expect(await entry(into.id, moved.id)).toBeUndefined();
  });

  test("for no message moves with its conversation, whose users read it, and outlasts it", async () => {
    const old = await stored();
    const kept = await addAttachment(runtime, app, { ...file, forMessage: false, conversationId: old.id });
    const into = await stored(old.id);
    await moveMergedMessages(runtime, into);
    expect(await findAttachment(runtime, app.id, kept.id)).toMatchObject({ conversationId: into.id });
    await deleteMessagesIn(runtime.db, conversationKey(app.id, into.id).pk);
    expect(await findAttachment(runtime, app.id, kept.id)).toMatchObject({ conversationId: into.id });
    expect(await getItem(runtime.db, attachmentEntryKey(app.id, into.id, kept.id))).toBeUndefined();
  });

  test("takes one upload by its form", async () => {
    const upload = { token: "secret", until: new Date().toISOString() };
    const attachment = await addAttachment(runtime, app, { ...file, upload });
    expect(await useUpload(runtime, attachment)).toBe(true);
    expect(await useUpload(runtime, attachment)).toBe(false);
    expect(await findAttachment(runtime, app.id, attachment.id)).not.toHaveProperty("upload.token");
  });
});
