import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { ChannelEvent } from "../../lib/domain/channel.ts";
import type { Client } from "../../lib/domain/client.ts";
import { newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newId } from "../../lib/domain/id.ts";
import { newUser } from "../../lib/domain/user.ts";
import { leadNowhere, leadTo, readAddresses, stopWaiting, waitAt } from "../../lib/store/channelAddresses.ts";
import { linkStore } from "../../lib/store/channelLinks.ts";
import { contactStore } from "../../lib/store/contacts.ts";
import { conversationItem, enterConversation, readConversation } from "../../lib/store/conversationItem.ts";
import { Contention } from "../../lib/store/decideAnew.ts";
import { deletionItem } from "../../lib/store/deletionItem.ts";
import {
  channelAddress,
  channelMessageId,
  conversationKey,
  deletionKey,
  firstConversationId,
  messageKey,
  messagePrefix,
  toldMark,
  userKey,
} from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { readMessage } from "../../lib/store/messageItem.ts";
import type { Item, Table } from "../../lib/store/table.ts";
import { readStanding, redirectItem, type Standing, vacancyItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const whatsapp = { id: "b".repeat(24), type: "whatsapp" } as const;
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const addressOf = (externalId: string) => channelAddress(app.salt, whatsapp.id, externalId);

/** Somebody known by these ids says something. */
function receive([externalId = "", ...aliases]: readonly string[], messageId: string, from: Table = table) {
  const users = userStore(from);
  const merges = mergeStore(from);
  const event: ChannelEvent = {
    kind: "message",
    person: { externalId, aliases },
    messageId,
    content: { type: "text", text: messageId },
  };
  const contacts = contactStore(from, users, merges, linkStore(from, users, merges));
  return contacts.receive(app, whatsapp, event, new Date(), () => newId(new Date()));
}

describe("a message that was stored and not counted when it was cut off", () => {
  test.each([
    ["the id they were first seen with", ["10"], ["10"]],
    ["another id first", ["21"], ["20", "21"]],
  ])("is counted when it comes again from somebody who writes with %s", async (_, born, writes) => {
    expect(await receive(born, `${born[0]}-1`)).toBe("created");
    const key = conversationKey(app.id, firstConversationId(app.salt, addressOf(born[0] ?? "")));
    const cutOff: Table = {
      ...table,
      update: async () => {
        throw new Error("cut off");
      },
    };
    await expect(receive(writes, `${born[0]}-2`, cutOff)).rejects.toThrow("cut off");
    expect(await table.get(key)).toMatchObject({ messageCount: 1 });
    for (let time = 0; time < 2; time++) expect(await receive(writes, `${born[0]}-2`)).toBe("repeated");
    expect(await table.get(key)).toMatchObject({ messageCount: 2 });
  });
});

describe("an address that leads to somebody who is gone", () => {
  test("is the next person's, though no deletion has anything left to do", async () => {
    const gone = { userId: "c".repeat(24), clientId: "d".repeat(24), conversationId: "e".repeat(24) };
    await table.put(redirectItem(app.id, addressOf("30"), gone));
    expect(await receive(["30"], "30-1")).toBe("created");
    expect(await receive(["30"], "30-2")).toBe("stored");
    expect(await table.get(userKey(app.id, addressOf("30")))).toMatchObject({ kind: "redirect" });
  });
});

describe("what an event asks for", () => {
  const now = new Date();
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const users = () => userStore(table);
  let next = 0;
  const freshNumber = () => `1514555${++next}`;
  const freshId = () => newId(new Date());

  function send(event: ChannelEvent, of: App = app, time = now, through: Table = table) {
    const store = userStore(through);
    const merges = mergeStore(through);
    return contactStore(through, store, merges, linkStore(through, store, merges)).receive(
      of,
      whatsapp,
      event,
      time,
      freshId,
    );
  }
  const person = (externalId: string, ...aliases: readonly string[]) => ({ externalId, aliases });
  const message = (externalId: string, messageId: string, more: Partial<ChannelEvent> = {}) =>
    ({
      kind: "message",
      person: person(externalId),
      messageId,
      content: { type: "text", text: messageId },
      ...more,
    }) as ChannelEvent;
  /** Who is behind a number now. */
  const behind = async (externalId: string, of: App = app) => {
    const [address] = await readAddresses(table, of, whatsapp, [externalId]);
    const known = address?.holder && (await users().findById(app.id, address.holder.userId));
    return { address, holder: address?.holder, user: known?.user };
  };
  const conversationOf = async (id: string | undefined) => {
    const item = id === undefined ? undefined : await table.get(conversationKey(app.id, id));
    return item && readConversation(item);
  };
  const saidIn = async (conversationId = "") =>
    (
      await table.query({ partition: conversationKey(app.id, conversationId).pk, prefix: messagePrefix, limit: 99 })
    ).items
      .map(readMessage)
      .map(({ content }) => content.text)
      .sort();

  test("is somebody new, with client, conversation and message, behind every id", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    const event = message(one, "hello", { person: { ...person(one, two), displayName: "Ada", givenName: "Ada" } });
    expect(await send(event)).toBe("created");
    const { user, holder } = await behind(two);
    expect(user).toMatchObject({
      id: addressOf(one),
      profile: { givenName: "Ada" },
      clients: [{ externalId: one, aliases: [two], displayName: "Ada", type: "whatsapp", integrationId: whatsapp.id }],
    });
    const conversationId = firstConversationId(app.salt, addressOf(one));
    const told = toldMark(app.salt, event.person);
    expect(holder).toEqual({
      userId: user?.id,
      clientId: user?.clients[0]?.id,
      conversationId,
      told,
      known: undefined,
    });
    expect(user?.defaultConversationId).toBe(conversationId);
    expect(await conversationOf(conversationId)).toMatchObject({
      type: "personal",
      isDefault: true,
      messageCount: 1,
      lapsesAt: undefined,
      participants: [{ userId: user?.id, clientAssociations: [{ type: "whatsapp", clientId: user?.clients[0]?.id }] }],
    });
    const id = channelMessageId(app.salt, whatsapp.id, "hello");
    const item = await table.get(messageKey(app.id, conversationId, id));
    expect(item && readMessage(item)).toEqual({
      id,
      received: now.toISOString(),
      author: { type: "user", userId: user?.id, displayName: "Ada" },
      content: { type: "text", text: "hello" },
      source: { type: "whatsapp", integrationId: whatsapp.id, originalMessageId: "hello" },
    });
  });

  test("is somebody new who said nothing yet, or nobody where the app wants no such", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    expect(await send({ kind: "started", person: person(one) })).toBe("created");
    expect(await conversationOf((await behind(one)).holder?.conversationId)).toMatchObject({ messageCount: 0 });
    expect(await send({ kind: "started", person: person(one) })).toBe("updated");
    const quiet = { ...app, settings: { ...defaultSettings, ignoreAutoConversationStart: true } };
    expect(await send({ kind: "started", person: person(two) }, quiet)).toBe("ignored");
    expect(await send({ kind: "postback", person: person(two), messageId: "p", payload: "P" }, quiet)).toBe("ignored");
    expect((await behind(two)).address?.standing).toBeUndefined();
  });

  test("is one message more of somebody known, once however often it comes", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    const event = message(number, `${number} two`, { dedupeKey: `${number} key`, occurredAt: at(-5) });
    expect(await send(event, app, at(1))).toBe("stored");
    expect(await send(event, app, at(2))).toBe("repeated");
    expect(await send(message(number, "another id", { dedupeKey: `${number} key` }), app, at(3))).toBe("repeated");
    const { holder, user } = await behind(number);
    expect(await conversationOf(holder?.conversationId)).toMatchObject({
      messageCount: 2,
      lastUpdatedAt: at(1).toISOString(),
      clientsSeen: { [holder?.clientId ?? ""]: at(1).toISOString() },
      participants: [{ unreadCount: 0 }],
    });
    expect(await saidIn(holder?.conversationId)).toEqual([`${number} one`, `${number} two`]);
    const id = channelMessageId(app.salt, whatsapp.id, `${number} key`);
    const item = await table.get(messageKey(app.id, holder?.conversationId ?? "", id));
    expect(item && readMessage(item)).toMatchObject({
      author: { userId: user?.id },
      source: { originalMessageId: `${number} two`, originalMessageTimestamp: at(-5).toISOString() },
    });
    expect(
      await send({ kind: "postback", person: person(number), messageId: `${number} p`, payload: "P", text: "Yes" }),
    ).toBe("stored");
    expect(await saidIn(holder?.conversationId)).toContain("Yes");
  });

  test("shows the person's own name and picture, or what the channel calls the person", async () => {
    const number = freshNumber();
    const told = { displayName: "on channel", avatarUrl: "https://example.com/a" };
    await send(message(number, `${number} one`, { person: { ...person(number), ...told } }));
    const authorOf = async (messageId: string) => {
      const id = channelMessageId(app.salt, whatsapp.id, messageId);
      const item = await table.get(messageKey(app.id, (await behind(number)).holder?.conversationId ?? "", id));
      return item && readMessage(item).author;
    };
    expect(await authorOf(`${number} one`)).toMatchObject(told);
    const { user } = await behind(number);
    const profile = { givenName: "Ada", avatarUrl: "https://example.com/own" };
    if (user) await table.put(userItemAt({ ...user, profile }, "1"));
    await send(message(number, `${number} two`, { person: { ...person(number), ...told } }));
    expect(await authorOf(`${number} two`)).toMatchObject({ displayName: "Ada", avatarUrl: profile.avatarUrl });
  });

  test("makes a conversation lapse later, and begins a lapsed one anew", async () => {
    const retaining = { ...app, settings: { ...defaultSettings, conversationRetentionSeconds: 60 } };
    const number = freshNumber();
    const lapsesAt = async () => (await conversationOf((await behind(number)).holder?.conversationId))?.lapsesAt;
    await send(message(number, `${number} one`), retaining);
    expect(await lapsesAt()).toBe(at(60).toISOString());
    expect(await send(message(number, `${number} two`), retaining, at(30))).toBe("stored");
    expect(await lapsesAt()).toBe(at(90).toISOString());
    expect(await send(message(number, `${number} three`), retaining, at(200))).toBe("stored");
    expect(await conversationOf((await behind(number)).holder?.conversationId)).toMatchObject({ messageCount: 1 });
    expect(await send(message(number, `${number} four`), app, at(210))).toBe("stored");
    expect(await lapsesAt()).toBeUndefined();
  });

  /** Somebody whose messages from a number join a group with another one. */
  const inGroup = async (number: string) => {
    await send(message(number, `${number} one`));
    const { user, holder } = await behind(number);
    if (!user || !holder) throw new Error("Nobody is there.");
    const members = [user.id, "other"].map((userId) => newParticipant(freshId(), { id: userId }, []));
    const group = newConversation(app.id, freshId(), now, { type: "sdkGroup", isDefault: false }, members);
    await table.put(conversationItem(group));
    const clients = user.clients.map((client) => ({ ...client, conversationId: group.id }));
    await table.put(userItemAt({ ...user, clients }, "1"));
    return { user, holder, group };
  };

  /** A table each of whose single writes is repeated, as the SDK does after a lost answer. */
  const repeating = (): Table => ({
    ...table,
    put: async (...put) => {
      await table.put(...put);
      return table.put(...put);
    },
    update: async (...update) => {
      await table.update(...update);
      return table.update(...update);
    },
  });

  test("is heard by the others of a group", async () => {
    const number = freshNumber();
    const { holder, group } = await inGroup(number);
    expect(await send(message(number, `${number} two`), app, at(1), repeating())).toBe("stored");
    const heard = await conversationOf(group.id);
    expect(heard).toMatchObject({ messageCount: 1, clientsSeen: { [holder.clientId]: at(1).toISOString() } });
    expect(heard?.participants.find(({ userId }) => userId === "other")).toMatchObject({ unreadCount: 1 });
  });

  test("stays in a group that its sender left since, when it comes again", async () => {
    const number = freshNumber();
    const { user, group } = await inGroup(number);
    const event = message(number, `${number} two`);
    await send(event, app, at(2));
    const { pk, sk } = conversationKey(app.id, group.id);
    // As if one from before had been counted after it.
    await table.update(
      { pk, sk },
      {
        text: "SET lastUpdatedAt = :before REMOVE participants.#user",
        names: { "#user": user.id },
        values: { ":before": at(1).toISOString() },
      },
    );
    expect(await send(event, app, at(3))).toBe("repeated");
    expect(await saidIn(group.id)).toEqual([`${number} two`]);
  });

  test("is counted once, though one that came later was counted before it and comes again", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    const [earlier, later] = [message(number, `${number} two`), message(number, `${number} three`)];
    let overtaken = false;
    const slow: Table = {
      ...table,
      update: async (...update) => {
        if (!overtaken) {
          overtaken = true;
          expect(await send(later, app, at(2))).toBe("stored");
        }
        return table.update(...update);
      },
    };
    expect(await send(earlier, app, at(1), slow)).toBe("stored");
    for (const event of [later, earlier]) expect(await send(event, app, at(3))).toBe("repeated");
    expect(await conversationOf((await behind(number)).holder?.conversationId)).toMatchObject({
      messageCount: 3,
      lastUpdatedAt: at(2).toISOString(),
      clientsSeen: { [(await behind(number)).holder?.clientId ?? ""]: at(2).toISOString() },
    });
  });

  test("is a status of somebody known, from the time it was told", async () => {
    const number = freshNumber();
    const blocked: ChannelEvent = { kind: "blocked", person: person(number), occurredAt: at(5) };
    expect(await send(blocked)).toBe("ignored");
    await send(message(number, `${number} one`));
    const status = async () =>
      (await behind(number)).user?.clients.map(({ status: is, statusSince }) => [is, statusSince]);
    expect(await send(blocked)).toBe("updated");
    expect(await status()).toEqual([["blocked", at(5).toISOString()]]);
    expect(await send(blocked)).toBe("repeated");
    expect(await send({ kind: "unblocked", person: person(number) }, app, at(9))).toBe("updated");
    expect(await status()).toEqual([["active", at(9).toISOString()]]);
    await send(blocked, app, at(9));
    expect(await send({ ...blocked, occurredAt: at(10) })).toBe("updated");
    expect(await send(message(number, `${number} two`, { occurredAt: at(7) }))).toBe("stored");
    expect(await status()).toEqual([["blocked", at(10).toISOString()]]);
    expect(await send(message(number, `${number} three`), app, at(11))).toBe("stored");
    expect(await status()).toEqual([["active", at(11).toISOString()]]);
  });

  test("leads a further id to the same person", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    expect(await send(message(one, `${one} two`, { person: person(one, two) }))).toBe("stored");
    expect((await behind(two)).holder?.userId).toBe(addressOf(one));
    expect(await send(message(two, `${one} three`, { person: person(two, one) }))).toBe("stored");
    expect(await saidIn((await behind(one)).holder?.conversationId)).toHaveLength(3);
    const three = freshNumber();
    expect(await send(message(two, `${one} four`, { person: person(two, three) }))).toBe("stored");
    expect((await behind(three)).holder?.userId).toBe(addressOf(one));
  });

  test.each<[string, string | undefined, string | undefined, number, number]>([
    ["who was there first", undefined, undefined, 0, 0],
    ["who was there first", undefined, undefined, 1, 0],
    ["who has an externalId", undefined, "ada", 1, 1],
    ["who has an externalId", undefined, "eve", 0, 1],
    ["who has an externalId", "bob", undefined, 0, 0],
    ["who has an externalId", "zoe", undefined, 1, 0],
  ])("makes two users one who turn out to be one person: %s stays", async (_, first, second, writer, survivor) => {
    const numbers = [freshNumber(), freshNumber()] as const;
    for (const [index, externalId] of [first, second].entries()) {
      const number = numbers[index as 0 | 1];
      await send(message(number, `${number} one`), app, at(index));
      const { user } = await behind(number);
      if (user && externalId) await table.put(userItemAt({ ...user, externalId }, "1"));
    }
    const [writes, also] = writer === 0 ? numbers : [numbers[1], numbers[0]];
    expect(await send(message(writes, `${writes} two`, { person: person(writes, also) }), app, at(5))).toBe("stored");
    for (const number of numbers) {
      const { user, holder } = await behind(number);
      expect(user?.id).toBe(addressOf(numbers[survivor as 0 | 1]));
      expect(user?.clients).toHaveLength(1);
      expect(await conversationOf(holder?.conversationId)).toMatchObject({ messageCount: 3 });
    }
  });

  test("leaves two two who each have an externalId", async () => {
    const numbers = [freshNumber(), freshNumber()];
    for (const number of numbers) {
      await send(message(number, `${number} one`));
      const { user } = await behind(number);
      if (user) await table.put(userItemAt({ ...user, externalId: number }, "1"));
    }
    const [one = "", two = ""] = numbers;
    expect(await send(message(one, `${one} two`, { person: person(one, two) }))).toBe("stored");
    for (const number of numbers) expect((await behind(number)).user?.id).toBe(addressOf(number));
    expect(await conversationOf((await behind(one)).holder?.conversationId)).toMatchObject({ messageCount: 2 });
  });

  test("gives a client other ids, and the old ones to nobody", async () => {
    const [one, two, three] = [freshNumber(), freshNumber(), freshNumber()];
    const renamed = (of: string, to: string): ChannelEvent => ({
      kind: "identityChanged",
      person: person(of),
      to: [to],
    });
    expect(await send(renamed(one, two))).toBe("ignored");
    await send(message(one, `${one} one`, { person: person(one, three) }));
    expect(await send(renamed(one, two))).toBe("updated");
    expect((await behind(two)).user?.clients).toMatchObject([{ externalId: two, aliases: [three] }]);
    expect((await behind(one)).holder).toBeUndefined();
    expect(await send(renamed(three, freshNumber()))).toBe("updated");
    expect((await behind(three)).address?.standing).toMatchObject({ kind: "vacancy" });
    // Who writes from the old id next is somebody new, at an id of their own.
    expect(await send(message(one, `${one} two`))).toBe("created");
    expect((await behind(one)).user?.id).not.toBe(addressOf(one));
    expect((await behind(two)).user?.id).toBe(addressOf(one));
    expect(await send(message(one, `${one} three`))).toBe("stored");
    // Who has written from the new id already is the same person.
    expect(await send(renamed(one, two), app, at(1))).not.toBe("created");
    expect((await behind(one)).holder).toBeUndefined();
  });

  test("is said in a new default conversation where the old one is gone, or was left", async () => {
    for (const leaves of ["gone", "left", "gone and no default"]) {
      const number = freshNumber();
      await send(message(number, `${number} one`));
      const before = await behind(number);
      const { user } = before;
      if (!user) throw new Error("Nobody is there.");
      const id = before.holder?.conversationId ?? "";
      const conversation = await conversationOf(id);
      if (leaves === "left" && conversation)
        await table.put(conversationItem({ ...conversation, participants: [], messageCount: 1 }));
      else await table.delete(conversationKey(app.id, id));
      if (leaves === "gone and no default")
        await table.put(userItemAt({ ...user, defaultConversationId: undefined }, "1"));
      if (leaves === "left") {
        const other = newConversation(app.id, freshId(), now, { type: "personal", isDefault: true }, [
          newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }]),
        ]);
        await table.put(conversationItem(other));
        await table.put(userItemAt({ ...user, defaultConversationId: other.id }, "1"));
        expect(await send(message(number, `${number} two`))).toBe("stored");
        expect(await conversationOf(other.id)).toMatchObject({
          messageCount: 1,
          participants: [{ clientAssociations: [{ type: "whatsapp" }, { clientId: "sdk" }] }],
        });
        expect((await behind(number)).holder?.conversationId).toBe(other.id);
      } else {
        expect(await send(message(number, `${number} two`))).toBe("stored");
        const after = await behind(number);
        expect(after.user?.defaultConversationId).toBe(firstConversationId(app.salt, user.id));
        expect(await conversationOf(after.holder?.conversationId)).toMatchObject({ messageCount: 1, isDefault: true });
      }
    }
  });

  test.each<[string, (known: string, vacant: string) => ChannelEvent]>([
    ["first contact", (_, vacant) => message(vacant, `${vacant} one`)],
    ["further id", (known, vacant) => message(known, `${known} two`, { person: person(known, vacant) })],
    ["change of ids", (known, vacant) => ({ kind: "identityChanged", person: person(known), to: [vacant] })],
  ])("finishes first what a deletion at the address has left to do: of a %s", async (_, event) => {
    const [known, vacant] = [freshNumber(), freshNumber()];
    await send(message(known, `${known} one`));
    await table.put(vacancyItem(app.id, addressOf(vacant), "gone"));
    const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };
    await table.put(deletionItem({ appId: app.id, userId: "gone", ...nothing }));
    await send(event(known, vacant), app, at(1));
    expect(await table.get(deletionKey(app.id, "gone"))).toBeUndefined();
    expect((await behind(vacant)).user).toBeDefined();
    expect((await behind(vacant)).user?.id).not.toBe(addressOf(vacant));
  });

  /** The table, and what is asked of it. */
  function watched(): { readonly through: Table; readonly calls: string[] } {
    const calls: string[] = [];
    const noted =
      <Asked extends readonly unknown[], Answer>(name: string, ask: (...asked: Asked) => Promise<Answer>) =>
      (...asked: Asked) => {
        calls.push(name);
        return ask(...asked);
      };
    const through: Table = {
      ...table,
      get: noted("get", table.get),
      getAll: noted("getAll", (keys) => table.getAll(keys)),
      put: noted("put", table.put),
      update: noted("update", table.update),
      transact: noted("transact", table.transact),
    };
    return { through, calls };
  }

  test("of somebody known is three calls, behind whichever id, and two where it was done before", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`, { person: person(one, two) }));
    let seconds = 1;
    const callsOf = async (event: ChannelEvent) => {
      const { through, calls } = watched();
      return [await send(event, app, at(seconds++), through), calls.join(" ")];
    };
    const [next, other] = [message(one, `${one} two`), message(two, `${one} three`)];
    expect(await callsOf(next)).toEqual(["stored", "getAll put update"]);
    expect(await callsOf(next)).toEqual(["repeated", "getAll put"]);
    expect(await callsOf(other)).toEqual(["stored", "getAll put update"]);
    expect(await callsOf(other)).toEqual(["repeated", "getAll put get"]);
    expect(await callsOf({ kind: "started", person: person(one) })).toEqual(["updated", "getAll"]);
  });

  test("is done once though each write should be repeated after a lost answer", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    expect(await send(message(number, `${number} two`), app, at(1), repeating())).toBe("stored");
    const { holder } = await behind(number);
    expect(await conversationOf(holder?.conversationId)).toMatchObject({ messageCount: 2 });
    expect(await saidIn(holder?.conversationId)).toHaveLength(2);
  });

  test("is given up when somebody else changes the same person each time it is tried", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    let tries = 0;
    const transact = async () => ({ done: false, failed: [], tries: tries++ }) as const;
    const restless: Table = { ...table, transact };
    const event = message(one, `${one} two`, { person: person(one, two) });
    await expect(send(event, app, at(1), restless)).rejects.toThrow(Contention);
    expect(tries).toBe(25);
  });

  test.each(["message", "postback"])(
    "is a %s by which a link comes to stand that waited for the person",
    async (kind) => {
      const number = freshNumber();
      const user = newUser(app.id, freshId(), now);
      const conversation = newConversation(app.id, freshId(), now, { type: "personal", isDefault: true }, [
        newParticipant(freshId(), user, []),
      ]);
      const client: Client = {
        id: freshId(),
        type: "whatsapp",
        status: "pending",
        integrationId: whatsapp.id,
        awaiting: { externalId: number, primary: true },
        linkedAt: now.toISOString(),
        conversationId: conversation.id,
      };
      await table.put(userItemAt({ ...user, clients: [client] }, "1"));
      await table.put(conversationItem(conversation));
      await table.put(waitAt(app, addressOf(number), { userId: user.id, clientId: client.id }).put);
      expect(await send({ kind: "blocked", person: person(number) })).toBe("ignored");
      expect((await behind(number)).address?.waiting).toBeDefined();
      const event = message(number, `${number} one`);
      const pressed: ChannelEvent = {
        kind: "postback",
        person: person(number),
        messageId: `${number} p`,
        payload: "P",
      };
      expect(await send(kind === "message" ? event : pressed, app, at(1))).toBe("stored");
      expect(await behind(number)).toMatchObject({
        address: { waiting: undefined },
        user: { id: user.id, clients: [{ id: client.id, status: "active" }] },
      });
      expect(await saidIn(conversation.id)).toHaveLength(1);
    },
  );

  test("is said under the person's own name, also with an id that is new", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    const { user, holder } = await behind(one);
    if (user) await table.put(userItemAt({ ...user, profile: { givenName: "Ada" } }, "1"));
    const told = { ...person(one, two), displayName: "on channel" };
    expect(await send(message(one, `${one} two`, { person: told }), app, at(1))).toBe("stored");
    const id = channelMessageId(app.salt, whatsapp.id, `${one} two`);
    const item = await table.get(messageKey(app.id, holder?.conversationId ?? "", id));
    expect(item && readMessage(item).author).toMatchObject({ displayName: "Ada" });
  });

  test.each([true, false])(
    "to rename somebody to another's id makes the two one, unless both have an externalId: %j",
    async (named) => {
      const [one, two] = [freshNumber(), freshNumber()];
      for (const number of [one, two]) {
        await send(message(number, `${number} one`));
        const { user } = await behind(number);
        if (user && named) await table.put(userItemAt({ ...user, externalId: number }, "1"));
      }
      const renamed: ChannelEvent = { kind: "identityChanged", person: person(one), to: [two] };
      expect(await send(renamed, app, at(1))).toBe(named ? "ignored" : "updated");
      expect((await behind(two)).user?.id).toBe(addressOf(named ? two : one));
      if (named) expect((await behind(one)).user?.id).toBe(addressOf(one));
      else {
        expect((await behind(one)).holder).toBeUndefined();
        expect((await behind(two)).user?.clients).toMatchObject([{ externalId: two }]);
      }
    },
  );

  test("of somebody who is gone is nothing where it only changes a client", async () => {
    const number = freshNumber();
    const gone = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    await table.put(redirectItem(app.id, addressOf(number), gone));
    expect(await send({ kind: "blocked", person: person(number) })).toBe("ignored");
  });

  test("gives every id of the person the new place, where the old conversation is gone", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`, { person: person(one, two) }));
    const { user, holder } = await behind(two);
    const [client] = user?.clients ?? [];
    if (!user || !client) throw new Error("Nobody is there.");
    // Heard elsewhere, in a conversation that lapsed and was merged into another since.
    const elsewhere = newConversation(app.id, freshId(), now, { type: "personal", isDefault: false }, [
      newParticipant(freshId(), user, []),
    ]);
    const lapsed = { ...elsewhere, lapsesAt: new Date(0).toISOString() };
    await table.put({ ...conversationItem(lapsed), mergedInto: "another" });
    await table.put(userItemAt({ ...user, clients: [{ ...client, conversationId: elsewhere.id }] }, "1"));
    const to = { userId: user.id, clientId: client.id, conversationId: elsewhere.id };
    await table.put(redirectItem(app.id, addressOf(two), to));
    expect(await send(message(two, `${one} two`, { person: person(two, one) }), app, at(1))).toBe("stored");
    for (const number of [one, two]) expect((await behind(number)).holder?.conversationId).toBe(holder?.conversationId);
    expect(await saidIn(elsewhere.id)).toEqual([]);
    expect(await saidIn(holder?.conversationId)).toHaveLength(2);
    await table.delete(conversationKey(app.id, holder?.conversationId ?? ""));
    expect(await send(message(one, `${one} three`), app, at(2))).toBe("stored");
    expect(await conversationOf((await behind(one)).holder?.conversationId)).toMatchObject({
      participants: [{ clientAssociations: [{ type: "whatsapp", clientId: client.id }] }],
    });
  });

  test("waits for what is still moving to the person", async () => {
    const [number, merged] = [freshNumber(), freshId()];
    await send(message(number, `${number} one`));
    const { user, holder } = await behind(number);
    if (!user) throw new Error("Nobody is there.");
    // What the person was in as somebody else, whose place there is not the person's yet.
    const moving = newConversation(app.id, freshId(), now, { type: "personal", isDefault: false }, [
      newParticipant(freshId(), { id: merged }, []),
    ]);
    await table.put(conversationItem(moving));
    await table.transact([enterConversation(app.id, merged, moving.id)]);
    const clients = user.clients.map((client) => ({ ...client, conversationId: moving.id }));
    await table.put(userItemAt({ ...user, clients, absorbing: [merged] }, "1"));
    expect(await send(message(number, `${number} two`), app, at(1))).toBe("stored");
    expect(await saidIn(moving.id)).toEqual([`${number} two`]);
    expect(await saidIn(holder?.conversationId)).toHaveLength(1);
  });
});

