import { beforeAll, describe, expect, test } from "vitest";
import { findOpenConversation } from "../../../lib/conversations/findConversation.ts";
import type { Db } from "../../../lib/db/db.ts";
import { conversationItem, countMessages } from "../../../lib/db/items/conversationItem.ts";
import { keyOfEmail } from "../../../lib/db/items/emailItem.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import {
  conversationEntryKey,
  conversationKey,
  deletionKey,
  externalIdAddress,
  messagePrefix,
  pendingLinkKey,
} from "../../../lib/db/keys.ts";
import { getItem, queryItems } from "../../../lib/db/readItems.ts";
import { transact } from "../../../lib/db/transact.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import type { Client } from "../../../lib/model/client.ts";
import type { Conversation } from "../../../lib/model/conversation.ts";
import { putPendingLink } from "../../../lib/users/channelIdentity.ts";
import { deleteUser } from "../../../lib/users/delete/deleteUser.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { before, intercept } from "../../support/intercept.ts";
import { lineAddress, lineClient } from "../../support/lineClients.ts";
import { newTable, putAll } from "../../support/newTable.ts";
import { participant, storeConversation } from "../../support/storedConversation.ts";
import { app, storeUser } from "../../support/storedUsers.ts";
import { freshId, uniqueNumber } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";
import { listUnder, standsAt, storeMessages } from "../../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);
/** Stores a conversation of this type in which these users take part. */
const storeConversationOf = (
  type: Conversation["type"],
  userIds: readonly string[],
  more: Partial<Conversation> = {},
) =>
  storeConversation(
    db,
    userIds.map((userId) => participant(userId, { clientAssociations: [] })),
    { type, ...more },
  );

