import { describe, expect, test } from "vitest";
import type { Db } from "../../../lib/db/db.ts";
import { at as path } from "../../../lib/db/expression.ts";
import { conversationKey, firstConversationId } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { putItem, updateItem } from "../../../lib/db/writeItems.ts";
import { defaultSettings } from "../../../lib/model/app.ts";
import type { ChannelEvent } from "../../../lib/model/channel.ts";
import { before, intercept } from "../../support/intercept.ts";
import {
  addressOf,
  app,
  at,
  freshNumber,
  message,
  messageIdOf,
  person,
  receivingChannel,
} from "../../support/receivingChannel.ts";
import { userItemAt } from "../../support/userItemAt.ts";

const { table, send, behind, conversationOf, messageIn, saidIn, inGroup, repeating } = receivingChannel();

describe("a message that was stored and not counted when it was cut off", () => {
  test.each([
    ["the id they were first seen with", ["10"], ["10"]],
    ["another id first", ["21"], ["20", "21"]],
  ])("is counted when it comes again from somebody who writes with %s", async (_, born, writes) => {
    const receive = ([externalId = "", ...aliases]: readonly string[], id: string, through?: Db) =>
      send(message(externalId, id, { person: person(externalId, ...aliases) }), app, new Date(), through);
    expect(await receive(born, `${born[0]}-1`)).toBe("created");
    const key = conversationKey(app.id, firstConversationId(app.salt, addressOf(born[0] ?? "")));
    const cutOff = before(table(), "UpdateItem", async () => {
      throw new Error("cut off");
    });
    await expect(receive(writes, `${born[0]}-2`, cutOff)).rejects.toThrow("cut off");
    expect(await getItem(table(), key)).toMatchObject({ messageCount: 1 });
    for (let time = 0; time < 2; time++) expect(await receive(writes, `${born[0]}-2`)).toBe("repeated");
    expect(await getItem(table(), key)).toMatchObject({ messageCount: 2 });
  });
});

