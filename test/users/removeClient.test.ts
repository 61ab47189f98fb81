import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../lib/db/db.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { redirectItem } from "../../lib/db/items/userItem.ts";
import { conversationKey, pendingLinkKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import type { Client } from "../../lib/model/client.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/model/conversation.ts";
import type { StoredUser } from "../../lib/model/user.ts";
import { putPendingLink } from "../../lib/users/channelIdentity.ts";
import { readAddress } from "../../lib/users/findUser.ts";
import { commitClientRemoval } from "../../lib/users/removeClient.ts";
import { before } from "../support/intercept.ts";
import { lineAddress, lineClient } from "../support/lineClients.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { association } from "../support/storedConversation.ts";
import { app, madeAt, storeUser } from "../support/storedUsers.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { writtenVersion } from "../support/userItemAt.ts";
import { listUnder } from "../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);

/** Stores a user with a client and another one, in so many conversations beyond the first through both of them. */
async function storeUserWithClient(more = 0, fields: Partial<Client> = {}) {
  const externalId = `person ${uniqueNumber()}`;
  const client = lineClient({ externalId, ...fields });
  const id = freshId();
  const conversations = Array.from({ length: more + 1 }, (_, index): Conversation => {
    const participant = newParticipant(freshId(), { id }, [association("other"), association(client.id)]);
    return newConversation(app.id, freshId(), madeAt, {
      type: "personal",
      isDefault: index === 0,
      participants: [participant],
    });
  });
  await putAll(db, conversations.map(conversationItem));
  const [first, ...others] = conversations;
  await listUnder(db, id, ...others);
  const storedUser = await storeUser(db, {
    id,
    clients: [client, { ...client, id: "other", externalId: "other" }],
    ...(first ? { defaultConversationId: first.id } : {}),
    hasMoreConversations: more > 0,
  });
  return { storedUser, client, conversations, externalId };
}

/** The clients through which a user takes part in each of these conversations. */
async function clientsIn(conversations: readonly Conversation[]) {
  const items = await Promise.all(conversations.map(({ id }) => getItem(db, conversationKey(app.id, id))));
  return items.map((item) =>
    item === undefined
      ? undefined
      : readConversation(item).participants.flatMap((one) => one.clientAssociations.map(({ clientId }) => clientId)),
  );
}

/** Removes a client, and tells whether it was done. */
async function remove(storedUser: StoredUser, client: Client, successor?: Client, through = db): Promise<boolean> {
  const removal = { storedUser, client, ...(successor ? { successor } : {}) };
  return (await commitClientRemoval({ db: through }, app, removal)) !== conflict;
}

describe("removing a client", () => {
  test("takes it from the user and the conversation, and gives its addresses up", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const { storedUser, client, conversations, externalId } = await storeUserWithClient(0, { aliases: [alias] });
    const to = { userId: storedUser.user.id, clientId: client.id };
    await putItem(db, redirectItem(app.id, lineAddress(externalId), to));
    await putItem(db, redirectItem(app.id, lineAddress(alias), { ...to, clientId: "another" }));
    expect(await remove(storedUser, client)).toBe(true);
    expect(await at(storedUser.user.id)).toMatchObject({
      version: writtenVersion,
      user: { clients: [{ id: "other" }] },
    });
    expect(await clientsIn(conversations)).toEqual([["other"]]);
    expect(await at(lineAddress(externalId))).toEqual({ kind: "vacancy" });
    expect(await at(lineAddress(alias))).toMatchObject({ kind: "redirect", clientId: "another" });
  });

  test("takes it from every conversation, however many there are", async () => {
    const { storedUser, client, conversations } = await storeUserWithClient(120);
    expect(await remove(storedUser, client)).toBe(true);
    expect(new Set((await clientsIn(conversations)).map(String))).toEqual(new Set(["other"]));
  });

  test("leaves conversations alone in which it is not, which are gone, or were merged into others", async () => {
    const { storedUser, client, conversations } = await storeUserWithClient(3);
    const [first, without, merged, gone] = conversations as [Conversation, Conversation, Conversation, Conversation];
    const participants = without.participants.map((one) => ({ ...one, clientAssociations: [association("third")] }));
    await putItem(db, conversationItem({ ...without, participants }));
    await putItem(db, { ...conversationItem(merged), mergedInto: "another" });
    await deleteItem(db, conversationKey(app.id, gone.id));
    expect(await remove(storedUser, client)).toBe(true);
    expect(await clientsIn([first, without, merged, gone])).toEqual([
      ["other"],
      ["third"],
      ["other", client.id],
      undefined,
    ]);
  });

  test("takes it from the conversation that its person writes in, though no list has it", async () => {
    const { storedUser, client, conversations } = await storeUserWithClient(0);
    const { conversations: others } = await storeUserWithClient(0);
    const [heard] = others as [Conversation];
    const participants = heard.participants.map((one) => ({
      ...one,
      userId: storedUser.user.id,
      clientAssociations: [association(client.id)],
    }));
    await putItem(db, conversationItem({ ...heard, participants }));
    expect(await remove(storedUser, { ...client, conversationId: heard.id })).toBe(true);
    expect(await clientsIn([...conversations, heard])).toEqual([["other"], []]);
  });

  test("that waits for somebody lets nobody wait there", async () => {
    const awaiting = { externalId: `awaited ${uniqueNumber()}`, primary: true };
    const { storedUser, client } = await storeUserWithClient(0, { awaiting });
    const address = lineAddress(awaiting.externalId);
    await putItem(db, putPendingLink(app, address, { userId: storedUser.user.id, clientId: client.id }).put);
    expect(await remove(storedUser, client)).toBe(true);
    expect(await getItem(db, pendingLinkKey(app.id, address))).toBeUndefined();
  });

  test("that waited where another user's client waits now leaves that one waiting", async () => {
    const awaiting = { externalId: `awaited ${uniqueNumber()}`, primary: true };
    const { storedUser, client } = await storeUserWithClient(0, { awaiting });
    const address = lineAddress(awaiting.externalId);
    const waiting = { userId: freshId(), clientId: client.id };
    await putItem(db, putPendingLink(app, address, waiting).put);
    expect(await remove(storedUser, client)).toBe(true);
    expect(await getItem(db, pendingLinkKey(app.id, address))).toMatchObject(waiting);
  });

  test("whose ids and places another one takes leaves them with that one, once in each conversation", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const { storedUser, client, conversations, externalId } = await storeUserWithClient(60, { aliases: [alias] });
    const to = { userId: storedUser.user.id, clientId: client.id };
    await putItem(db, redirectItem(app.id, lineAddress(externalId), to));
    await putItem(db, redirectItem(app.id, lineAddress(alias), { ...to, clientId: "another" }));
    const [first] = conversations as [Conversation];
    const participants = first.participants.map((one) => ({ ...one, clientAssociations: [association(client.id)] }));
    await putItem(db, conversationItem({ ...first, participants }));
    expect(await remove(storedUser, client, { ...client, id: "other", externalId: "other", aliases: [] })).toBe(true);
    expect(await at(storedUser.user.id)).toMatchObject({
      user: { clients: [{ id: "other", externalId: "other", aliases: [externalId, alias] }] },
    });
    expect(new Set((await clientsIn(conversations)).map(String))).toEqual(new Set(["other"]));
    const owner = { ...to, clientId: "other", conversationId: first.id };
    expect(await at(lineAddress(externalId))).toEqual({ kind: "redirect", ...owner });
    expect(await at(lineAddress(alias))).toMatchObject({ clientId: "another" });
  });

  test("is not done for a user, or a conversation, that changed since it was read", async () => {
    const { storedUser, client, conversations } = await storeUserWithClient(0);
    expect(await remove({ ...storedUser, version: "2" }, client)).toBe(false);
    expect(await clientsIn(conversations)).toEqual([["other", client.id]]);

    // Of more conversations than one transaction holds, some are left before the user is changed.
    const many = await storeUserWithClient(120);
    const late = before(db, "TransactWriteItems", async (count) => {
      const [conversation] = many.conversations as [Conversation];
      if (count === 0) await putItem(db, conversationItem({ ...conversation, participants: [] }));
    });
    expect(await remove(many.storedUser, many.client, undefined, late)).toBe(false);
    expect(await at(many.storedUser.user.id)).toMatchObject({ version: "1" });
    expect(await remove(many.storedUser, many.client)).toBe(true);
  });
});
