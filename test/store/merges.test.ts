import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { Client } from "../../lib/domain/client.ts";
import { type Conversation, newConversation, newParticipant, type Participant } from "../../lib/domain/conversation.ts";
import { newUser, type User, type VersionedUser } from "../../lib/domain/user.ts";
import { conversationItem, enterConversation, findOpen, readConversation } from "../../lib/store/conversationItem.ts";
import { conversationStore } from "../../lib/store/conversations.ts";
import { channelAddress, conversationEntryKey, conversationKey, linkKey, userKey } from "../../lib/store/keys.ts";
import { type MergeDetails, mergeStore } from "../../lib/store/merges.ts";
import type { Table } from "../../lib/store/table.ts";
import { redirectItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const multi: App = { ...app, settings: { ...defaultSettings, multiConvoEnabled: true } };
const now = new Date();
const seconds = (count: number) => new Date(now.getTime() + count * 1000).toISOString();
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const line = (more: Partial<Client> = {}): Client => {
  const externalId = `person ${uniqueNumber()}`;
  return {
    id: freshId(),
    type: "line",
    status: "active",
    integrationId: "line",
    externalId,
    linkedAt: seconds(0),
    ...more,
  };
};
const addressOf = (externalId = "") => channelAddress(app.salt, "line", externalId);
const same = (user: User) => user;

/** Puts a user in the table, who lives at the first version. */
async function stored(fields: Partial<User> = {}, more: Omit<VersionedUser, "user" | "version"> = {}) {
  const known: VersionedUser = { user: { ...newUser(app.id, freshId(), now), ...fields }, version: "1", ...more };
  await table.put(userItemAt(known.user, "1", known.heir));
  return known;
}

/** A conversation of these users. */
async function conversationOf(participants: readonly Partial<Participant>[], more: Partial<Conversation> = {}) {
  const kind = { type: "personal", isDefault: true } as const;
  const members = participants.map((one) => ({ ...newParticipant(freshId(), { id: one.userId ?? "" }, []), ...one }));
  const conversation = { ...newConversation(app.id, freshId(), now, kind, members), ...more };
  await table.put(conversationItem(conversation));
  return conversation;
}

/** A user with a default conversation, in which she is through her clients. */
async function conversing(
  clients: readonly Client[] = [],
  entry: Partial<Participant> = {},
  more: Partial<Conversation> = {},
) {
  const id = freshId();
  const clientAssociations = clients.map((client) => ({ type: client.type, clientId: client.id }));
  const conversation = await conversationOf([{ userId: id, clientAssociations, ...entry }], more);
  const known = await stored({
    id,
    clients: clients.map((client) => ({ ...client, conversationId: conversation.id })),
    defaultConversationId: conversation.id,
  });
  return { known, conversation };
}

const merge = (of: App, survivor: VersionedUser, discarded: VersionedUser, details?: MergeDetails, change = same) =>
  mergeStore(table).merge(of, survivor, discarded, change, details);
const at = (id: string) => userStore(table).find(app.id, id);
const conversation = ({ id }: { readonly id: string }) => findOpen(table, app.id, id);
const entryOf = (user: User, { id }: Conversation) => table.get(conversationEntryKey(app.id, user.id, id));

describe("a merge", () => {
  test("leaves the survivor, changed in the same moment, and a redirect to it", async () => {
    const [one, two] = [await stored(), await stored({ metadata: { a: 1 } })];
    const mark = { ...userKey(app.id, freshId()), of: "survivor" };
    const merged = await merge(app, one, two, { alongside: () => [{ put: mark }] }, (user) => ({
      ...user,
      authenticated: true,
    }));
    expect(merged).toMatchObject({
      version: writtenVersion,
      user: { id: one.user.id, metadata: { a: 1 }, authenticated: true },
    });
    expect(await at(one.user.id)).toEqual({ kind: "user", ...merged });
    expect(await at(two.user.id)).toEqual({ kind: "redirect", userId: one.user.id });
    expect(await table.get({ pk: mark.pk, sk: mark.sk })).toEqual(mark);
    expect(merged?.user.hasMoreConversations).toBeUndefined();
    expect(merged?.user.absorbing).toBeUndefined();
    expect(merged?.user.formerIds).toBeUndefined();
  });

  test.each(["survivor", "discarded"])("of a %s who changed since is not done", async (changed) => {
    const [one, two] = [await stored(), await stored()];
    await table.put(userItemAt((changed === "survivor" ? one : two).user, "2"));
    expect(await merge(app, one, two)).toBeUndefined();
    expect(await at(two.user.id)).toMatchObject({ kind: "user" });
  });

  test.each([
    ["kept", { lastUpdatedAt: seconds(5) }],
    ["moved", { messageCount: 9 }],
  ] as const)("of histories of which the %s one has grown meanwhile is not done", async (grown, more) => {
    const [one, two] = [await conversing(), await conversing()];
    let first = true;
    const late: Table = {
      ...table,
      async transact(operations) {
        const { conversation: was } = grown === "kept" ? one : two;
        if (first) await table.put(conversationItem({ ...was, ...more }));
        first = false;
        return table.transact(operations);
      },
    };
    expect(await mergeStore(late).merge(app, one.known, two.known, same)).toBeUndefined();
    expect(await conversation(two.conversation)).toBeDefined();
  });

  test("hands the default conversation to a survivor who has none", async () => {
    const client = line();
    const [one, two] = [await stored({ externalId: "ada" }), await conversing([client], { unreadCount: 2 })];
    const merged = await merge(app, one, two.known);
    expect(merged?.user).toMatchObject({
      defaultConversationId: two.conversation.id,
      clients: [{ id: client.id, conversationId: two.conversation.id }],
    });
    expect(merged?.user.hasMoreConversations).toBeUndefined();
    expect(await entryOf(one.user, two.conversation)).toBeUndefined();
    expect(await conversation(two.conversation)).toMatchObject({
      isDefault: true,
      participants: [
        { userId: one.user.id, userExternalId: "ada", unreadCount: 2, clientAssociations: [{ clientId: client.id }] },
      ],
    });
  });

  test("makes one history of two: counted together, through the clients of both, the later of each time", async () => {
    const [mine, theirs] = [line(), line()];
    const one = await conversing([mine], { unreadCount: 1 }, { messageCount: 3, lastUpdatedAt: seconds(1) });
    const older = freshId();
    const two = await conversing(
      [theirs],
      { unreadCount: 2 },
      { messageCount: 4, lastUpdatedAt: seconds(2), absorbing: [older] },
    );
    const merged = await merge(app, one.known, two.known);
    expect(merged?.user).toMatchObject({
      defaultConversationId: one.conversation.id,
      clients: [
        { id: mine.id, conversationId: one.conversation.id },
        { id: theirs.id, conversationId: one.conversation.id },
      ],
    });
    const kept = await conversation(one.conversation);
    expect(kept).toMatchObject({ messageCount: 7, lastUpdatedAt: seconds(2), lapsesAt: undefined });
    expect(kept?.participants).toMatchObject([
      {
        userId: one.known.user.id,
        unreadCount: 3,
        clientAssociations: [{ clientId: mine.id }, { clientId: theirs.id }],
      },
    ]);
    expect([...(kept?.absorbing ?? [])].sort()).toEqual([older, two.conversation.id].sort());
    expect(await conversation(two.conversation)).toBeUndefined();
    expect(await table.get(conversationKey(app.id, two.conversation.id))).toMatchObject({
      mergedInto: one.conversation.id,
    });
  });

  test("keeps the later time also where it is the survivor's", async () => {
    const [one, two] = [await conversing([], {}, { lastUpdatedAt: seconds(2) }), await conversing()];
    await merge(app, one.known, two.known);
    expect(await conversation(one.conversation)).toMatchObject({ lastUpdatedAt: seconds(2) });
  });

  test.each<[string, string | undefined, string | undefined, number, number, string | undefined]>([
    ["the kept one has lapsed", seconds(-9), seconds(90), 4, 2, seconds(90)],
    ["the moved one has lapsed", seconds(90), seconds(-9), 3, 1, seconds(90)],
    ["neither has lapsed", seconds(90), seconds(60), 7, 3, seconds(90)],
    ["one never lapses", undefined, seconds(60), 7, 3, seconds(60)],
  ])("counts what is not over, where %s", async (_, kept, moved, messages, unread, lapsesAt) => {
    const one = await conversing([], { unreadCount: 1 }, { messageCount: 3, lapsesAt: kept });
    const two = await conversing([], { unreadCount: 2 }, { messageCount: 4, lapsesAt: moved });
    await merge(app, one.known, two.known);
    expect(await conversation(one.conversation)).toMatchObject({
      messageCount: messages,
      lapsesAt,
      participants: [{ unreadCount: unread }],
    });
  });

  test("leaves two conversations two where users may have several, unless a channel proved one person", async () => {
    const [one, two] = [await conversing(), await conversing()];
    const merged = await merge(multi, one.known, two.known);
    expect(merged?.user).toMatchObject({ defaultConversationId: one.conversation.id, hasMoreConversations: true });
    expect(await conversation(two.conversation)).toMatchObject({
      isDefault: false,
      participants: [{ userId: one.known.user.id }],
    });
    expect(await entryOf(one.known.user, two.conversation)).toMatchObject({ id: two.conversation.id });
    expect(await conversation(one.conversation)).toMatchObject({ isDefault: true, absorbing: [] });

    const [three, four] = [await conversing(), await conversing()];
    await merge(multi, three.known, four.known, { provenOn: "line" });
    expect(await conversation(four.conversation)).toBeUndefined();
    expect(await conversation(three.conversation)).toMatchObject({ absorbing: [four.conversation.id] });
  });

  test("leads every address of the discarded clients to the survivor", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const theirs = line({ aliases: [alias] });
    const [one, two] = [await conversing(), await conversing([theirs])];
    const place = { userId: two.known.user.id, clientId: theirs.id, conversationId: two.conversation.id };
    await table.put(redirectItem(app.id, addressOf(theirs.externalId), place));
    // At the address of the alias another user lives, who gave it up.
    const other = await stored({ id: addressOf(alias) }, { heir: place });
    await merge(app, one.known, two.known);
    const to = { userId: one.known.user.id, clientId: theirs.id, conversationId: one.conversation.id };
    expect(await at(addressOf(theirs.externalId))).toEqual({ kind: "redirect", ...to });
    expect(await at(other.user.id)).toMatchObject({ kind: "user", heir: to, version: writtenVersion });
  });

  test("leads the address at which the discarded user was born to the survivor's client", async () => {
    const mine = line();
    const theirs = line();
    const two = await stored({ id: addressOf(theirs.externalId), clients: [theirs] });
    const one = await conversing([mine]);
    await merge(app, one.known, two, { provenOn: "line" });
    expect(await at(two.user.id)).toEqual({
      kind: "redirect",
      userId: one.known.user.id,
      clientId: mine.id,
      conversationId: one.conversation.id,
    });
    expect(await at(one.known.user.id)).toMatchObject({
      user: { clients: [{ id: mine.id, aliases: [theirs.externalId] }] },
    });
  });

  test("leaves an heir of either what is the heir's, unless that is the survivor itself", async () => {
    const heir = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    const [one, two] = [await stored({}, { heir }), await stored({}, { heir })];
    await merge(app, one, two);
    expect(await at(one.user.id)).toMatchObject({ heir });
    expect(await at(two.user.id)).toEqual({ kind: "redirect", ...heir });
    const four = await stored();
    const three = await stored({}, { heir: { ...heir, userId: four.user.id } });
    expect((await merge(app, three, four))?.heir).toBeUndefined();
    expect(await at(three.user.id)).toMatchObject({ kind: "user", heir: undefined });
  });

  test("takes in as many channel identities as fit beside all that it may bring, and is refused with more", async () => {
    const waiting: Client = { ...line(), awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } };
    const theirs = line({ aliases: Array.from({ length: 88 }, () => `alias ${uniqueNumber()}`) });
    for (const of of [app, multi]) {
      const [one, two] = [await conversing([line()]), await conversing([{ ...theirs, id: freshId() }])];
      const group = await conversationOf([{ userId: one.known.user.id }]);
      const details: MergeDetails = {
        linking: { conversation: group, association: { type: "line", clientId: theirs.id }, primary: true },
        // An email, and the end of a client's waiting.
        alongside: () => [1, 2].map(() => ({ put: { ...userKey(app.id, freshId()) } })),
      };
      const clients = [...two.known.user.clients, { ...waiting, externalId: undefined }] as readonly Client[];
      const most = { ...two.known, user: { ...two.known.user, clients } };
      const more = { ...theirs, aliases: [...(theirs.aliases ?? []), "one more"] };
      const tooMany = { ...most, user: { ...most.user, clients: [more, ...clients.slice(1)] } };
      await expect(merge(of, one.known, tooMany, details)).rejects.toMatchObject({ code: "bad_request" });
      expect(await at(two.known.user.id)).toMatchObject({ kind: "user" });
      expect(await merge(of, one.known, most, details)).toBeDefined();
      for (const alias of theirs.aliases ?? [])
        expect(await at(addressOf(alias))).toMatchObject({ kind: "redirect", userId: one.known.user.id });
      // The next of them have the same ids.
      for (const alias of [theirs.externalId, ...(theirs.aliases ?? [])])
        await table.delete(userKey(app.id, addressOf(alias)));
    }
  });

  test("lets a client that waits for somebody wait as the survivor's", async () => {
    const waiting = line({
      externalId: undefined,
      awaiting: { externalId: "awaited", primary: true },
    } as Partial<Client>);
    const [one, two] = [await stored(), await stored({ clients: [waiting] })];
    await merge(app, one, two);
    expect(await table.get(linkKey(app.id, addressOf("awaited")))).toMatchObject({
      userId: one.user.id,
      clientId: waiting.id,
    });
  });

  test.each([true, false])("by a link gives the client its place, as the primary one: %j", async (primary) => {
    const [mine, theirs] = [line(), line()];
    const association = { type: "line", clientId: theirs.id };
    const order = primary ? [theirs.id, mine.id] : [mine.id, theirs.id];
    const clientsIn = async (one: Conversation) =>
      (await conversation(one))?.participants[0]?.clientAssociations.map(({ clientId }) => clientId);

    const [one, two] = [await conversing([mine]), await conversing([theirs])];
    const linking = { conversation: one.conversation, association, primary };
    await merge(app, one.known, two.known, { linking });
    expect(await clientsIn(one.conversation)).toEqual(order);

    // In another conversation than the default one, and where the histories stay two.
    const three = await conversing([mine]);
    const group = await conversationOf([
      { userId: three.known.user.id, clientAssociations: [{ type: "line", clientId: mine.id }] },
    ]);
    const four = await conversing([theirs]);
    await merge(app, three.known, four.known, { linking: { ...linking, conversation: group } });
    expect(await clientsIn(group)).toEqual(order);
    expect(await clientsIn(three.conversation)).toEqual([mine.id, theirs.id]);
    const [five, six] = [await conversing([mine]), await conversing([theirs])];
    await merge(multi, five.known, six.known, { linking: { ...linking, conversation: five.conversation } });
    expect(await clientsIn(five.conversation)).toEqual(order);
  });
});

