import { beforeAll, describe, expect, test } from "vitest";
import { findOpenConversation } from "../../../lib/conversations/findConversation.ts";
import type { Db } from "../../../lib/db/db.ts";
import { conversationItem } from "../../../lib/db/items/conversationItem.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { conversationEntryKey, conversationKey, pendingLinkKey, userKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { conflict } from "../../../lib/db/retryOnConflict.ts";
import { deleteItem, putItem } from "../../../lib/db/writeItems.ts";
import { type App, defaultSettings } from "../../../lib/model/app.ts";
import type { Client } from "../../../lib/model/client.ts";
import type { Conversation, Participant } from "../../../lib/model/conversation.ts";
import type { StoredUser, User } from "../../../lib/model/user.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { mergeUsers } from "../../../lib/users/merge/mergeUsers.ts";
import type { Merge } from "../../../lib/users/merge/planMerge.ts";
import { before } from "../../support/intercept.ts";
import { lineAddress, lineClient } from "../../support/lineClients.ts";
import { newTable } from "../../support/newTable.ts";
import { participant, storeConversation } from "../../support/storedConversation.ts";
import { app, madeAt, storeUser } from "../../support/storedUsers.ts";
import { freshId, uniqueNumber } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";

const multi: App = { ...app, settings: { ...defaultSettings, multiConvoEnabled: true } };
const seconds = (count: number) => new Date(madeAt.getTime() + count * 1000).toISOString();
let db: Db;
beforeAll(async () => {
  db = await newTable();
});

/** Stores a user with a default conversation, in which it takes part through its clients. */
async function storeConversing(
  clients: readonly Client[] = [],
  entry: Partial<Participant> = {},
  more: Partial<Conversation> = {},
) {
  const id = freshId();
  const clientAssociations = clients.map((client) => ({ type: client.type, clientId: client.id }));
  const conversation = await storeConversation(db, [participant(id, { clientAssociations, ...entry })], more);
  const storedUser = await storeUser(db, {
    id,
    clients: clients.map((client) => ({ ...client, conversationId: conversation.id })),
    defaultConversationId: conversation.id,
  });
  return { storedUser, conversation };
}

/** Merges a user into another; `undefined` where that met a conflict. */
async function merge(
  of: App,
  survivor: StoredUser,
  discarded: StoredUser,
  details: Omit<Merge, "survivor" | "discarded" | "reason"> & { readonly through?: Db } = {},
): Promise<StoredUser | undefined> {
  const { through = db, ...more } = details;
  const merged = await mergeUsers({ db: through }, of, { survivor, discarded, reason: "api", ...more });
  return merged === conflict ? undefined : merged;
}
const at = (id: string) => readAddress({ db }, app.id, id);
const conversation = ({ id }: { readonly id: string }) => findOpenConversation({ db }, app.id, id);
const entryOf = (user: User, { id }: Conversation) => getItem(db, conversationEntryKey(app.id, user.id, id));

