import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { Client } from "../../lib/domain/client.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { waitAt } from "../../lib/store/channelAddresses.ts";
import { clientRemoval } from "../../lib/store/clientRemoval.ts";
import { conversationItem, enterConversation, readConversation } from "../../lib/store/conversationItem.ts";
import { channelAddress, conversationKey, linkKey } from "../../lib/store/keys.ts";
import type { Table } from "../../lib/store/table.ts";
import { redirectItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date();
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const addressOf = (externalId: string) => channelAddress(app.salt, "line", externalId);
const at = (id: string) => userStore(table).find(app.id, id);
const association = (clientId: string) => ({ type: "line", clientId });

/** Somebody with a client and another one, in so many conversations beyond the first through both of them. */
async function person(more = 0, fields: Partial<Client> = {}) {
  const externalId = `person ${uniqueNumber()}`;
  const client: Client = {
    id: freshId(),
    type: "line",
    status: "active",
    integrationId: "line",
    externalId,
    linkedAt: now.toISOString(),
    ...fields,
  };
  const id = freshId();
  const conversations = Array.from({ length: more + 1 }, (_, index): Conversation => {
    const participant = newParticipant(freshId(), { id }, [association("other"), association(client.id)]);
    return newConversation(app.id, freshId(), now, { type: "personal", isDefault: index === 0 }, [participant]);
  });
  await putAll(table, conversations.map(conversationItem));
  const [first, ...others] = conversations;
  const entries = others.map((one) => enterConversation(app.id, id, one.id));
  for (let start = 0; start < entries.length; start += 100) await table.transact(entries.slice(start, start + 100));
  const user: User = {
    ...newUser(app.id, id, now),
    clients: [client, { ...client, id: "other", externalId: "other" }],
    ...(first ? { defaultConversationId: first.id } : {}),
    hasMoreConversations: more > 0,
  };
  await table.put(userItemAt(user, "1"));
  return { known: { user, version: "1" }, client, conversations, externalId };
}
/** The clients through which somebody is in each of these conversations. */
async function clientsIn(conversations: readonly Conversation[]) {
  const items = await Promise.all(conversations.map(({ id }) => table.get(conversationKey(app.id, id))));
  return items.map((item) =>
    item === undefined
      ? undefined
      : readConversation(item).participants.flatMap((one) => one.clientAssociations.map(({ clientId }) => clientId)),
  );
}
const remove = (
  known: { readonly user: User; readonly version: string },
  client: Client,
  through = table,
  heir?: Client,
) => clientRemoval(through).remove(app, known, client, heir);

describe("removing a client", () => {
  test("takes it from the user and the conversation, and gives its addresses up", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const { known, client, conversations, externalId } = await person(0, { aliases: [alias] });
    const to = { userId: known.user.id, clientId: client.id };
    await table.put(redirectItem(app.id, addressOf(externalId), to));
    await table.put(redirectItem(app.id, addressOf(alias), { ...to, clientId: "another" }));
    expect(await remove(known, client)).toBe(true);
    expect(await at(known.user.id)).toMatchObject({ version: writtenVersion, user: { clients: [{ id: "other" }] } });
    expect(await clientsIn(conversations)).toEqual([["other"]]);
    expect(await at(addressOf(externalId))).toEqual({ kind: "vacancy" });
    expect(await at(addressOf(alias))).toMatchObject({ kind: "redirect", clientId: "another" });
  });

  test("takes it from every conversation, however many there are", async () => {
    const { known, client, conversations } = await person(120);
    expect(await remove(known, client)).toBe(true);
    expect(new Set((await clientsIn(conversations)).map(String))).toEqual(new Set(["other"]));
  });

  test("leaves conversations alone in which it is not, which are gone, or were merged into others", async () => {
    const { known, client, conversations } = await person(3);
    const [first, without, merged, gone] = conversations as [Conversation, Conversation, Conversation, Conversation];
    const participants = without.participants.map((one) => ({ ...one, clientAssociations: [association("third")] }));
    await table.put(conversationItem({ ...without, participants }));
    await table.put({ ...conversationItem(merged), mergedInto: "another" });
    await table.delete(conversationKey(app.id, gone.id));
    expect(await remove(known, client)).toBe(true);
    expect(await clientsIn([first, without, merged, gone])).toEqual([
      ["other"],
      ["third"],
      ["other", client.id],
      undefined,
    ]);
  });

  test("takes it from the conversation that its person writes in, though no list has it", async () => {
    const { known, client, conversations } = await person(0);
    const { conversations: others } = await person(0);
    const [heard] = others as [Conversation];
    const participants = heard.participants.map((one) => ({
      ...one,
      userId: known.user.id,
      clientAssociations: [association(client.id)],
    }));
    await table.put(conversationItem({ ...heard, participants }));
    expect(await remove(known, { ...client, conversationId: heard.id })).toBe(true);
    expect(await clientsIn([...conversations, heard])).toEqual([["other"], []]);
  });

  test("that waits for somebody lets nobody wait there", async () => {
    const awaiting = { externalId: `awaited ${uniqueNumber()}`, primary: true };
    const { known, client } = await person(0, { awaiting });
    const address = addressOf(awaiting.externalId);
    await table.put(waitAt(app, address, { userId: known.user.id, clientId: client.id }).put);
    expect(await remove(known, client)).toBe(true);
    expect(await table.get(linkKey(app.id, address))).toBeUndefined();
  });

  test("that waited where another user's client waits now leaves that one waiting", async () => {
    const awaiting = { externalId: `awaited ${uniqueNumber()}`, primary: true };
    const { known, client } = await person(0, { awaiting });
    const address = addressOf(awaiting.externalId);
    const waiting = { userId: freshId(), clientId: client.id };
    await table.put(waitAt(app, address, waiting).put);
    expect(await remove(known, client)).toBe(true);
    expect(await table.get(linkKey(app.id, address))).toMatchObject(waiting);
  });

  test("whose ids and places another one takes leaves them with that one, once in each conversation", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const { known, client, conversations, externalId } = await person(60, { aliases: [alias] });
    const to = { userId: known.user.id, clientId: client.id };
    await table.put(redirectItem(app.id, addressOf(externalId), to));
    await table.put(redirectItem(app.id, addressOf(alias), { ...to, clientId: "another" }));
    const [first] = conversations as [Conversation];
    const participants = first.participants.map((one) => ({ ...one, clientAssociations: [association(client.id)] }));
    await table.put(conversationItem({ ...first, participants }));
    expect(await remove(known, client, table, { ...client, id: "other", externalId: "other", aliases: [] })).toBe(true);
    expect(await at(known.user.id)).toMatchObject({
      user: { clients: [{ id: "other", externalId: "other", aliases: [externalId, alias] }] },
    });
    expect(new Set((await clientsIn(conversations)).map(String))).toEqual(new Set(["other"]));
    const heir = { ...to, clientId: "other", conversationId: first.id };
    expect(await at(addressOf(externalId))).toEqual({ kind: "redirect", ...heir });
    expect(await at(addressOf(alias))).toMatchObject({ clientId: "another" });
  });

  test("is not done for a user, or a conversation, that changed since it was read", async () => {
    const { known, client, conversations } = await person(0);
    expect(await remove({ ...known, version: "2" }, client)).toBe(false);
    expect(await clientsIn(conversations)).toEqual([["other", client.id]]);

    // Of more conversations than one transaction holds, some are left before the user is changed.
    const many = await person(120);
    let first = true;
    const late: Table = {
      ...table,
      async transact(operations) {
        const [conversation] = many.conversations as [Conversation];
        if (first) await table.put(conversationItem({ ...conversation, participants: [] }));
        first = false;
        return table.transact(operations);
      },
    };
    expect(await remove(many.known, many.client, late)).toBe(false);
    expect(await at(many.known.user.id)).toMatchObject({ version: "1" });
    expect(await remove(many.known, many.client)).toBe(true);
  });
});