describe("deleting a user", () => {
  test("who has nothing but the externalId is done in one step, and frees it", async () => {
    const { user } = await storeUser(db, { externalId: "ada" });
    const address = externalIdAddress(app.salt, "ada");
    await putItem(db, redirectItem(app.id, address, { userId: user.id }));
    expect(await deleteUser({ db }, app, "ada")).toBe(true);
    for (const id of [user.id, address]) expect(await at(id)).toEqual({ kind: "vacancy", of: user.id });
    expect(await getItem(db, deletionKey(app.id, user.id))).toBeUndefined();
    expect(await deleteUser({ db }, app, "ada")).toBe(false);
    expect(await deleteUser({ db }, app, user.id)).toBe(false);
  });

  test("of a brand is of the brand's users", async () => {
    const named = async (brandId?: string) => {
      const id = externalIdAddress(app.salt, "zoe", brandId);
      return storeUser(db, { id, externalId: "zoe", ...(brandId ? { brandId } : {}) });
    };
    const [plain, branded] = [await named(), await named("brand")];
    expect(await deleteUser({ db }, app, "zoe", "brand")).toBe(true);
    expect([(await at(plain.user.id))?.kind, (await at(branded.user.id))?.kind]).toEqual(["user", "vacancy"]);
  });

  test("frees channel identities, links and emails, and leaves what is another's", async () => {
    const aliases = [`alias ${uniqueNumber()}`, `alias ${uniqueNumber()}`];
    const [own, lost] = [lineClient({ aliases }), lineClient()];
    const { externalId: _, ...unnamed } = lineClient();
    const waiting: Client = { ...unnamed, awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } };
    const email = "ada@example.com";
    const { user } = await storeUser(db, {
      clients: [own, lost, waiting],
      identities: [{ type: "email", value: email, verification: "embed" }],
    });
    const to = { userId: user.id, clientId: own.id };
    const addresses = [own.externalId ?? "", ...aliases].map(lineAddress);
    await putItem(db, redirectItem(app.id, addresses[0] ?? "", to));
    await putItem(db, redirectItem(app.id, addresses[1] ?? "", to));
    // At the second alias stands a user that gave it up, and the other client's address is another's by now.
    await storeUser(db, { id: addresses[2] ?? "" }, { ...to, conversationId: undefined });
    await putItem(db, redirectItem(app.id, lineAddress(lost.externalId ?? ""), { userId: "other" }));
    const awaited = lineAddress(waiting.awaiting?.externalId ?? "");
    await putItem(db, putPendingLink(app, awaited, { userId: user.id, clientId: waiting.id }).put);
    await putItem(db, { ...keyOfEmail(app, email), userId: user.id });
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    for (const address of addresses.slice(0, 2)) expect(await at(address)).toEqual({ kind: "vacancy", of: user.id });
    const other = await at(addresses[2] ?? "");
    expect(other).toMatchObject({ kind: "user", version: writtenVersion });
    expect(other).not.toHaveProperty("identityOwner");
    expect(await at(lineAddress(lost.externalId ?? ""))).toEqual({ kind: "redirect", userId: "other" });
    expect(await standsAt(db, [pendingLinkKey(app.id, awaited), keyOfEmail(app, email)])).toEqual([false, false]);
  });

  test("lets another's client wait on where it waits instead of the user's", async () => {
    const waits = [1, 2, 3].map(
      (): Client => ({ ...lineClient(), awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } }),
    );
    const { user } = await storeUser(db, { clients: waits });
    const awaited = waits.map(({ awaiting }) => lineAddress(awaiting?.externalId ?? ""));
    for (const [index, address] of awaited.entries())
      await putItem(
        db,
        putPendingLink(app, address, { userId: user.id, clientId: index === 1 ? "other" : (waits[index]?.id ?? "") })
          .put,
      );
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    expect(
      await standsAt(
        db,
        awaited.map((address) => pendingLinkKey(app.id, address)),
      ),
    ).toEqual([false, true, false]);
  });

  test("leaves the heir of the user's address there", async () => {
    const owner = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    const { user } = await storeUser(db, {}, owner);
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    expect(await at(user.id)).toEqual({ kind: "redirect", ...owner, of: user.id });
  });

  test("takes the default conversation along with all that was said in it, also what is still moving there", async () => {
    const id = freshId();
    const early = await storeConversationOf("personal", []);
    await putItem(db, { ...conversationItem(early), mergedInto: "the default one" });
    const conversation = await storeConversationOf("personal", [id], { mergedConversationIds: [early.id] });
    await storeUser(db, { id, defaultConversationId: conversation.id });
    const keys = [...(await storeMessages(db, conversation, id, undefined)), ...(await storeMessages(db, early, id))];
    expect(await deleteUser({ db }, app, id)).toBe(true);
    expect(await standsAt(db, [...keys, conversationKey(app.id, conversation.id)])).toEqual([
      false,
      false,
      false,
      false,
    ]);
    // Where the early one went is known for a day, and nothing else of it.
    expect(await getItem(db, conversationKey(app.id, early.id))).toEqual({
      ...conversationKey(app.id, early.id),
      mergedInto: conversation.id,
      participants: {},
      expiresAt: expect.any(Number),
    });
    expect(await getItem(db, deletionKey(app.id, id))).toBeUndefined();
  });

  test("takes along personal conversations beyond the first, and of groups the words", async () => {
    const [id, merged, other, stranger] = [freshId(), freshId(), freshId(), freshId()];
    await storeUser(db, { id, hasMoreConversations: true, formerIds: [merged] });
    // To which user the merged one's address leads by now says nothing of the authors.
    await putItem(db, redirectItem(app.id, merged, { userId: other }));
    await putItem(db, redirectItem(app.id, stranger, { userId: id }));
    const early = await storeConversationOf("personal", []);
    const personal = await storeConversationOf("personal", [id], { mergedConversationIds: [early.id] });
    const group = await storeConversationOf("sdkGroup", [id, other], { messageCount: 6 });
    const { user: left } = await storeUser(db);
    const closed = await storeConversationOf("personal", [id]);
    await putItem(db, { ...conversationItem(closed), mergedInto: "other" });
    const gone = { ...personal, id: freshId() };
    await listUnder(db, id, personal, group, closed, gone);
    const inPersonal = [...(await storeMessages(db, personal, id)), ...(await storeMessages(db, early, id))];
    const inGroup = await storeMessages(db, group, id, merged, other, stranger, undefined, left.id);
    const inClosed = await storeMessages(db, closed, id);
    const inGone = await storeMessages(db, gone, id);
    expect(await deleteUser({ db }, app, id)).toBe(true);
    expect(await standsAt(db, [conversationKey(app.id, personal.id), ...inPersonal, ...inGone])).toEqual([
      ...[false, false, false],
      false,
    ]);
    expect(await standsAt(db, inGroup)).toEqual([false, false, true, true, true, true]);
    expect(await findOpenConversation({ db }, app.id, group.id)).toMatchObject({
      messageCount: 4,
      participants: [{ userId: other }],
    });
    // What is left of a merged conversation is the business of the one it was merged into.
    expect(await standsAt(db, [conversationKey(app.id, closed.id), ...inClosed])).toEqual([true, true]);
    const entries = [personal, group, closed, gone].map((one) => conversationEntryKey(app.id, id, one.id));
    expect(await standsAt(db, entries)).toEqual([false, false, false, false]);
  });

  test("of whom more was said than one transaction deletes keeps none of it", async () => {
    const [id, other] = [freshId(), freshId()];
    await storeUser(db, { id, hasMoreConversations: true });
    const group = await storeConversationOf("sdkGroup", [id, other], { messageCount: 155 });
    await listUnder(db, id, group);
    const own = Array.from({ length: 150 }, () => id);
    await storeMessages(db, group, ...own, ...Array.from({ length: 5 }, () => other));
    expect(await deleteUser({ db }, app, id)).toBe(true);
    const range = { partition: conversationKey(app.id, group.id).pk, prefix: messagePrefix, limit: 200 };
    const authors = (await queryItems(db, range)).items.map((item) => JSON.parse(item.author).userId);
    expect(authors).toEqual(Array.from({ length: 5 }, () => other));
    expect(await findOpenConversation({ db }, app.id, group.id)).toMatchObject({ messageCount: 5 });
  });

  test("is of what was said beyond what one reading holds, too", async () => {
    const [id, other] = [freshId(), freshId()];
    await storeUser(db, { id, hasMoreConversations: true });
    const group = await storeConversationOf("sdkGroup", [id, other], { messageCount: 1_003 });
    await listUnder(db, id, group);
    const keys = await storeMessages(db, group, ...Array.from({ length: 1_001 }, () => other), id, id);
    expect(await deleteUser({ db }, app, id)).toBe(true);
    expect(await standsAt(db, keys.slice(-3))).toEqual([true, false, false]);
    expect(await findOpenConversation({ db }, app.id, group.id)).toMatchObject({ messageCount: 1_001 });
  });

  test("is whole though some of it is deleted by others meanwhile", async () => {
    const [id, other] = [freshId(), freshId()];
    await storeUser(db, { id, hasMoreConversations: true });
    const group = await storeConversationOf("sdkGroup", [id, other], { messageCount: 3 });
    await listUnder(db, id, group);
    const keys = await storeMessages(db, group, id, id, other);
    let first = true;
    const late = intercept(db, async ({ name, input }, send) => {
      // In the transaction that deletes both messages, one of them is gone already.
      const { TransactItems } = input as { TransactItems?: readonly unknown[] };
      if (first && name === "TransactWriteItems" && TransactItems?.length === 3) {
        first = false;
        const conversation = countMessages(conversationKey(app.id, group.id), -1);
        if (keys[0]) await transact(db, { message: { delete: keys[0] }, conversation });
      }
      return send();
    });
    expect(await deleteUser({ db: late }, app, id)).toBe(true);
    expect(first).toBe(false);
    expect(await standsAt(db, keys)).toEqual([false, false, true]);
    expect(await findOpenConversation({ db }, app.id, group.id)).toMatchObject({ messageCount: 1 });
  });

  test("who changes meanwhile is read again", async () => {
    const { user } = await storeUser(db, { externalId: freshId() });
    const late = before(db, "TransactWriteItems", async (count) => {
      if (count === 0) await putItem(db, userItemAt(user, "2"));
    });
    expect(await deleteUser({ db: late }, app, user.id)).toBe(true);
    expect(await at(user.id)).toMatchObject({ kind: "vacancy" });
  });

  test("who has others to take in first takes them in", async () => {
    const merged = freshId();
    const conversation = await storeConversationOf("personal", [merged]);
    await listUnder(db, merged, conversation);
    const { user } = await storeUser(db, {
      pendingMoves: [{ kind: "moveConversations", fromUserId: merged }],
      hasMoreConversations: true,
    });
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    expect(await getItem(db, conversationKey(app.id, conversation.id))).toBeUndefined();
  });

  test("with more addresses than a transaction holds frees them all", async () => {
    const aliases = Array.from({ length: 120 }, () => `alias ${uniqueNumber()}`);
    const client = lineClient({ aliases });
    const { user } = await storeUser(db, { clients: [client] });
    const addresses = [client.externalId ?? "", ...aliases].map(lineAddress);
    await putAll(
      db,
      addresses.map((address) => redirectItem(app.id, address, { userId: user.id })),
    );
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    for (const address of addresses) expect(await at(address)).toEqual({ kind: "vacancy", of: user.id });
    expect(await getItem(db, deletionKey(app.id, user.id))).toBeUndefined();
  });
});
