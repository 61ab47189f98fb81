import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { ChannelEvent } from "../../lib/domain/channel.ts";
import type { Client } from "../../lib/domain/client.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { readAddresses } from "../../lib/store/channelAddresses.ts";
import { type LinkRequest, linkStore } from "../../lib/store/channelLinks.ts";
import { conversationItem, findOpen } from "../../lib/store/conversationItem.ts";
import { deletionItem } from "../../lib/store/deletionItem.ts";
import { channelAddress, deletionKey, linkKey, userKey } from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import type { Item, Table } from "../../lib/store/table.ts";
import { redirectItem, vacancyItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const whatsapp = { id: "whatsapp", type: "whatsapp" } as const;
const now = new Date();
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const freshNumber = () => `1514${String(uniqueNumber()).padStart(7, "0")}`;
const addressOf = (externalId: string) => channelAddress(app.salt, whatsapp.id, externalId);

const links = (through = table) => {
  const users = userStore(through);
  return linkStore(through, users, mergeStore(through));
};
const at = async (userId: string) => {
  const standing = await userStore(table).find(app.id, userId);
  if (standing?.kind !== "user") throw new Error("Nobody is there.");
  return standing;
};
const addressAt = async (externalId: string) => (await readAddresses(table, app, whatsapp, [externalId]))[0];
const clientsIn = async (conversation: Conversation, userId: string) =>
  (await findOpen(table, app.id, conversation.id))?.participants
    .find((one) => one.userId === userId)
    ?.clientAssociations.map(({ clientId }) => clientId);

/** Somebody who is in a conversation, which is not necessarily hers by default. */
async function person(fields: Partial<User> = {}) {
  const user: User = { ...newUser(app.id, freshId(), now), ...fields };
  const conversation = newConversation(app.id, freshId(), now, { type: "personal", isDefault: true }, [
    newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }]),
  ]);
  const known = { user: { ...user, defaultConversationId: conversation.id }, version: "1" };
  await table.put(userItemAt(known.user, "1"));
  await table.put(conversationItem(conversation));
  return { known, conversation };
}

/** Somebody who writes from a number already. */
async function writer(externalId: string, fields: Partial<User> = {}) {
  const client: Client = {
    id: freshId(),
    type: "whatsapp",
    status: "active",
    integrationId: whatsapp.id,
    externalId,
    linkedAt: now.toISOString(),
  };
  const made = await person({ clients: [client], ...fields });
  const to = { userId: made.known.user.id, clientId: client.id, conversationId: made.conversation.id };
  await table.put(redirectItem(app.id, addressOf(externalId), to));
  return { ...made, client };
}

type Asked = Pick<LinkRequest, "known" | "conversation"> & Partial<LinkRequest>;
const link = (externalId: string, asked: Asked, through = table) =>
  links(through).link(
    app,
    {
      integration: whatsapp,
      identity: { externalId, displayName: `+${externalId}`, info: { phoneNumber: `+${externalId}` } },
      primary: true,
      confirmed: true,
      ...asked,
    },
    now,
    freshId,
  );
/** Links, and expects it to be done. */
async function linked(externalId: string, asked: Asked): Promise<Client> {
  const client = await link(externalId, asked);
  if (client === "again") throw new Error("The link is not made.");
  return client;
}
const spoke = (externalId: string, more: Partial<ChannelEvent["person"]> = {}): ChannelEvent => ({
  kind: "message",
  person: { externalId, aliases: [], ...more },
  messageId: freshId(),
  content: { type: "text", text: "It is me" },
});
async function confirm(externalId: string, event = spoke(externalId), through = table): Promise<void> {
  const address = await addressAt(externalId);
  if (!address?.waiting) throw new Error("Nobody waits there.");
  await links(through).confirm(app, whatsapp, { ...address, waiting: address.waiting }, event, now);
}

