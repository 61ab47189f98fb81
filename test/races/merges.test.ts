import { beforeAll, describe, expect, test } from "vitest";
import { findOpenConversation } from "../../lib/conversations/findConversation.ts";
import type { Db } from "../../lib/db/db.ts";
import { conversationEntryPrefix, userKey } from "../../lib/db/keys.ts";
import { queryItems } from "../../lib/db/readItems.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import type { User } from "../../lib/model/user.ts";
import { findUserById, followRedirects, readAddress } from "../../lib/users/findUser.ts";
import { finishPendingMoves } from "../../lib/users/merge/finishPendingMoves.ts";
import { mergeUsers } from "../../lib/users/merge/mergeUsers.ts";
import { intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { participant, storeConversation } from "../support/storedConversation.ts";
import { app, storeUser } from "../support/storedUsers.ts";
import { listUnder } from "../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

/** Runs what uses a table side by side: one call at a time reaches it, and the seed says of which process the next one is. */
async function interleaved(seed: number, ...processes: readonly ((through: Db) => Promise<unknown>)[]): Promise<void> {
  const waiting: (() => Promise<void>)[] = [];
  const inTurn = <T>(call: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.push(() => call().then(resolve, reject));
    });
  const one = intercept(db, (_, send) => inTurn(send));
  let running = processes.length;
  const all = Promise.all(
    processes.map((process) =>
      process(one).finally(() => {
        running--;
      }),
    ),
  );
  for (let random = seed; running > 0; ) {
    // Until then, every process goes on to its next call.
    await new Promise(setImmediate);
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    await waiting.splice((random >>> 8) % waiting.length, 1)[0]?.();
  }
  await all;
}

const newPerson = async (fields: Partial<User> = {}): Promise<string> => (await storeUser(db, fields)).user.id;

/** Stores a group in which the user takes part, beside others. */
async function groupOf(userId: string): Promise<string> {
  const members = [userId, "other"].map((id) => participant(id, { clientAssociations: [] }));
  const group = await storeConversation(db, members, { type: "sdkGroup", isDefault: false });
  await listUnder(db, userId, group);
  return group.id;
}

/** Merges the user that the second has become into the one that the first has become, if they are two. */
const merging = (survivorId: string, discardedId: string) => async (through: Db) => {
  const runtime = { db: through };
  const find = async (id: string) => followRedirects(runtime, app.id, await readAddress(runtime, app.id, id));
  // Not by `retryOnConflict`, of which the pauses are of random length.
  for (;;) {
    const [survivor, discarded] = [await find(survivorId), await find(discardedId)];
    if (!survivor || !discarded || survivor.user.id === discarded.user.id) return;
    if ((await mergeUsers(runtime, app, { survivor, discarded, reason: "api" })) !== conflict) return;
  }
};

describe("merges in a row, however their steps fall together,", () => {
  test.each(Array.from({ length: 30 }, (_, index) => index + 1))(
    "leave the last one in every group of the first: %i",
    async (seed) => {
      const last = await newPerson({ externalId: "last" });
      const [third, second] = [await newPerson(), await newPerson()];
      const first = await newPerson({ hasMoreConversations: true });
      const groups = [await groupOf(first), await groupOf(first)];
      await interleaved(seed, merging(second, first), merging(third, second), merging(last, third));
      const storedUser = await findUserById({ db }, app.id, last);
      if (storedUser) await finishPendingMoves({ db }, app, storedUser);
      const listed = async (userId: string) =>
        (
          await queryItems(db, { partition: userKey(app.id, userId).pk, prefix: conversationEntryPrefix, limit: 9 })
        ).items.map(({ id }) => id);
      expect((await listed(last)).sort()).toEqual(groups.sort());
      for (const gone of [first, second, third]) expect(await listed(gone)).toEqual([]);
      for (const id of groups)
        expect(
          (await findOpenConversation({ db }, app.id, id))?.participants.map(({ userId }) => userId).sort(),
        ).toEqual([last, "other"].sort());
    },
  );
});
