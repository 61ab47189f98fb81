import { describe, expect, test } from "vitest";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import type { ChannelEvent } from "../../../lib/model/channel.ts";
import {
  addressOf,
  app,
  at,
  freshId,
  freshNumber,
  message,
  person,
  receivingChannel,
} from "../../support/receivingChannel.ts";
import { userItemAt } from "../../support/userItemAt.ts";

const { table, send, behind } = receivingChannel();

describe("what an event asks for", () => {
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
    expect((await behind(one)).owner).toBeUndefined();
    expect(await send(renamed(three, freshNumber()))).toBe("updated");
    expect((await behind(three)).identity?.record).toMatchObject({ kind: "vacancy" });
    // The next message from the old id is a new person's, at an id of its own.
    expect(await send(message(one, `${one} two`))).toBe("created");
    expect((await behind(one)).user?.id).not.toBe(addressOf(one));
    expect((await behind(two)).user?.id).toBe(addressOf(one));
    expect(await send(message(one, `${one} three`))).toBe("stored");
    // A person that has written from the new id already is the same one.
    expect(await send(renamed(one, two), app, at(1))).not.toBe("created");
    expect((await behind(one)).owner).toBeUndefined();
  });

  test.each([true, false])(
    "to rename somebody to another's id makes the two one, unless both have an externalId: %j",
    async (named) => {
      const [one, two] = [freshNumber(), freshNumber()];
      for (const number of [one, two]) {
        await send(message(number, `${number} one`));
        const { user } = await behind(number);
        if (user && named) await putItem(table(), userItemAt({ ...user, externalId: number }, "1"));
      }
      const renamed: ChannelEvent = { kind: "identityChanged", person: person(one), to: [two] };
      expect(await send(renamed, app, at(1))).toBe(named ? "ignored" : "updated");
      expect((await behind(two)).user?.id).toBe(addressOf(named ? two : one));
      if (named) expect((await behind(one)).user?.id).toBe(addressOf(one));
      else {
        expect((await behind(one)).owner).toBeUndefined();
        expect((await behind(two)).user?.clients).toMatchObject([{ externalId: two }]);
      }
    },
  );

  test("of somebody who is gone is nothing where it only changes a client", async () => {
    const number = freshNumber();
    const gone = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    await putItem(table(), redirectItem(app.id, addressOf(number), gone));
    expect(await send({ kind: "blocked", person: person(number) })).toBe("ignored");
  });
});
