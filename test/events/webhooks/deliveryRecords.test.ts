import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { deletedUserItem, redirectItem } from "../../../lib/db/items/userItem.ts";
import { deliveryBodyPrefix, userKey } from "../../../lib/db/keys.ts";
import { queryItems } from "../../../lib/db/readItems.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { deliverBatch } from "../../../lib/events/webhooks/deliverBatch.ts";
import { followUsers } from "../../../lib/events/webhooks/deliveryBodies.ts";
import { findDelivery, listDeliveries } from "../../../lib/events/webhooks/deliveryRecords.ts";
import { replayDelivery } from "../../../lib/events/webhooks/replayDelivery.ts";
import type { AppEvent } from "../../../lib/model/events/event.ts";
import type { Webhook } from "../../../lib/model/events/webhook.ts";
import { intercept } from "../../support/intercept.ts";
import { newTable } from "../../support/newTable.ts";
import { startReceiver } from "../../support/startReceiver.ts";
import { newDeliveryStage, text } from "./deliveryStage.ts";

const db = await newTable();
const receiver = await startReceiver();
afterAll(receiver.close);
beforeEach(() => receiver.answer({ body: `heard: ${text}` }));

async function newStage() {
  const stage = newDeliveryStage(db);
  const [webhook, other] = await stage.webhooks(receiver.url, receiver.url);
  if (!webhook || !other) throw new Error("There are no webhooks.");
  return { stage, webhook, other, addressee: { appId: stage.appId, webhookId: webhook.id } };
}
type Stage = Awaited<ReturnType<typeof newStage>>;

const hour = 60 * 60 * 1000;
const ago = (stage: Stage["stage"], milliseconds: number) =>
  new Date(stage.now().getTime() - milliseconds).toISOString();

/** Reads the partition of a user as it is, of bodies alone. */
const bodiesOf = async (appId: string, userId: string) =>
  (await queryItems(db, { partition: userKey(appId, userId).pk, prefix: deliveryBodyPrefix, limit: 100 })).items;

const removal = ({ appId }: Stage["stage"], userId: string) =>
  ({ appId, detail: { type: "user:remove", user: { id: userId } } }) as AppEvent;
const merge = ({ appId }: Stage["stage"], discardedId: string, survivorId: string) =>
  ({
    appId,
    detail: { type: "user:merge", discarded: { id: discardedId }, merge: { reason: "sdkLogin", survivorId } },
  }) as AppEvent;

/** Lists the ids of all deliveries, page by page. */
async function pagesOf({ stage, addressee }: Stage, size: number): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = [];
  for (let after: string | undefined; ; after = pages.at(-1)?.at(-1)) {
    const page = await listDeliveries(db, addressee, { size, ...(after ? { after } : {}) }, stage.now());
    expect(page.hasPrevious).toBe(after !== undefined);
    pages.push(page.records.map(({ id }) => id));
    if (!page.hasNext) return pages;
  }
}

describe("a webhook's deliveries", () => {
  test("are listed newest first over all seven days, in pages of any size, and back again", async () => {
    const made = await newStage();
    const { stage, webhook, other, addressee } = made;
    const ages = [0, 1, 2, 5, 7, 30, 31, 90, 150, 166].map((hours) => hours * hour);
    // In one batch, and in no order.
    await stage.deliver(
      ...ages
        .toReversed()
        .map((age) => stage.delivery(webhook, { createdAt: ago(stage, age), orderedBy: String(age) })),
      stage.delivery(other),
    );
    const all = (await stage.records(webhook)).map(({ id }) => id);
    expect((await stage.records(webhook)).map(({ event }) => event.createdAt)).toEqual(
      ages.map((age) => ago(stage, age)),
    );
    for (const size of [1, 3, 5, 10, 11]) {
      const pages = await pagesOf(made, size);
      expect(pages.flat()).toEqual(all);
      expect(pages.slice(0, -1).every(({ length }) => length === size)).toBe(true);
    }
    const before = await listDeliveries(db, addressee, { size: 4, before: all[7] ?? "" }, stage.now());
    expect(before).toMatchObject({ hasNext: true, hasPrevious: true });
    expect(before.records.map(({ id }) => id)).toEqual(all.slice(3, 7));
    const first = await listDeliveries(db, addressee, { size: 10, before: all[2] ?? "" }, stage.now());
    expect(first).toMatchObject({ hasPrevious: false });
    expect(first.records.map(({ id }) => id)).toEqual(all.slice(0, 2));
  });

  test("are gone after seven days", async () => {
    const { stage, webhook, addressee } = await newStage();
    await stage.deliver(stage.delivery(webhook));
    const [record] = await stage.records(webhook);
    stage.pass(7 * 24 * 60 * 60 + 1);
    expect(await stage.records(webhook)).toEqual([]);
    expect(await findDelivery(db, addressee, record?.id ?? "", stage.now())).toBeUndefined();
  });

  test("of large events end a page early, so that an answer has room for them", async () => {
    const made = await newStage();
    const { stage, webhook } = made;
    const payload = { text: "x".repeat(230_000) };
    await stage.deliver(
      ...Array.from({ length: 30 }, (_, index) => stage.delivery(webhook, { payload, orderedBy: `${index}` })),
    );
    const pages = await pagesOf(made, 30);
    expect(pages.map(({ length }) => length)).toEqual([17, 13]);
  });

  test("are none of a webhook without any, whatever the cursor", async () => {
    const { stage, addressee } = await newStage();
    const now = stage.now();
    for (const query of [{ size: 5 }, { size: 5, after: "0".repeat(24) }, { size: 5, before: "f".repeat(24) }])
      expect((await listDeliveries(db, addressee, query, now)).records).toEqual([]);
  });
});