describe("a merge", () => {
  test("leaves the survivor, changed in the same moment, and a redirect to it", async () => {
    const [one, two] = [await storeUser(db), await storeUser(db, { metadata: { a: 1 } })];
    const mark = { ...userKey(app.id, freshId()), of: "survivor" };
    const merged = await merge(app, one, two, {
      alongside: () => [{ put: mark }],
      change: (user) => ({ ...user, authenticated: true }),
    });
    expect(merged).toMatchObject({
      version: writtenVersion,
      user: { id: one.user.id, metadata: { a: 1 }, authenticated: true },
    });
    expect(await at(one.user.id)).toEqual({ kind: "user", ...merged });
    expect(await at(two.user.id)).toEqual({ kind: "redirect", userId: one.user.id });
    expect(await getItem(db, { pk: mark.pk, sk: mark.sk })).toEqual(mark);
    expect(merged?.user.hasMoreConversations).toBeUndefined();
    expect(merged?.user.pendingMoves).toBeUndefined();
    expect(merged?.user.formerIds).toBeUndefined();
  });

  test.each(["survivor", "discarded"])("of a %s who changed since is not done", async (changed) => {
    const [one, two] = [await storeUser(db), await storeUser(db)];
    await putItem(db, userItemAt((changed === "survivor" ? one : two).user, "2"));
    expect(await merge(app, one, two)).toBeUndefined();
    expect(await at(two.user.id)).toMatchObject({ kind: "user" });
  });

  test.each([
    ["kept", { lastUpdatedAt: seconds(5) }],
    ["moved", { messageCount: 9 }],
  ] as const)("of histories of which the %s one has grown meanwhile is not done", async (grown, more) => {
    const [one, two] = [await storeConversing(), await storeConversing()];
    const late = before(db, "TransactWriteItems", async (count) => {
      const { conversation: was } = grown === "kept" ? one : two;
      if (count === 0) await putItem(db, conversationItem({ ...was, ...more }));
    });
    expect(await merge(app, one.storedUser, two.storedUser, { through: late })).toBeUndefined();
    expect(await conversation(two.conversation)).toBeDefined();
  });

  test("hands the default conversation to a survivor who has none", async () => {
    const client = lineClient();
    const [one, two] = [
      await storeUser(db, { externalId: "ada" }),
      await storeConversing([client], { unreadCount: 2 }),
    ];
    const merged = await merge(app, one, two.storedUser);
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
    const [mine, theirs] = [lineClient(), lineClient()];
    const one = await storeConversing([mine], { unreadCount: 1 }, { messageCount: 3, lastUpdatedAt: seconds(1) });
    const older = freshId();
    const two = await storeConversing(
      [theirs],
      { unreadCount: 2 },
      { messageCount: 4, lastUpdatedAt: seconds(2), mergedConversationIds: [older] },
    );
    const merged = await merge(app, one.storedUser, two.storedUser);
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
        userId: one.storedUser.user.id,
        unreadCount: 3,
        clientAssociations: [{ clientId: mine.id }, { clientId: theirs.id }],
      },
    ]);
    expect([...(kept?.mergedConversationIds ?? [])].sort()).toEqual([older, two.conversation.id].sort());
    expect(await conversation(two.conversation)).toBeUndefined();
    expect(await getItem(db, conversationKey(app.id, two.conversation.id))).toMatchObject({
      mergedInto: one.conversation.id,
    });
  });

  test("keeps the later time also where it is the survivor's", async () => {
    const [one, two] = [await storeConversing([], {}, { lastUpdatedAt: seconds(2) }), await storeConversing()];
    await merge(app, one.storedUser, two.storedUser);
    expect(await conversation(one.conversation)).toMatchObject({ lastUpdatedAt: seconds(2) });
  });

  test.each([
    ["the kept one has lapsed", { kept: seconds(-9), moved: seconds(90), counted: [4, 2], lapsesAt: seconds(90) }],
    ["the moved one has lapsed", { kept: seconds(90), moved: seconds(-9), counted: [3, 1], lapsesAt: seconds(90) }],
    ["neither has lapsed", { kept: seconds(90), moved: seconds(60), counted: [7, 3], lapsesAt: seconds(90) }],
    ["one never lapses", { kept: undefined, moved: seconds(60), counted: [7, 3], lapsesAt: seconds(60) }],
  ])(
    "counts what is not over, where %s",
    async (_, { kept, moved, counted: [messageCount, unreadCount], lapsesAt }) => {
      const one = await storeConversing([], { unreadCount: 1 }, { messageCount: 3, lapsesAt: kept });
      const two = await storeConversing([], { unreadCount: 2 }, { messageCount: 4, lapsesAt: moved });
      await merge(app, one.storedUser, two.storedUser);
      expect(await conversation(one.conversation)).toMatchObject({
        messageCount,
        lapsesAt,
        participants: [{ unreadCount }],
      });
    },
  );

  test("leaves two conversations two where users may have several, unless a channel proved one person", async () => {
    const [one, two] = [await storeConversing(), await storeConversing()];
    const merged = await merge(multi, one.storedUser, two.storedUser);
    expect(merged?.user).toMatchObject({ defaultConversationId: one.conversation.id, hasMoreConversations: true });
    expect(await conversation(two.conversation)).toMatchObject({
      isDefault: false,
      participants: [{ userId: one.storedUser.user.id }],
    });
    expect(await entryOf(one.storedUser.user, two.conversation)).toMatchObject({ id: two.conversation.id });
    expect(await conversation(one.conversation)).toMatchObject({ isDefault: true, mergedConversationIds: [] });

    const [three, four] = [await storeConversing(), await storeConversing()];
    await merge(multi, three.storedUser, four.storedUser, { provenIntegrationId: "line" });
    expect(await conversation(four.conversation)).toBeUndefined();
    expect(await conversation(three.conversation)).toMatchObject({ mergedConversationIds: [four.conversation.id] });
  });

  test("leads every address of the discarded clients to the survivor", async () => {
    const alias = `alias ${uniqueNumber()}`;
    const theirs = lineClient({ aliases: [alias] });
    const [one, two] = [await storeConversing(), await storeConversing([theirs])];
    const place = { userId: two.storedUser.user.id, clientId: theirs.id, conversationId: two.conversation.id };
    await putItem(db, redirectItem(app.id, lineAddress(theirs.externalId), place));
    // At the address of the alias stands another user, that gave it up.
    const other = await storeUser(db, { id: lineAddress(alias) }, place);
    await merge(app, one.storedUser, two.storedUser);
    const to = { userId: one.storedUser.user.id, clientId: theirs.id, conversationId: one.conversation.id };
    expect(await at(lineAddress(theirs.externalId))).toEqual({ kind: "redirect", ...to });
    expect(await at(other.user.id)).toMatchObject({ kind: "user", identityOwner: to, version: writtenVersion });
  });

  test("leads the address at which the discarded user was born to the survivor's client", async () => {
    const mine = lineClient();
    const theirs = lineClient();
    const two = await storeUser(db, { id: lineAddress(theirs.externalId), clients: [theirs] });
    const one = await storeConversing([mine]);
    await merge(app, one.storedUser, two, { provenIntegrationId: "line" });
    expect(await at(two.user.id)).toEqual({
      kind: "redirect",
      userId: one.storedUser.user.id,
      clientId: mine.id,
      conversationId: one.conversation.id,
    });
    expect(await at(one.storedUser.user.id)).toMatchObject({
      user: { clients: [{ id: mine.id, aliases: [theirs.externalId] }] },
    });
  });

  test("leaves an heir of either what is the heir's, unless that is the survivor itself", async () => {
    const owner = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    const [one, two] = [await storeUser(db, {}, owner), await storeUser(db, {}, owner)];
    await merge(app, one, two);
    expect(await at(one.user.id)).toMatchObject({ identityOwner: owner });
    expect(await at(two.user.id)).toEqual({ kind: "redirect", ...owner });
    const four = await storeUser(db);
    const three = await storeUser(db, {}, { ...owner, userId: four.user.id });
    expect((await merge(app, three, four))?.identityOwner).toBeUndefined();
    const record = await at(three.user.id);
    expect(record).toMatchObject({ kind: "user" });
    expect(record).not.toHaveProperty("identityOwner");
  });

  test("takes in as many channel identities as fit beside all that it may bring, and is refused with more", async () => {
    const waiting: Client = { ...lineClient(), awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } };
    const theirs = lineClient({ aliases: Array.from({ length: 88 }, () => `alias ${uniqueNumber()}`) });
    for (const of of [app, multi]) {
      const [one, two] = [await storeConversing([lineClient()]), await storeConversing([{ ...theirs, id: freshId() }])];
      const group = await storeConversation(db, [participant(one.storedUser.user.id, { clientAssociations: [] })]);
      const details: Omit<Merge, "survivor" | "discarded" | "reason"> = {
        linking: { conversation: group, association: { type: "line", clientId: theirs.id }, primary: true },
        // An email, and the end of a client's waiting.
        alongside: () => [1, 2].map(() => ({ put: { ...userKey(app.id, freshId()) } })),
      };
      const clients = [...two.storedUser.user.clients, { ...waiting, externalId: undefined }] as readonly Client[];
      const most = { ...two.storedUser, user: { ...two.storedUser.user, clients } };
      const more = { ...theirs, aliases: [...(theirs.aliases ?? []), "one more"] };
      const tooMany = { ...most, user: { ...most.user, clients: [more, ...clients.slice(1)] } };
      await expect(merge(of, one.storedUser, tooMany, details)).rejects.toMatchObject({ code: "bad_request" });
      expect(await at(two.storedUser.user.id)).toMatchObject({ kind: "user" });
      expect(await merge(of, one.storedUser, most, details)).toBeDefined();
      for (const alias of theirs.aliases ?? [])
        expect(await at(lineAddress(alias))).toMatchObject({ kind: "redirect", userId: one.storedUser.user.id });
      // The next of them have the same ids.
      for (const alias of [theirs.externalId, ...(theirs.aliases ?? [])])
        await deleteItem(db, userKey(app.id, lineAddress(alias)));
    }
  });

  test("lets a client that waits for somebody wait as the survivor's", async () => {
    const waiting = lineClient({
      externalId: undefined,
      awaiting: { externalId: "awaited", primary: true },
    } as Partial<Client>);
    const [one, two] = [await storeUser(db), await storeUser(db, { clients: [waiting] })];
    await merge(app, one, two);
    expect(await getItem(db, pendingLinkKey(app.id, lineAddress("awaited")))).toMatchObject({
      userId: one.user.id,
      clientId: waiting.id,
    });
  });

  test.each([true, false])("by a link gives the client its place, as the primary one: %j", async (primary) => {
    const [mine, theirs] = [lineClient(), lineClient()];
    const association = { type: "line", clientId: theirs.id };
    const order = primary ? [theirs.id, mine.id] : [mine.id, theirs.id];
    const clientsIn = async (one: Conversation) =>
      (await conversation(one))?.participants[0]?.clientAssociations.map(({ clientId }) => clientId);

    const [one, two] = [await storeConversing([mine]), await storeConversing([theirs])];
    const linking = { conversation: one.conversation, association, primary };
    await merge(app, one.storedUser, two.storedUser, { linking });
    expect(await clientsIn(one.conversation)).toEqual(order);

    // In another conversation than the default one, and where the histories stay two.
    const three = await storeConversing([mine]);
    const group = await storeConversation(db, [
      participant(three.storedUser.user.id, { clientAssociations: [{ type: "line", clientId: mine.id }] }),
    ]);
    const four = await storeConversing([theirs]);
    await merge(app, three.storedUser, four.storedUser, { linking: { ...linking, conversation: group } });
    expect(await clientsIn(group)).toEqual(order);
    expect(await clientsIn(three.conversation)).toEqual([mine.id, theirs.id]);
    const [five, six] = [await storeConversing([mine]), await storeConversing([theirs])];
    await merge(multi, five.storedUser, six.storedUser, { linking: { ...linking, conversation: five.conversation } });
    expect(await clientsIn(five.conversation)).toEqual(order);
  });
});