describe("what an event asks for", () => {
  test("is one message more of somebody known, once however often it comes", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    const event = message(number, `${number} two`, { dedupeKey: `${number} key`, occurredAt: at(-5) });
    expect(await send(event, app, at(1))).toBe("stored");
    expect(await send(event, app, at(2))).toBe("repeated");
    expect(await send(message(number, "another id", { dedupeKey: `${number} key` }), app, at(3))).toBe("repeated");
    const { owner, user } = await behind(number);
    expect(await conversationOf(owner?.conversationId)).toMatchObject({
      messageCount: 2,
      lastUpdatedAt: at(1).toISOString(),
      clientsSeen: { [owner?.clientId ?? ""]: at(1).toISOString() },
      participants: [{ unreadCount: 0 }],
    });
    expect(await saidIn(owner?.conversationId)).toEqual([`${number} one`, `${number} two`]);
    const id = messageIdOf(`${number} key`);
    expect(await messageIn(owner?.conversationId, id)).toMatchObject({
      author: { userId: user?.id },
      source: { originalMessageId: `${number} two`, originalMessageTimestamp: at(-5).toISOString() },
    });
    expect(
      await send({ kind: "postback", person: person(number), messageId: `${number} p`, payload: "P", text: "Yes" }),
    ).toBe("stored");
    expect(await saidIn(owner?.conversationId)).toContain("Yes");
  });

  test("shows the person's own name and picture, or what the channel calls the person", async () => {
    const number = freshNumber();
    const told = { displayName: "on channel", avatarUrl: "https://example.com/a" };
    await send(message(number, `${number} one`, { person: { ...person(number), ...told } }));
    const authorOf = async (messageId: string) =>
      (await messageIn((await behind(number)).owner?.conversationId, messageIdOf(messageId)))?.author;
    expect(await authorOf(`${number} one`)).toMatchObject(told);
    const { user } = await behind(number);
    const profile = { givenName: "Ada", avatarUrl: "https://example.com/own" };
    if (user) await putItem(table(), userItemAt({ ...user, profile }, "1"));
    await send(message(number, `${number} two`, { person: { ...person(number), ...told } }));
    expect(await authorOf(`${number} two`)).toMatchObject({ displayName: "Ada", avatarUrl: profile.avatarUrl });
  });

  test("makes a conversation lapse later, and begins a lapsed one anew", async () => {
    const retaining = { ...app, settings: { ...defaultSettings, conversationRetentionSeconds: 60 } };
    const number = freshNumber();
    const lapsesAt = async () => (await conversationOf((await behind(number)).owner?.conversationId))?.lapsesAt;
    await send(message(number, `${number} one`), retaining);
    expect(await lapsesAt()).toBe(at(60).toISOString());
    expect(await send(message(number, `${number} two`), retaining, at(30))).toBe("stored");
    expect(await lapsesAt()).toBe(at(90).toISOString());
    expect(await send(message(number, `${number} three`), retaining, at(200))).toBe("stored");
    expect(await conversationOf((await behind(number)).owner?.conversationId)).toMatchObject({ messageCount: 1 });
    expect(await send(message(number, `${number} four`), app, at(210))).toBe("stored");
    expect(await lapsesAt()).toBeUndefined();
  });

  test("is heard by the others of a group", async () => {
    const number = freshNumber();
    const { owner, group } = await inGroup(number);
    expect(await send(message(number, `${number} two`), app, at(1), repeating())).toBe("stored");
    const heard = await conversationOf(group.id);
    expect(heard).toMatchObject({ messageCount: 1, clientsSeen: { [owner.clientId]: at(1).toISOString() } });
    expect(heard?.participants.find(({ userId }) => userId === "other")).toMatchObject({ unreadCount: 1 });
  });

  test("stays in a group that its sender left since, when it comes again", async () => {
    const number = freshNumber();
    const { user, group } = await inGroup(number);
    const event = message(number, `${number} two`);
    await send(event, app, at(2));
    // As if one from before had been counted after it.
    const place = path("participants", user.id);
    const changes = { set: { lastUpdatedAt: at(1).toISOString(), [place]: undefined } };
    await updateItem(table(), conversationKey(app.id, group.id), changes);
    expect(await send(event, app, at(3))).toBe("repeated");
    expect(await saidIn(group.id)).toEqual([`${number} two`]);
  });

  test("is counted once, though one that came later was counted before it and comes again", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    const [earlier, later] = [message(number, `${number} two`), message(number, `${number} three`)];
    const slow = before(table(), "UpdateItem", async (count) => {
      if (count === 0) expect(await send(later, app, at(2))).toBe("stored");
    });
    expect(await send(earlier, app, at(1), slow)).toBe("stored");
    for (const event of [later, earlier]) expect(await send(event, app, at(3))).toBe("repeated");
    expect(await conversationOf((await behind(number)).owner?.conversationId)).toMatchObject({
      messageCount: 3,
      lastUpdatedAt: at(2).toISOString(),
      clientsSeen: { [(await behind(number)).owner?.clientId ?? ""]: at(2).toISOString() },
    });
  });

  test("of somebody known is three calls, behind whichever id, and two where it was done before", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`, { person: person(one, two) }));
    let seconds = 1;
    const callsOf = async (event: ChannelEvent) => {
      const calls: string[] = [];
      const through = intercept(table(), ({ name }, call) => {
        calls.push(name);
        return call();
      });
      return [await send(event, app, at(seconds++), through), calls.join(" ")];
    };
    const [next, other] = [message(one, `${one} two`), message(two, `${one} three`)];
    expect(await callsOf(next)).toEqual(["stored", "BatchGetItem PutItem UpdateItem"]);
    expect(await callsOf(next)).toEqual(["repeated", "BatchGetItem PutItem"]);
    expect(await callsOf(other)).toEqual(["stored", "BatchGetItem PutItem UpdateItem"]);
    expect(await callsOf(other)).toEqual(["repeated", "BatchGetItem PutItem GetItem"]);
    expect(await callsOf({ kind: "started", person: person(one) })).toEqual(["updated", "BatchGetItem"]);
  });

  test("is done once though each write should be repeated after a lost answer", async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    expect(await send(message(number, `${number} two`), app, at(1), repeating())).toBe("stored");
    const { owner } = await behind(number);
    expect(await conversationOf(owner?.conversationId)).toMatchObject({ messageCount: 2 });
    expect(await saidIn(owner?.conversationId)).toHaveLength(2);
  });
});