describe("the body of a delivery", () => {
  test("lies with the first of its users, and nothing of a person in the record", async () => {
    const { stage, webhook } = await newStage();
    const [first, second] = [await stage.user(), await stage.user()];
    await stage.deliver(stage.delivery(webhook, { userIds: [first, second] }));
    expect(await bodiesOf(stage.appId, first)).toHaveLength(1);
    expect(await bodiesOf(stage.appId, second)).toEqual([]);
    const [record] = await stage.records(webhook);
    expect(record).toMatchObject({
      event: { payload: { message: { content: { text } } } },
      delivery: { attempts: [{ answer: `heard: ${text}` }] },
    });
  });

  test("is deleted with its user, also what the target answered; the rest of the record stays", async () => {
    const { stage, webhook } = await newStage();
    const userId = await stage.user();
    await stage.deliver(...Array.from({ length: 30 }, () => stage.delivery(webhook, { userIds: [userId] })));
    expect(await bodiesOf(stage.appId, userId)).toHaveLength(30);
    await putItem(db, vacancyOf(stage, userId));
    // As often as the stream tells it.
    await followUsers(db, [removal(stage, userId)], []);
    await followUsers(db, [removal(stage, userId)], []);
    expect(await bodiesOf(stage.appId, userId)).toEqual([]);
    const records = await stage.records(webhook);
    expect(records).toHaveLength(30);
    expect(records[0]).toMatchObject({ status: "delivered", delivery: { attempts: [{ status: 200 }] } });
    expect(JSON.stringify(records)).not.toContain(text);
  });

  test.each([
    ["", undefined],
    [
      ", also where another user keeps its address",
      { userId: "e".repeat(24), clientId: "f".repeat(24), conversationId: "0".repeat(24) },
    ],
  ])("that is written after its user was deleted is deleted at once%s", async (_, kept) => {
    const { stage, webhook } = await newStage();
    const [userId, otherId] = [await stage.user(), await stage.user()];
    await putItem(db, vacancyOf(stage, userId, kept));
    await stage.deliver(stage.delivery(webhook, { userIds: [userId] }));
    for (const id of [userId, kept?.userId ?? otherId]) expect(await bodiesOf(stage.appId, id)).toEqual([]);
    const [record] = await stage.records(webhook);
    expect(record?.status).toBe("delivered");
    expect(JSON.stringify(record)).not.toContain(text);
  });

  test("is found by the deletion of its user, or finds it, at whichever moment that comes", async () => {
    const { stage, webhook } = await newStage();
    // The calls that a delivery makes of the table: the deletion comes before each of them.
    for (let at = 0; at < 8; at++) {
      const userId = await stage.user();
      let calls = 0;
      const interrupted = intercept(db, async (_, send) => {
        if (calls++ === at) {
          await putItem(db, vacancyOf(stage, userId));
          await followUsers(db, [removal(stage, userId)], []);
        }
        return send();
      });
      const message = { messageId: "m", body: JSON.stringify(stage.delivery(webhook, { userIds: [userId] })) };
      expect(await deliverBatch({ ...stage.runtime, db: interrupted }, [message], () => true)).toEqual([]);
      const isDeleted = calls > at;
      expect([at, await bodiesOf(stage.appId, userId)]).toEqual([at, isDeleted ? [] : [expect.anything()]]);
      if (!isDeleted) return expect(at).toBeGreaterThanOrEqual(5);
    }
    expect.unreachable("a delivery makes fewer calls");
  });

  test("of the removal of a user lies in the record, as there is no user any more", async () => {
    const { stage, webhook } = await newStage();
    const userId = await stage.user();
    await putItem(db, vacancyOf(stage, userId));
    await stage.deliver(
      stage.delivery(webhook, { type: "user:remove", payload: { user: { id: userId } }, userIds: [userId] }),
    );
    expect(await stage.records(webhook)).toMatchObject([{ event: { payload: { user: { id: userId } } } }]);
    expect(await bodiesOf(stage.appId, userId)).toEqual([]);
  });

  test("follows its user into another by a merge, before it was written and after, and is deleted with that one", async () => {
    const { stage, webhook } = await newStage();
    const [discarded, survivor] = [await stage.user(), await stage.user()];
    await stage.deliver(stage.delivery(webhook, { userIds: [discarded] }));
    await putItem(db, redirectItem(stage.appId, discarded, { userId: survivor }));
    await stage.deliver(stage.delivery(webhook, { userIds: [discarded] }));
    await followUsers(db, [merge(stage, discarded, survivor)], []);
    await followUsers(db, [merge(stage, discarded, survivor)], []);
    expect(await bodiesOf(stage.appId, discarded)).toEqual([]);
    expect(await bodiesOf(stage.appId, survivor)).toHaveLength(2);
    expect(JSON.stringify(await stage.records(webhook)).split(`"text":"${text}"`)).toHaveLength(3);
    await followUsers(db, [removal(stage, survivor)], []);
    expect(await bodiesOf(stage.appId, survivor)).toEqual([]);
  });
});