describe("the conversations beyond the first of somebody who is merged", () => {
  test("move to the survivor, who is in each once, and those that are gone are left", async () => {
    const one = await stored({ externalId: "eve" });
    const two = await stored({ hasMoreConversations: true });
    const ids = { one: { userId: one.user.id }, two: { userId: two.user.id } };
    const clientAssociations = [{ type: "line", clientId: "theirs" }];
    const alone = await conversationOf([{ ...ids.two, unreadCount: 3, clientAssociations }]);
    const both = await conversationOf([ids.one, ids.two]);
    const left = await conversationOf([{ userId: "somebody" }]);
    const gone = { ...left, id: freshId() };
    for (const { id } of [alone, both, left, gone]) await table.transact([enterConversation(app.id, two.user.id, id)]);
    const merged = await merge(app, one, two);
    expect(merged?.user).toMatchObject({ hasMoreConversations: true, absorbing: [], formerIds: [two.user.id] });
    expect(await at(one.user.id)).toEqual({ kind: "user", ...merged });
    expect((await conversation(alone))?.participants).toMatchObject([
      { userId: one.user.id, userExternalId: "eve", unreadCount: 3, clientAssociations },
    ]);
    expect(await conversation(alone)).toMatchObject({ isDefault: false });
    expect((await conversation(both))?.participants.map(({ userId }) => userId)).toEqual([one.user.id]);
    expect((await conversation(left))?.participants.map(({ userId }) => userId)).toEqual(["somebody"]);
    const { ids: listed } = await conversationStore(table).idsOf(merged?.user ?? one.user, { size: 9 });
    expect([...listed].sort()).toEqual([alone.id, both.id].sort());
    for (const each of [alone, both, left, gone]) expect(await entryOf(two.user, each)).toBeUndefined();
  });

  test("of those merged into either before move along", async () => {
    const merged = [freshId(), freshId(), freshId()] as const;
    const early = await Promise.all(merged.map((userId) => conversationOf([{ userId }])));
    for (const [index, userId] of merged.entries())
      await table.transact([enterConversation(app.id, userId, early[index]?.id ?? "")]);
    const one = await stored({ absorbing: [merged[0]], formerIds: [merged[0]] });
    const two = await stored({ absorbing: [merged[1], merged[2]], formerIds: [merged[1], merged[2]] });
    const sought: string[] = [];
    const watched: Table = {
      ...table,
      query: (range) => {
        sought.push(range.partition);
        return table.query(range);
      },
    };
    const settled = await mergeStore(watched).merge(app, one, two, same);
    // Each after those who were merged into it: what was still on its way there is there by then.
    expect([...new Set(sought)]).toEqual([...merged, two.user.id].map((id) => userKey(app.id, id).pk));
    expect(settled?.user).toMatchObject({ hasMoreConversations: true, absorbing: [] });
    expect([...(settled?.user.formerIds ?? [])].sort()).toEqual([...merged, two.user.id].sort());
    for (const each of early) {
      expect(await entryOf(one.user, each)).toMatchObject({ id: each.id });
      expect((await conversation(each))?.participants).toMatchObject([{ userId: one.user.id }]);
    }
  });

  test("stay where they are while the survivor is merged into another, who is to move them", async () => {
    const discarded = freshId();
    const group = await conversationOf([{ userId: discarded }]);
    await table.transact([enterConversation(app.id, discarded, group.id)]);
    const survivor = await stored({ absorbing: [discarded] });
    await table.put(redirectItem(app.id, survivor.user.id, { userId: freshId() }));
    expect(await mergeStore(table).settle(app, survivor)).toBe(survivor);
    expect((await conversation(group))?.participants).toMatchObject([{ userId: discarded }]);
    expect(await entryOf({ ...survivor.user, id: discarded }, group)).toBeDefined();
    expect(await at(survivor.user.id)).toMatchObject({ kind: "redirect" });
  });

  test("are named after somebody who was given an externalId, however many they are", async () => {
    const user = { externalId: "zoe" };
    const known = await stored(user);
    const others: Conversation[] = [];
    for (let index = 0; index < 27; index++) {
      const other = await conversationOf([{ userId: known.user.id }]);
      others.push(other);
      await table.transact([enterConversation(app.id, known.user.id, other.id)]);
    }
    const absorbing = [known.user.id];
    await table.put(userItemAt({ ...known.user, absorbing }, "1"));
    const settled = await mergeStore(table).settle(app, { ...known, user: { ...known.user, absorbing } });
    expect(settled).toMatchObject({ version: writtenVersion, user: { absorbing: [] } });
    const items = await table.getAll(others.map(({ id }) => conversationKey(app.id, id)));
    const names = items.map((item) => item && readConversation(item).participants[0]?.userExternalId);
    expect(names).toEqual(Array.from({ length: 27 }, () => "zoe"));
  });

  test("are settled with a user who changes meanwhile, and with one who is gone not", async () => {
    const known = await stored({ absorbing: [freshId(), freshId()] });
    const changed = { ...known.user, profile: { givenName: "Ada" } };
    await table.put(userItemAt(changed, "5"));
    expect(await mergeStore(table).settle(app, known)).toMatchObject({
      version: writtenVersion,
      user: { profile: { givenName: "Ada" }, absorbing: [] },
    });
    await table.delete(userKey(app.id, known.user.id));
    expect(await mergeStore(table).settle(app, known)).toEqual(known);
    const none = await stored();
    expect(await mergeStore(table).settle(app, none)).toBe(none);
  });
});