describe("a link that stands at once", () => {
  test.each([true, false])(
    "leads the number to the user and the conversation, as the primary client: %j",
    async (primary) => {
      const number = freshNumber();
      const { known, conversation } = await person();
      const client = await linked(number, { known, conversation, primary });
      expect(client).toMatchObject({
        type: "whatsapp",
        status: "active",
        integrationId: whatsapp.id,
        externalId: number,
        linkedAt: now.toISOString(),
        displayName: `+${number}`,
        info: { phoneNumber: `+${number}` },
        conversationId: conversation.id,
      });
      expect(client.awaiting).toBeUndefined();
      expect((await at(known.user.id)).user.clients).toEqual([expect.objectContaining({ id: client.id })]);
      const to = { userId: known.user.id, clientId: client.id, conversationId: conversation.id };
      expect(await addressAt(number)).toMatchObject({ holder: to });
      expect(await clientsIn(conversation, known.user.id)).toEqual(primary ? [client.id, "sdk"] : ["sdk", client.id]);
      const again = await at(known.user.id);
      const present = (await findOpen(table, app.id, conversation.id)) ?? conversation;
      expect(await link(number, { known: again, conversation: present, primary })).toEqual(again.user.clients[0]);
      expect(await at(known.user.id)).toEqual(again);
    },
  );

  test("is not made for a user, or in a conversation, that changed since it was read", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    expect(await link(number, { known: { ...known, version: "9" }, conversation })).toBe("again");
    const participants = conversation.participants.map((one) => ({ ...one, clientAssociations: [] }));
    await table.put(conversationItem({ ...conversation, participants }));
    expect(await link(number, { known, conversation })).toBe("again");
    expect((await addressAt(number))?.standing).toBeUndefined();
  });

  test("of somebody anonymous makes the two one, through the client that was there", async () => {
    const number = freshNumber();
    const { known, conversation } = await person({ externalId: "ada" });
    const other = await writer(number);
    const client = await linked(number, { known, conversation });
    expect(client).toMatchObject({ id: other.client.id, conversationId: conversation.id });
    expect(await userStore(table).find(app.id, other.known.user.id)).toMatchObject({ kind: "redirect" });
    expect((await at(known.user.id)).user.clients).toMatchObject([{ id: client.id, conversationId: conversation.id }]);
    expect(await clientsIn(conversation, known.user.id)).toEqual([client.id, "sdk"]);
  });

  test("of somebody with an externalId is refused, and nothing changes", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const other = await writer(number, { externalId: "bob" });
    for (const confirmed of [true, false])
      await expect(link(number, { known, conversation, confirmed })).rejects.toMatchObject({
        code: "conflict",
        titles: ["The channel identity belongs to another user, who has an externalId"],
      });
    expect(await at(known.user.id)).toMatchObject({ version: "1" });
    expect((await addressAt(number))?.holder).toMatchObject({ userId: other.known.user.id });
  });

  test.each([0, 1, 2])(
    "asked for with another conversation leads the client's own numbers there, with aliases: %i",
    async (count) => {
      const number = freshNumber();
      const aliases = Array.from({ length: count }, freshNumber);
      const { known, conversation, client } = await writer(number);
      const aliased = { ...known.user, clients: [{ ...client, aliases }] };
      await table.put(userItemAt(aliased, "1"));
      const to = { userId: known.user.id, clientId: client.id, conversationId: conversation.id };
      // The last of several aliases has become somebody else's.
      const others = aliases.slice(1);
      for (const alias of aliases)
        await table.put(
          redirectItem(app.id, addressOf(alias), others.includes(alias) ? { ...to, clientId: "other" } : to),
        );
      const target = newConversation(app.id, freshId(), now, { type: "sdkGroup", isDefault: false }, [
        newParticipant(freshId(), known.user, []),
      ]);
      await table.put(conversationItem(target));
      expect(await linked(number, { known: { user: aliased, version: "1" }, conversation: target })).toMatchObject({
        id: client.id,
        conversationId: target.id,
      });
      for (const each of [number, ...aliases.slice(0, 1)])
        expect((await addressAt(each))?.holder).toMatchObject({ clientId: client.id, conversationId: target.id });
      for (const each of others) expect((await addressAt(each))?.holder).toMatchObject({ clientId: "other" });
      expect(await clientsIn(target, known.user.id)).toEqual([client.id]);
    },
  );

  test("leaves another user's client waiting for a further id of the person", async () => {
    const [number, alias] = [freshNumber(), freshNumber()];
    const { known, conversation, client } = await writer(number);
    const aliased = { ...known.user, clients: [{ ...client, aliases: [alias] }] };
    await table.put(userItemAt(aliased, "1"));
    await table.put(redirectItem(app.id, addressOf(alias), { userId: known.user.id, clientId: client.id }));
    const waiting = await linked(alias, { ...(await person()), confirmed: false });
    await linked(number, { known: { user: aliased, version: "1" }, conversation });
    expect((await addressAt(alias))?.waiting).toMatchObject({ clientId: waiting.id });
  });

  test("asked for with another place is changed where only the address, or only the order of clients, is another", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const client = await linked(number, { known, conversation, primary: false });
    const now = async () => ({
      known: await at(known.user.id),
      conversation: (await findOpen(table, app.id, conversation.id)) ?? conversation,
    });
    await linked(number, { ...(await now()), primary: true });
    expect(await clientsIn(conversation, known.user.id)).toEqual([client.id, "sdk"]);
    const to = { userId: known.user.id, clientId: client.id, conversationId: freshId() };
    await table.put(redirectItem(app.id, addressOf(number), to));
    await linked(number, await now());
    expect((await addressAt(number))?.holder).toMatchObject({ conversationId: conversation.id });
  });

  test("of a number that leads to a client of the user which is not there is decided anew", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    await table.put(redirectItem(app.id, addressOf(number), { userId: known.user.id, clientId: freshId() }));
    expect(await link(number, { known, conversation })).toBe("again");
  });

  test.each<[string, (address: string, goneId: string) => Item]>([
    ["is nobody's since", (address, goneId) => vacancyItem(app.id, address, goneId)],
    // Who has very many addresses loses some of them only after the moment of the deletion.
    ["leads to the user still", (address, userId) => redirectItem(app.id, address, { userId, clientId: freshId() })],
  ])("finishes first a deletion that was interrupted, of a user whose number %s", async (_, itemAt) => {
    const [number, goneId] = [freshNumber(), freshId()];
    await table.put(itemAt(addressOf(number), goneId));
    const nothing = { conversationId: undefined, hasMoreConversations: false };
    await table.put(deletionItem({ appId: app.id, userId: goneId, ...nothing, addresses: [addressOf(number)] }));
    const { known, conversation } = await person();
    const made = await link(number, { known, conversation });
    expect(await table.get(deletionKey(app.id, goneId))).toBeUndefined();
    expect(made === "again" ? await linked(number, { known, conversation }) : made).toMatchObject({ status: "active" });
  });

  test("takes the place of a client that waited for the person, who became the user in another way", async () => {
    const number = freshNumber();
    const { known, conversation, client } = await writer(number);
    const { externalId: _, ...unnamed } = client;
    const waits: Client = { ...unnamed, id: freshId(), awaiting: { externalId: number, primary: true } };
    const elsewhere: Client = { ...waits, id: freshId(), integrationId: "another" };
    const user = { ...known.user, clients: [waits, elsewhere, client] };
    await table.put(userItemAt(user, "1"));
    await table.put({ ...linkKey(app.id, addressOf(number)), userId: user.id, clientId: waits.id });
    expect(await linked(number, { known: { user, version: "1" }, conversation })).toMatchObject({ id: client.id });
    expect((await at(user.id)).user.clients.map(({ id }) => id)).toEqual([elsewhere.id, client.id]);
    expect((await addressAt(number))?.waiting).toBeUndefined();
  });

  test("is refused for a user who has 25 clients, unless it is one of them", async () => {
    const clients = Array.from(
      { length: 25 },
      (): Client => ({ id: freshId(), type: "line", status: "active", linkedAt: now.toISOString() }),
    );
    const { known, conversation } = await person({ clients });
    await expect(link(freshNumber(), { known, conversation })).rejects.toMatchObject({
      code: "bad_request",
      titles: ["A user is limited to 25 clients"],
    });
    const number = freshNumber();
    const fewer = await person({ clients: clients.slice(1) });
    await linked(number, { ...fewer, confirmed: false });
    const full = await at(fewer.known.user.id);
    expect(full.user.clients).toHaveLength(25);
    await linked(number, { known: full, conversation: fewer.conversation });
    const present = (await findOpen(table, app.id, fewer.conversation.id)) ?? fewer.conversation;
    expect(await link(number, { known: await at(fewer.known.user.id), conversation: present })).toMatchObject({
      status: "active",
    });
  });
});