describe("an address", () => {
  const place = (userId: string) => ({ userId, clientId: `client of ${userId}`, conversationId: `place of ${userId}` });
  const to = place("new");
  const standingAt = async (id: string) => {
    const item = await table.get(userKey(app.id, id));
    return item && readStanding(item);
  };
  const born = (id: string) => newUser(app.id, id, new Date());
  const freshId = () => newId(new Date());

  test.each<[string, (id: string) => Item | undefined, object]>([
    ["nobody", () => undefined, { kind: "redirect", ...to }],
    ["a vacancy", (id) => vacancyItem(app.id, id), { kind: "redirect", ...to }],
    ["another", (id) => redirectItem(app.id, id, place("old")), { kind: "redirect", ...to }],
    ["a merged user", (id) => redirectItem(app.id, id, { userId: "old" }), { kind: "redirect", ...to }],
    ["a user who gave it up", (id) => userItemAt(born(id), "3"), { kind: "user", heir: to, version: writtenVersion }],
  ])("of %s leads to somebody else, if it stands as it was read", async (_, itemAt, after) => {
    const id = freshId();
    const item = itemAt(id);
    if (item) await table.put(item);
    const operations = leadTo(app, { id, standing: item && readStanding(item) }, to);
    expect((await table.transact(operations)).done).toBe(true);
    expect(await standingAt(id)).toMatchObject(after);
    expect((await table.transact(operations)).done).toBe(false);
  });

  test.each<Standing>([
    { kind: "user", user: born("new"), version: "1" },
    { kind: "vacancy" },
    { kind: "redirect", userId: "survivor" },
  ])("at which somebody lives leads there already, or the user's item will say what stands there: %j", (standing) => {
    expect(leadTo(app, { id: "new", standing }, to)).toEqual([]);
  });

  test.each<[string, (id: string) => Item | undefined, string | undefined]>([
    ["this client's", (id) => redirectItem(app.id, id, to), "vacancy"],
    ["inherited by this client", (id) => userItemAt(born(id), "1", to), "user"],
    ["another client's", (id) => redirectItem(app.id, id, place("old")), undefined],
    ["a merged user's", (id) => redirectItem(app.id, id, { userId: "new" }), undefined],
    ["inherited by another", (id) => userItemAt(born(id), "1", place("old")), undefined],
    ["a vacancy", (id) => vacancyItem(app.id, id), undefined],
    ["nobody's", () => undefined, undefined],
  ])("that is %s leads nowhere afterwards, or as before", async (_, itemAt, after) => {
    const id = freshId();
    const item = itemAt(id);
    if (item) await table.put(item);
    const operations = leadNowhere(app, { id, standing: item && readStanding(item) }, to.clientId);
    expect(operations).toHaveLength(after === undefined ? 0 : 1);
    if (after === undefined) return;
    expect((await table.transact(operations)).done).toBe(true);
    const standing = await standingAt(id);
    expect(standing).toMatchObject({ kind: after });
    expect(standing).not.toHaveProperty("heir.clientId");
    expect((await table.transact(operations)).done).toBe(false);
  });

  test("is waited at by one client, whom no other ends waiting", async () => {
    const id = freshId();
    await table.transact([waitAt(app, id, { userId: "user", clientId: "client" })]);
    const own = { userId: "user", clientId: "client" };
    // A merge gives a client to another user.
    for (const other of [{ clientId: "another" }, { userId: "another" }])
      expect((await table.transact([stopWaiting(app, id, { ...own, ...other })])).done).toBe(false);
    expect((await table.transact([stopWaiting(app, id, own)])).done).toBe(true);
    expect((await table.transact([stopWaiting(app, id, own)])).done).toBe(true);
  });

  test("is waited at only for ids that can be linked", async () => {
    const ids = ["US.1514", "15145550000"];
    for (const externalId of ids)
      await table.transact([waitAt(app, addressOf(externalId), { userId: externalId, clientId: externalId })]);
    const addresses = await readAddresses(table, app, whatsapp, ids);
    expect(addresses.map(({ externalId, waiting }) => [externalId, waiting?.userId])).toEqual([
      ["US.1514", undefined],
      ["15145550000", "15145550000"],
    ]);
  });
});