describe("a replay", () => {
  const replay = ({ stage, addressee }: Stage, id: string) =>
    replayDelivery({ db, eventQueue: stage.queue }, addressee, id, stage.now());
  const recordOf = async (stage: Stage["stage"], webhook: Webhook) => {
    const [record] = await stage.records(webhook);
    if (!record) throw new Error("There is no record.");
    return record;
  };

  test("sends a delivery that was taken once more, under the same event id and by new attempts", async () => {
    const made = await newStage();
    const { stage, webhook } = made;
    const delivery = stage.delivery(webhook, { userIds: [await stage.user()] });
    await stage.deliver(delivery);
    const count = receiver.received.length;
    stage.pass(hour / 1000);
    expect(await replay(made, (await recordOf(stage, webhook)).id)).toMatchObject({
      status: "pending",
      delivery: { attempts: [] },
    });
    const [queued] = stage.queue.sent;
    if (!queued) throw new Error("Nothing is queued.");
    expect(queued).toEqual({ ...delivery, id: queued.id, queuedAt: stage.now().toISOString() });
    // The queue would drop what it had a moment ago.
    expect(queued.id).not.toBe(delivery.id);
    expect(await recordOf(stage, webhook)).toMatchObject({ status: "pending", delivery: { attempts: [] } });
    await stage.deliver(queued);
    expect(receiver.received.slice(count).map(({ headers }) => headers["webhook-id"])).toEqual([delivery.event.id]);
    const record = await recordOf(stage, webhook);
    expect(record).toMatchObject({ status: "delivered", delivery: { attempts: [{ status: 200 }] } });
  });

  test("of one that failed has five attempts again", async () => {
    const made = await newStage();
    const { stage, webhook } = made;
    receiver.answer(404);
    await stage.deliver(stage.delivery(webhook));
    receiver.answer(500);
    await replay(made, (await recordOf(stage, webhook)).id);
    await stage.deliver(...stage.queue.sent);
    await stage.drain();
    expect(await recordOf(stage, webhook)).toMatchObject({ status: "failed" });
    expect((await recordOf(stage, webhook)).delivery.attempts).toHaveLength(5);
    expect(stage.queue.buried).toHaveLength(2);
  });

  test("of one whose user was deleted, of another webhook's, or of none is not found", async () => {
    const made = await newStage();
    const { stage, webhook, other } = made;
    const userId = await stage.user();
    await stage.deliver(stage.delivery(webhook, { userIds: [userId] }), stage.delivery(other));
    await putItem(db, vacancyOf(stage, userId));
    await followUsers(db, [removal(stage, userId)], []);
    await expect(replay(made, (await recordOf(stage, webhook)).id)).rejects.toMatchObject({ code: "not_found" });
    await expect(replay(made, (await recordOf(stage, other)).id)).rejects.toMatchObject({ code: "not_found" });
    await expect(replay(made, "0".repeat(24))).rejects.toMatchObject({ code: "not_found" });
    await expect(replay(made, "no id")).rejects.toMatchObject({ code: "not_found" });
    expect(stage.queue.sent).toEqual([]);
  });
});

/** The item that a deletion leaves of a user. */
function vacancyOf({ appId }: Stage["stage"], id: string, owner?: Parameters<typeof deletedUserItem>[1]) {
  return deletedUserItem(
    {
      ...{ appId, id, authenticated: true, signedUpAt: "2026-01-01T00:00:00.000Z", hasMoreConversations: false },
      ...{ profile: {}, metadata: {}, identities: [], clients: [], devices: [] },
    },
    owner,
  );
}
