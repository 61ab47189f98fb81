import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { conversationItem, enterConversation, findOpen } from "../../lib/store/conversationItem.ts";
import { conversationEntryPrefix, userKey } from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import type { Table } from "../../lib/store/table.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

/** Runs what uses a table side by side: one call at a time reaches it, whose is next follows from the seed. */
async function interleaved(seed: number, ...processes: readonly ((table: Table) => Promise<unknown>)[]): Promise<void> {
  const waiting: (() => Promise<void>)[] = [];
  const inTurn = <T>(call: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.push(() => call().then(resolve, reject));
    });
  const one: Table = {
    ...table,
    get: (key) => inTurn(() => table.get(key)),
    getAll: (keys) => inTurn(() => table.getAll(keys)),
    query: (range) => inTurn(() => table.query(range)),
    transact: (operations) => inTurn(() => table.transact(operations)),
  };
  let running = processes.length;
  const all = Promise.all(
    processes.map((process) =>
      process(one).finally(() => {
        running--;
      }),
    ),
  );
  for (let random = seed; running > 0; ) {
    // Until then, everybody goes on to the next call.
    await new Promise(setImmediate);
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    await waiting.splice((random >>> 8) % waiting.length, 1)[0]?.();
  }
  await all;
}

async function person(fields: Partial<User> = {}): Promise<string> {
  const user: User = { ...newUser(app.id, freshId(), new Date()), ...fields };
  await table.put(userItemAt(user, "1"));
  return user.id;
}

/** A group in which the user is, beside others. */
async function groupOf(userId: string): Promise<string> {
  const members = [userId, "other"].map((id) => newParticipant(freshId(), { id }, []));
  const group = newConversation(app.id, freshId(), new Date(), { type: "sdkGroup", isDefault: false }, members);
  await table.put(conversationItem(group));
  await table.transact([enterConversation(app.id, userId, group.id)]);
  return group.id;
}

/** Merges whoever the second has become into whoever the first has become, if they are two. */
const merging = (survivorId: string, discardedId: string) => async (through: Table) => {
  const users = userStore(through);
  for (;;) {
    const survivor = await users.follow(app.id, await users.find(app.id, survivorId));
    const discarded = await users.follow(app.id, await users.find(app.id, discardedId));
    if (!survivor || !discarded || survivor.user.id === discarded.user.id) return;
    if (await mergeStore(through).merge(app, survivor, discarded, (user) => user)) return;
  }
};

describe("merges in a row, however their steps fall together,", () => {
  test.each(Array.from({ length: 30 }, (_, index) => index + 1))(
    "leave the last one in every group of the first: %i",
    async (seed) => {
      const last = await person({ externalId: "last" });
      const [third, second] = [await person(), await person()];
      const first = await person({ hasMoreConversations: true });
      const groups = [await groupOf(first), await groupOf(first)];
      await interleaved(seed, merging(second, first), merging(third, second), merging(last, third));
      const known = await userStore(table).findById(app.id, last);
      if (known) await mergeStore(table).settle(app, known);
      const listed = async (userId: string) =>
        (
          await table.query({ partition: userKey(app.id, userId).pk, prefix: conversationEntryPrefix, limit: 9 })
        ).items.map(({ id }) => id);
      expect((await listed(last)).sort()).toEqual(groups.sort());
      for (const gone of [first, second, third]) expect(await listed(gone)).toEqual([]);
      for (const id of groups)
        expect((await findOpen(table, app.id, id))?.participants.map(({ userId }) => userId).sort()).toEqual(
          [last, "other"].sort(),
        );
    },
  );
});
