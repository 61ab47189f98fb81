import { describe, expect, test } from "vitest";
import { conversationItem } from "../../../lib/db/items/conversationItem.ts";
import { pendingLinkKey, userKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { conflict } from "../../../lib/db/retryOnConflict.ts";
import { deleteItem, putItem } from "../../../lib/db/writeItems.ts";
import type { Client } from "../../../lib/model/client.ts";
import { before } from "../../support/intercept.ts";
import { addressOf, app, freshNumber, linkingChannel, now, spoke } from "../../support/linkingChannel.ts";
import { freshId } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";

const { table, at, identityAt, clientsIn, person, writer, link, linked, confirm } = linkingChannel();

describe("a link that waits for the person to write", () => {
  test("is a pending client, asked for again the same, and at another place a changed one", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const client = await linked(number, { storedUser, conversation, confirmed: false });
    expect(client).toMatchObject({
      status: "pending",
      awaiting: { externalId: number, primary: true },
      conversationId: conversation.id,
    });
    expect(client.externalId).toBeUndefined();
    expect(await getItem(table(), pendingLinkKey(app.id, addressOf(number)))).toMatchObject({
      userId: storedUser.user.id,
      clientId: client.id,
    });
    const waiting = await at(storedUser.user.id);
    expect(await link(number, { storedUser: waiting, conversation, confirmed: false })).toEqual(client);
    expect(await at(storedUser.user.id)).toMatchObject({ version: writtenVersion });
    const changed = await linked(number, { storedUser: waiting, conversation, confirmed: false, primary: false });
    expect(changed).toMatchObject({ id: client.id, awaiting: { primary: false } });
    expect((await at(storedUser.user.id)).user.clients).toMatchObject([
      { awaiting: { externalId: number, primary: false } },
    ]);
    const moved = { ...conversation, id: freshId() };
    expect(
      await linked(number, {
        storedUser: await at(storedUser.user.id),
        conversation: moved,
        confirmed: false,
        primary: false,
      }),
    ).toMatchObject({ id: client.id, conversationId: moved.id });
    expect((await at(storedUser.user.id)).user.clients).toMatchObject([{ id: client.id, conversationId: moved.id }]);
    expect(await link(number, { storedUser, conversation, confirmed: false })).toBe(conflict);
    // What says so at the address is made again where it is missing.
    await deleteItem(table(), pendingLinkKey(app.id, addressOf(number)));
    await linked(number, {
      storedUser: await at(storedUser.user.id),
      conversation: moved,
      confirmed: false,
      primary: false,
    });
    expect((await identityAt(number))?.pendingLink).toMatchObject({ clientId: client.id });
  });

  test("is not made where another user's has come to wait meanwhile", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const late = before(table(), "TransactWriteItems", () =>
      putItem(table(), { ...pendingLinkKey(app.id, addressOf(number)), userId: "other", clientId: "other" }),
    );
    expect(await link(number, { storedUser, conversation, confirmed: false }, late)).toBe(conflict);
    expect(await at(storedUser.user.id)).toMatchObject({ version: "1" });
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
    const [waiting] = (await at(first.storedUser.user.id)).user.clients as [Client];
    const clients: readonly Client[] = [
      { ...waiting, awaiting: undefined },
      { ...waiting, id: freshId() },
    ];
    await putItem(table(), userItemAt({ ...first.storedUser.user, clients }, "3"));
    expect(await link(number, { ...second, confirmed: false })).toMatchObject({ status: "pending" });
    const third = await person();
    await deleteItem(table(), userKey(app.id, second.storedUser.user.id));
    expect(await link(number, { ...third, confirmed: true })).toMatchObject({ status: "active" });
    expect((await identityAt(number))?.pendingLink).toBeUndefined();
  });

  test("stands when the same user links at once, through the client that waited", async () => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const pending = await linked(number, { storedUser, conversation, confirmed: false });
    const client = await linked(number, { storedUser: await at(storedUser.user.id), conversation });
    expect(client).toMatchObject({ id: pending.id, status: "active", externalId: number });
    expect((await at(storedUser.user.id)).user.clients).toMatchObject([{ id: pending.id, status: "active" }]);
    expect((await identityAt(number))?.pendingLink).toBeUndefined();
  });

  test.each([true, false])("stands once the person has written, as the primary client: %j", async (primary) => {
    const number = freshNumber();
    const { storedUser, conversation } = await person();
    const pending = await linked(number, { storedUser, conversation, confirmed: false, primary });
    await confirm(number, spoke(number, { displayName: "Ada", info: { a: "1" }, raw: { b: 2 }, aliases: ["other"] }));
    expect((await at(storedUser.user.id)).user.clients).toEqual([
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
    const to = { userId: storedUser.user.id, clientId: pending.id, conversationId: conversation.id };
    expect(await identityAt(number)).toMatchObject({ owner: to, pendingLink: undefined });
    expect(await clientsIn(conversation, storedUser.user.id)).toEqual(
      primary ? [pending.id, "sdk"] : ["sdk", pending.id],
    );
  });

  test("stands without a place where the conversation is gone, or was left", async () => {
    for (const left of [true, false]) {
      const number = freshNumber();
      const { storedUser, conversation } = await person();
      await linked(number, { storedUser, conversation, confirmed: false });
      await putItem(table(), {
        ...conversationItem({ ...conversation, participants: [] }),
        ...(left ? {} : { mergedInto: "other" }),
      });
      await confirm(number);
      const [client] = (await at(storedUser.user.id)).user.clients;
      expect(client).toMatchObject({ status: "active", info: { phoneNumber: `+${number}` } });
      expect((await identityAt(number))?.owner).toMatchObject({ clientId: client?.id, conversationId: undefined });
    }
  });

  test("makes an anonymous holder part of the user, and is forgotten where the holder has an externalId by now", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    const { storedUser, conversation } = await person();
    const anonymous = await writer(one);
    await linked(one, { storedUser, conversation, confirmed: false });
    await linked(two, { storedUser: await at(storedUser.user.id), conversation, confirmed: false });
    await confirm(one);
    const merged = await at(storedUser.user.id);
    expect(merged.user.clients).toMatchObject([{ awaiting: { externalId: two } }, { id: anonymous.client.id }]);
    expect(await identityAt(one)).toMatchObject({ owner: { userId: storedUser.user.id }, pendingLink: undefined });
    const named = await writer(two, { externalId: "eve" });
    await confirm(two);
    expect((await at(storedUser.user.id)).user.clients).toMatchObject([{ id: anonymous.client.id }]);
    expect(await identityAt(two)).toMatchObject({
      owner: { userId: named.storedUser.user.id },
      pendingLink: undefined,
    });
  });

  test("is forgotten where the user, or the client, is gone", async () => {
    const numbers = [freshNumber(), freshNumber(), freshNumber()];
    for (const [index, number] of numbers.entries()) {
      const { storedUser, conversation } = await person();
      const client = await linked(number, { storedUser, conversation, confirmed: false });
      const waiting = { ...client, id: index === 2 ? freshId() : client.id };
      if (index === 0) await deleteItem(table(), userKey(app.id, storedUser.user.id));
      else await putItem(table(), userItemAt({ ...storedUser.user, clients: index === 1 ? [] : [waiting] }, "3"));
      await confirm(number);
      expect(await identityAt(number)).toMatchObject({ owner: undefined, pendingLink: undefined });
    }
  });
});
