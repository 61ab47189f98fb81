import { describe, expect, test } from "vitest";
import { findOpenConversation } from "../../../lib/conversations/findConversation.ts";
import type { Item } from "../../../lib/db/db.ts";
import { conversationItem } from "../../../lib/db/items/conversationItem.ts";
import { deletionItem } from "../../../lib/db/items/deletionItem.ts";
import { redirectItem, vacancyItem } from "../../../lib/db/items/userItem.ts";
import { deletionKey, pendingLinkKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { conflict } from "../../../lib/db/retryOnConflict.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import type { Client } from "../../../lib/model/client.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { addressOf, app, freshNumber, linkingChannel, now, whatsapp } from "../../support/linkingChannel.ts";
import { freshId } from "../../support/unique.ts";
import { userItemAt } from "../../support/userItemAt.ts";

const { table, at, identityAt, clientsIn, person, writer, link, linked } = linkingChannel();

describe("a link that stands at once", () => {
  test.each([true, false])(
    "leads the number to the user and the conversation, as the primary client: %j",
    async (primary) => {
      const number = freshNumber();
      const { storedUser, conversation } = await person();
      const client = await linked(number, { storedUser, conversation, primary });
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
      expect((await at(storedUser.user.id)).user.clients).toEqual([expect.objectContaining({ id: client.id })]);
      const to = { userId: storedUser.user.id, clientId: client.id, conversationId: conversation.id };
      expect(await identityAt(number)).toMatchObject({ owner: to });
      expect(await clientsIn(conversation, storedUser.user.id)).toEqual(
        primary ? [client.id, "sdk"] : ["sdk", client.id],
      );
      const again = await at(storedUser.user.id);
      const present = (await findOpenConversation({ db: table() }, app.id, conversation.id)) ?? conversation;
      expect(await link(number, { storedUser: again, conversation: present, primary })).toEqual(again.user.clients[0]);
      expect(await at(storedUser.user.id)).toEqual(again);
    },
  );

  test("is not made for a user, or in a conversation, that changed since it was read", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    expect(await link(number, { storedUser: { ...storedUser, version: "9" }, conversation })).toBe(conflict);
    const participants = conversation.participants.map((one) => ({ ...one, clientAssociations: [] }));
    await putItem(table(), conversationItem({ ...conversation, participants }));
    expect(await link(number, { storedUser, conversation })).toBe(conflict);
    expect((await identityAt(number))?.record).toBeUndefined();
  });

  test("of somebody anonymous makes the two one, through the client that was there", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person({ externalId: "ada" });
    const other = await writer(number);
    const client = await linked(number, { storedUser, conversation });
    expect(client).toMatchObject({ id: other.client.id, conversationId: conversation.id });
    expect(await readAddress({ db: table() }, app.id, other.storedUser.user.id)).toMatchObject({ kind: "redirect" });
    expect((await at(storedUser.user.id)).user.clients).toMatchObject([
      { id: client.id, conversationId: conversation.id },
    ]);
    expect(await clientsIn(conversation, storedUser.user.id)).toEqual([client.id, "sdk"]);
  });

  test("of somebody with an externalId is refused, and nothing changes", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const other = await writer(number, { externalId: "bob" });
    for (const confirmed of [true, false])
      await expect(link(number, { storedUser, conversation, confirmed })).rejects.toMatchObject({
        code: "conflict",
        titles: ["The channel identity belongs to another user, who has an externalId"],
      });
    expect(await at(storedUser.user.id)).toMatchObject({ version: "1" });
    expect((await identityAt(number))?.owner).toMatchObject({ userId: other.storedUser.user.id });
  });

  test.each([0, 1, 2])(
    "asked for with another conversation leads the client's own numbers there, with aliases: %i",
    async (count) => {
      const number = freshNumber();
      const aliases = Array.from({ length: count }, freshNumber);
      const { storedUser, conversation, client } = await writer(number);
      const aliased = { ...storedUser.user, clients: [{ ...client, aliases }] };
      await putItem(table(), userItemAt(aliased, "1"));
      const to = { userId: storedUser.user.id, clientId: client.id, conversationId: conversation.id };
      // The last of several aliases has become another client's.
      const others = aliases.slice(1);
      for (const alias of aliases)
        await putItem(
          table(),
          redirectItem(app.id, addressOf(alias), others.includes(alias) ? { ...to, clientId: "other" } : to),
        );
      const target = newConversation(app.id, freshId(), now, {
        type: "sdkGroup",
        isDefault: false,
        participants: [newParticipant(freshId(), storedUser.user, [])],
      });
      await putItem(table(), conversationItem(target));
      expect(await linked(number, { storedUser: { user: aliased, version: "1" }, conversation: target })).toMatchObject(
        {
          id: client.id,
          conversationId: target.id,
        },
      );
      for (const each of [number, ...aliases.slice(0, 1)])
        expect((await identityAt(each))?.owner).toMatchObject({ clientId: client.id, conversationId: target.id });
      for (const each of others) expect((await identityAt(each))?.owner).toMatchObject({ clientId: "other" });
      expect(await clientsIn(target, storedUser.user.id)).toEqual([client.id]);
    },
  );

  test("leaves another user's client waiting for a further id of the person", async () => {
    const [number, alias] = [freshNumber(), freshNumber()];
    const { storedUser, conversation, client } = await writer(number);
    const aliased = { ...storedUser.user, clients: [{ ...client, aliases: [alias] }] };
    await putItem(table(), userItemAt(aliased, "1"));
    await putItem(table(), redirectItem(app.id, addressOf(alias), { userId: storedUser.user.id, clientId: client.id }));
    const waiting = await linked(alias, { ...(await person()), confirmed: false });
    await linked(number, { storedUser: { user: aliased, version: "1" }, conversation });
    expect((await identityAt(alias))?.pendingLink).toMatchObject({ clientId: waiting.id });
  });

  test("asked for with another place is changed where only the address, or only the order of clients, is another", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const client = await linked(number, { storedUser, conversation, primary: false });
    const now = async () => ({
      storedUser: await at(storedUser.user.id),
      conversation: (await findOpenConversation({ db: table() }, app.id, conversation.id)) ?? conversation,
    });
    await linked(number, { ...(await now()), primary: true });
    expect(await clientsIn(conversation, storedUser.user.id)).toEqual([client.id, "sdk"]);
    const to = { userId: storedUser.user.id, clientId: client.id, conversationId: freshId() };
    await putItem(table(), redirectItem(app.id, addressOf(number), to));
    await linked(number, await now());
    expect((await identityAt(number))?.owner).toMatchObject({ conversationId: conversation.id });
  });

  test("of a number that leads to a client of the user which is not there is decided anew", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    await putItem(
      table(),
      redirectItem(app.id, addressOf(number), { userId: storedUser.user.id, clientId: freshId() }),
    );
    expect(await link(number, { storedUser, conversation })).toBe(conflict);
  });

  test.each<[string, (address: string, goneId: string) => Item]>([
    ["is nobody's since", (address, goneId) => vacancyItem(app.id, address, goneId)],
    // A user with very many addresses loses some of them only after the moment of the deletion.
    ["leads to the user still", (address, userId) => redirectItem(app.id, address, { userId, clientId: freshId() })],
  ])("finishes first a deletion that was interrupted, of a user whose number %s", async (_, itemAt) => {
    const [number, goneId] = [freshNumber(), freshId()];
    await putItem(table(), itemAt(addressOf(number), goneId));
    const nothing = { conversationId: undefined, hasMoreConversations: false };
    await putItem(table(), deletionItem({ appId: app.id, userId: goneId, ...nothing, addresses: [addressOf(number)] }));
    const { storedUser, conversation } = await person();
    const made = await link(number, { storedUser, conversation });
    expect(await getItem(table(), deletionKey(app.id, goneId))).toBeUndefined();
    expect(made === conflict ? await linked(number, { storedUser, conversation }) : made).toMatchObject({
      status: "active",
    });
  });

  test("takes the place of a client that waited for the person, who became the user in another way", async () => {
    const number = freshNumber();
    const { storedUser, conversation, client } = await writer(number);
    const { externalId: _, ...unnamed } = client;
    const waits: Client = { ...unnamed, id: freshId(), awaiting: { externalId: number, primary: true } };
    const elsewhere: Client = { ...waits, id: freshId(), integrationId: "another" };
    const user = { ...storedUser.user, clients: [waits, elsewhere, client] };
    await putItem(table(), userItemAt(user, "1"));
    await putItem(table(), { ...pendingLinkKey(app.id, addressOf(number)), userId: user.id, clientId: waits.id });
    expect(await linked(number, { storedUser: { user, version: "1" }, conversation })).toMatchObject({ id: client.id });
    expect((await at(user.id)).user.clients.map(({ id }) => id)).toEqual([elsewhere.id, client.id]);
    expect((await identityAt(number))?.pendingLink).toBeUndefined();
  });

  test("is refused for a user who has 25 clients, unless it is one of them", async () => {
    const clients = Array.from(
      { length: 25 },
      (): Client => ({ id: freshId(), type: "line", status: "active", linkedAt: now.toISOString() }),
    );
    const { storedUser, conversation } = await person({ clients });
    await expect(link(freshNumber(), { storedUser, conversation })).rejects.toMatchObject({
      code: "bad_request",
      titles: ["A user is limited to 25 clients"],
    });
    const number = freshNumber();
    const fewer = await person({ clients: clients.slice(1) });
    await linked(number, { ...fewer, confirmed: false });
    const full = await at(fewer.storedUser.user.id);
    expect(full.user.clients).toHaveLength(25);
    await linked(number, { storedUser: full, conversation: fewer.conversation });
    const present = (await findOpenConversation({ db: table() }, app.id, fewer.conversation.id)) ?? fewer.conversation;
    expect(await link(number, { storedUser: await at(fewer.storedUser.user.id), conversation: present })).toMatchObject(
      {
        status: "active",
      },
    );
  });
});
