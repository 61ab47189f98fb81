import { describe, expect, test } from "vitest";
import { putItem } from "../../../lib/db/writeItems.ts";
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

const { table, send, behind, conversationOf, messageIn, saidIn } = receivingChannel();

describe("what an event asks for", () => {
  test("leads a further id to the same person", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    expect(await send(message(one, `${one} two`, { person: person(one, two) }))).toBe("stored");
    expect((await behind(two)).owner?.userId).toBe(addressOf(one));
    expect(await send(message(two, `${one} three`, { person: person(two, one) }))).toBe("stored");
    expect(await saidIn((await behind(one)).owner?.conversationId)).toHaveLength(3);
    const three = freshNumber();
    expect(await send(message(two, `${one} four`, { person: person(two, three) }))).toBe("stored");
    expect((await behind(three)).owner?.userId).toBe(addressOf(one));
  });

  test.each<[string, string | undefined, string | undefined, number, number]>([
    ["who was there first", undefined, undefined, 0, 0],
    ["who was there first", undefined, undefined, 1, 0],
    ["who has an externalId", undefined, "ada", 1, 1],
    ["who has an externalId", undefined, "eve", 0, 1],
    ["who has an externalId", "bob", undefined, 0, 0],
    ["who has an externalId", "zoe", undefined, 1, 0],
  ])("makes two users one who turn out to be one person: %s stays", async (_, ...people) => {
    const [first, second, writer, survivor] = people;
    const numbers = [freshNumber(), freshNumber()] as const;
    for (const [index, externalId] of [first, second].entries()) {
      const number = numbers[index as 0 | 1];
      await send(message(number, `${number} one`), app, at(index));
      const { user } = await behind(number);
      if (user && externalId) await putItem(table(), userItemAt({ ...user, externalId }, "1"));
    }
    const [writes, also] = writer === 0 ? numbers : [numbers[1], numbers[0]];
    expect(await send(message(writes, `${writes} two`, { person: person(writes, also) }), app, at(5))).toBe("stored");
    for (const number of numbers) {
      const { user, owner } = await behind(number);
      expect(user?.id).toBe(addressOf(numbers[survivor as 0 | 1]));
      expect(user?.clients).toHaveLength(1);
      expect(await conversationOf(owner?.conversationId)).toMatchObject({ messageCount: 3 });
    }
  });

  test("leaves two two who each have an externalId", async () => {
    const numbers = [freshNumber(), freshNumber()];
    for (const number of numbers) {
      await send(message(number, `${number} one`));
      const { user } = await behind(number);
      if (user) await putItem(table(), userItemAt({ ...user, externalId: number }, "1"));
    }
    const [one = "", two = ""] = numbers;
    expect(await send(message(one, `${one} two`, { person: person(one, two) }))).toBe("stored");
    for (const number of numbers) expect((await behind(number)).user?.id).toBe(addressOf(number));
    expect(await conversationOf((await behind(one)).owner?.conversationId)).toMatchObject({ messageCount: 2 });
  });

  test("is said under the person's own name, also with an id that is new", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    const { user, owner } = await behind(one);
    if (user) await putItem(table(), userItemAt({ ...user, profile: { givenName: "Ada" } }, "1"));
    const told = { ...person(one, two), displayName: "on channel" };
    expect(await send(message(one, `${one} two`, { person: told }), app, at(1))).toBe("stored");
    const id = messageIdOf(`${one} two`);
    expect((await messageIn(owner?.conversationId, id))?.author).toMatchObject({ displayName: "Ada" });
  });
});
