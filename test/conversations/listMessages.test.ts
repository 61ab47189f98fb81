import { beforeAll, describe, expect, test } from "vitest";
import { deleteMessage } from "../../lib/conversations/deleteMessages.ts";
import { findMessage, listLatestMessages, listMessages } from "../../lib/conversations/listMessages.ts";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import type { Conversation } from "../../lib/model/conversation.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app, idsOf, newMessage, retaining, storeEmpty, storeMessages } from "../support/storedMessages.ts";
import { freshId } from "../support/unique.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

describe("what is said in a conversation", () => {
  const stored = (conversation: Conversation, times: readonly number[], of = app) =>
    storeMessages(runtime.db, conversation, times, of);

  test("is in pages of a hundred in the order of receipt, both ways from a message", async () => {
    const group = await storeEmpty(runtime.db);
    const all = idsOf(
      await stored(
        group,
        Array.from({ length: 230 }, (_, index) => Math.floor(index / 2)),
      ),
    );
    const page = async (query: Parameters<typeof listMessages>[2]) => {
      const found = await listMessages(runtime, group, query);
      return found && [idsOf(found.records), found.hasPrevious, found.hasNext];
    };
    expect(await page({})).toEqual([all.slice(130), true, false]);
    expect(await page({ before: all[130] })).toEqual([all.slice(30, 130), true, true]);
    expect(await page({ before: all[30] })).toEqual([all.slice(0, 30), false, true]);
    expect(await page({ before: all[100] })).toEqual([all.slice(0, 100), false, true]);
    expect(await page({ after: all[29] })).toEqual([all.slice(30, 130), true, true]);
    expect(await page({ after: all[129] })).toEqual([all.slice(130), true, false]);
    expect(await page({ after: all[229] })).toEqual([[], true, false]);
    expect(await page({ after: freshId() })).toBeUndefined();
    expect(await page({ before: freshId() })).toBeUndefined();
  });

  test("is in whole milliseconds for an SDK, whose cursors are times", async () => {
    const group = await storeEmpty(runtime.db);
    // The hundredth from the end and the three before it are of one time.
    const times = Array.from({ length: 150 }, (_, index) =>
      index >= 47 && index < 51 ? 50 : index < 47 ? index : index + 10,
    );
    const all = idsOf(await stored(group, times));
    const page = async (bounds?: Parameters<typeof listLatestMessages>[2]) => {
      const found = await listLatestMessages(runtime, group, bounds);
      return [idsOf(found.messages), found.hasPrevious, found.hasNext];
    };
    const at = (time: number) => new Date(time);
    expect(await page()).toEqual([all.slice(47), true, false]);
    expect(await page({ before: at(50) })).toEqual([all.slice(0, 47), false, true]);
    expect(await page({ before: at(159) })).toEqual([all.slice(47, 149), true, true]);
    expect(await page({ after: at(50) })).toEqual([all.slice(51), true, false]);
    expect(await page({ after: at(0) })).toEqual([all.slice(1, 101), true, true]);
    expect(await page({ after: at(46) })).toEqual([all.slice(47, 147), true, true]);
    expect(await page({ after: at(999) })).toEqual([[], true, false]);
  });

  test("is not shown, found or deleted once its time is up, though it stands there still", async () => {
    const group = await storeEmpty(runtime.db);
    const old = await stored(
      group,
      Array.from({ length: 120 }, (_, index) => index),
      retaining(60),
    );
    const latest = (bounds?: Parameters<typeof listLatestMessages>[2]) => listLatestMessages(runtime, group, bounds);
    expect((await latest()).messages).toEqual([]);
    expect(await latest({ after: new Date(0) })).toMatchObject({ messages: [], hasNext: false });
    const [now] = await stored(group, [Date.now()], retaining(60));
    expect(idsOf((await latest()).messages)).toEqual([now?.id]);
    expect(await latest()).toMatchObject({ hasPrevious: false });
    // The page of what is over is passed by on the way to what is not.
    expect(idsOf((await latest({ after: new Date(1) })).messages)).toEqual([now?.id]);
    expect(await findMessage(runtime, group, old[0]?.id ?? "")).toBeUndefined();
    expect(await deleteMessage(runtime, group, old[0]?.id ?? "")).toBe(false);
    expect(await findMessage(runtime, group, now?.id ?? "")).toEqual(now);
  });

  test("is of the person who is in a personal conversation now, and in a group of who said it", async () => {
    const [personal, group] = [
      await storeEmpty(runtime.db, "personal", undefined, ["1"]),
      await storeEmpty(runtime.db),
    ];
    const author = { type: "user", userId: "merged" } as const;
    const said = newMessage(new Date(), { author });
    const business = newMessage(new Date(), { author: { type: "business", userId: "agent" } });
    for (const { id } of [personal, group])
      for (const one of [said, business]) await putItem(runtime.db, messageItem(app, id, one));
    expect((await findMessage(runtime, personal, said.id))?.author).toEqual({ ...author, userId: "1".repeat(24) });
    expect((await findMessage(runtime, personal, business.id))?.author).toEqual(business.author);
    expect((await findMessage(runtime, group, said.id))?.author).toEqual(author);
    expect((await listLatestMessages(runtime, personal)).messages.map((one) => one.author.userId)).toEqual([
      "1".repeat(24),
      "agent",
    ]);
  });
});