describe("a link that waits for the person to write", () => {
  test("is a pending client, asked for again the same, and at another place a changed one", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const client = await linked(number, { known, conversation, confirmed: false });
    expect(client).toMatchObject({
      status: "pending",
      awaiting: { externalId: number, primary: true },
      conversationId: conversation.id,
    });
    expect(client.externalId).toBeUndefined();
    expect(await table.get(linkKey(app.id, addressOf(number)))).toMatchObject({
      userId: known.user.id,
      clientId: client.id,
    });
    const waiting = await at(known.user.id);
    expect(await link(number, { known: waiting, conversation, confirmed: false })).toEqual(client);
    expect(await at(known.user.id)).toMatchObject({ version: writtenVersion });
    const changed = await linked(number, { known: waiting, conversation, confirmed: false, primary: false });
    expect(changed).toMatchObject({ id: client.id, awaiting: { primary: false } });
    expect((await at(known.user.id)).user.clients).toMatchObject([
      { awaiting: { externalId: number, primary: false } },
    ]);
    const moved = { ...conversation, id: freshId() };
    expect(
      await linked(number, { known: await at(known.user.id), conversation: moved, confirmed: false, primary: false }),
    ).toMatchObject({ id: client.id, conversationId: moved.id });
    expect((await at(known.user.id)).user.clients).toMatchObject([{ id: client.id, conversationId: moved.id }]);
    expect(await link(number, { known, conversation, confirmed: false })).toBe("again");
    // What says so at the address is made again where it is missing.
    await table.delete(linkKey(app.id, addressOf(number)));
    await linked(number, { known: await at(known.user.id), conversation: moved, confirmed: false, primary: false });
    expect((await addressAt(number))?.waiting).toMatchObject({ clientId: client.id });
  });

  test("is not made where another user's has come to wait meanwhile", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const late: Table = {
      ...table,
      async transact(operations) {
        await table.put({ ...linkKey(app.id, addressOf(number)), userId: "other", clientId: "other" });
        return table.transact(operations);
      },
    };
    expect(await link(number, { known, conversation, confirmed: false }, late)).toBe("again");
    expect(await at(known.user.id)).toMatchObject({ version: "1" });
  });

  test("is refused to another user as long as the first one waits", async () => {
    const number = freshNumber();
    const [first, second] = [await person(), await person()];
    await linked(number, { ...first, confirmed: false });
    for (const confirmed of [true, false])
      await expect(link(number, { ...second, confirmed })).rejects.toMatchObject({
        code: "conflict",
        titles: ["A link of this channel identity to another user is pending"],
      });
    const [waiting] = (await at(first.known.user.id)).user.clients as [Client];
    const clients: readonly Client[] = [
      { ...waiting, awaiting: undefined },
      { ...waiting, id: freshId() },
    ];
    await table.put(userItemAt({ ...first.known.user, clients }, "3"));
    expect(await link(number, { ...second, confirmed: false })).toMatchObject({ status: "pending" });
    const third = await person();
    await table.delete(userKey(app.id, second.known.user.id));
    expect(await link(number, { ...third, confirmed: true })).toMatchObject({ status: "active" });
    expect((await addressAt(number))?.waiting).toBeUndefined();
  });

  test("stands when the same user links at once, through the client that waited", async () => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const pending = await linked(number, { known, conversation, confirmed: false });
    const client = await linked(number, { known: await at(known.user.id), conversation });
    expect(client).toMatchObject({ id: pending.id, status: "active", externalId: number });
    expect((await at(known.user.id)).user.clients).toMatchObject([{ id: pending.id, status: "active" }]);
    expect((await addressAt(number))?.waiting).toBeUndefined();
  });

  test.each([true, false])("stands once the person has written, as the primary client: %j", async (primary) => {
    const number = freshNumber();
    const { known, conversation } = await person();
    const pending = await linked(number, { known, conversation, confirmed: false, primary });
    await confirm(number, spoke(number, { displayName: "Ada", info: { a: "1" }, raw: { b: 2 }, aliases: ["other"] }));
    expect((await at(known.user.id)).user.clients).toEqual([
      {
        ...pending,
        status: "active",
        externalId: number,
        awaiting: undefined,
        lastSeen: now.toISOString(),
        displayName: "Ada",
        info: { a: "1" },
        raw: { b: 2 },
      },
    ]);
    const to = { userId: known.user.id, clientId: pending.id, conversationId: conversation.id };
    expect(await addressAt(number)).toMatchObject({ holder: to, waiting: undefined });
    expect(await clientsIn(conversation, known.user.id)).toEqual(primary ? [pending.id, "sdk"] : ["sdk", pending.id]);
  });

  test("stands without a place where the conversation is gone, or was left", async () => {
    for (const left of [true, false]) {
      const number = freshNumber();
      const { known, conversation } = await person();
      await linked(number, { known, conversation, confirmed: false });
      await table.put({
        ...conversationItem({ ...conversation, participants: [] }),
        ...(left ? {} : { mergedInto: "other" }),
      });
      await confirm(number);
      const [client] = (await at(known.user.id)).user.clients;
      expect(client).toMatchObject({ status: "active", info: { phoneNumber: `+${number}` } });
      expect((await addressAt(number))?.holder).toMatchObject({ clientId: client?.id, conversationId: undefined });
    }
  });

  test("makes an anonymous holder part of the user, and is forgotten where the holder has an externalId by now", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    const { known, conversation } = await person();
    const anonymous = await writer(one);
    await linked(one, { known, conversation, confirmed: false });
    await linked(two, { known: await at(known.user.id), conversation, confirmed: false });
    await confirm(one);
    const merged = await at(known.user.id);
    expect(merged.user.clients).toMatchObject([{ awaiting: { externalId: two } }, { id: anonymous.client.id }]);
    expect(await addressAt(one)).toMatchObject({ holder: { userId: known.user.id }, waiting: undefined });
    const named = await writer(two, { externalId: "eve" });
    await confirm(two);
    expect((await at(known.user.id)).user.clients).toMatchObject([{ id: anonymous.client.id }]);
    expect(await addressAt(two)).toMatchObject({ holder: { userId: named.known.user.id }, waiting: undefined });
  });

  test("is forgotten where the user, or the client, is gone", async () => {
    const numbers = [freshNumber(), freshNumber(), freshNumber()];
    for (const [index, number] of numbers.entries()) {
      const { known, conversation } = await person();
      const client = await linked(number, { known, conversation, confirmed: false });
      const waiting = { ...client, id: index === 2 ? freshId() : client.id };
      if (index === 0) await table.delete(userKey(app.id, known.user.id));
      else await table.put(userItemAt({ ...known.user, clients: index === 1 ? [] : [waiting] }, "3"));
      await confirm(number);
      expect(await addressAt(number)).toMatchObject({ holder: undefined, waiting: undefined });
    }
  });
});
