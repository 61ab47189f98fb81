import { beforeAll, describe, expect, test } from "vitest";
import { listConversationsOf, pageConversationIds } from "../../lib/conversations/listConversations.ts";
import { listUnderUser } from "../../lib/db/items/conversationItem.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { transact } from "../../lib/db/transact.ts";
import type { Conversation } from "../../lib/model/conversation.ts";
import type { PageQuery } from "../../lib/model/page.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { appId, markMerged, storeConversation } from "../support/storedConversation.ts";
import { freshId } from "../support/unique.ts";

const now = new Date();
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

describe("a user's conversations", () => {
  const list = (user: User, id: string) => transact(runtime.db, { entry: listUnderUser(appId, user.id, id) });
  /** A user with a first conversation and some more. */
  async function person(more: number, defaultId?: string): Promise<User> {
    const user: User = {
      ...newUser(appId, freshId(), now),
      hasMoreConversations: more > 0,
      ...(defaultId === undefined ? {} : { defaultConversationId: defaultId }),
    };
    for (let index = 0; index < more; index++) await list(user, `${index + 1}`);
    return user;
  }
  const page = async (user: User, query: PageQuery) => {
    const { ids, hasPrevious, hasNext } = await pageConversationIds(runtime, user, query);
    return [ids.join(""), hasPrevious, hasNext];
  };

  test.each<[PageQuery, string, boolean, boolean]>([
    [{ size: 3 }, "012", false, true],
    [{ size: 5 }, "01234", false, false],
    [{ size: 4 }, "0123", false, true],
    [{ size: 9 }, "01234", false, false],
    [{ size: 1 }, "0", false, true],
    [{ size: 2, after: "0" }, "12", true, true],
    [{ size: 2, after: "1" }, "23", true, true],
    [{ size: 2, after: "2" }, "34", true, false],
    [{ size: 2, after: "4" }, "", true, false],
    [{ size: 2, before: "4" }, "23", true, true],
    [{ size: 2, before: "3" }, "12", true, true],
    [{ size: 2, before: "2" }, "01", false, true],
    [{ size: 3, before: "2" }, "01", false, true],
    [{ size: 1, before: "1" }, "0", false, true],
    [{ size: 2, before: "0" }, "", false, true],
  ])(
    "are listed with the first before the others: %j is %s, with more before: %j, after: %j",
    async (query, ...expected) => {
      expect(await page(await person(4, "0"), query)).toEqual(expected);
    },
  );

  test.each<[PageQuery, string | undefined, string, boolean, boolean]>([
    [{ size: 2 }, "0", "0", false, false],
    [{ size: 2, after: "0" }, "0", "", true, false],
    [{ size: 2, before: "0" }, "0", "", false, true],
    [{ size: 2, before: "1" }, "0", "0", false, true],
    [{ size: 2 }, undefined, "", false, false],
  ])("are at most one where there are no more: %j from %j is %j, %j, %j", async (query, defaultId, ...expected) => {
    expect(await page(await person(0, defaultId), query)).toEqual(expected);
  });

  test("need no reading to be listed where there is but one", async () => {
    const unread = intercept(runtime.db, async ({ name }, send) => {
      if (name === "Query") throw new Error("read");
      return send();
    });
    const ids = async (user: User, query: PageQuery) => (await pageConversationIds({ db: unread }, user, query)).ids;
    expect(await ids(await person(0, "0"), { size: 2 })).toEqual(["0"]);
    expect(await ids(await person(2, "0"), { size: 2, before: "0" })).toEqual([]);
  });

  test("need no first one", async () => {
    expect(await page(await person(2), { size: 3 })).toEqual(["12", false, false]);
    expect(await page(await person(2), { size: 1 })).toEqual(["1", false, true]);
  });

  test("are read ten at a time from an offset on, as far as they exist", async () => {
    const { db } = runtime;
    const first = await storeConversation(db);
    const user: User = { ...(await person(0, first.id)), hasMoreConversations: true };
    const others: Conversation[] = [];
    for (let index = 0; index < 11; index++) {
      const other = await storeConversation(db);
      others.push(other);
      await list(user, other.id);
    }
    const ids = async (offset?: number) => {
      const { conversations, hasMore } = await listConversationsOf(
        runtime,
        user,
        offset === undefined ? undefined : { offset },
      );
      return [conversations.map(({ id }) => id), hasMore];
    };
    const all = [first, ...others].map(({ id }) => id);
    expect(await ids()).toEqual([all.slice(0, 10), true]);
    expect(await ids(10)).toEqual([all.slice(10), false]);
    // The conversation that was already read is not read again.
    const alreadyRead = { ...first, displayName: "Known" };
    expect((await listConversationsOf(runtime, user, { alreadyRead })).conversations[0]).toMatchObject({
      displayName: "Known",
    });
    await markMerged(db, others[0] as Conversation);
    expect(await ids()).toEqual([[all[0], ...all.slice(2, 11)], true]);
  });
});
