import { beforeAll, describe, expect, test } from "vitest";
import { type Db, openDb } from "../../../lib/db/db.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { readNamedRecords } from "../../../lib/events/payload/namedRecords.ts";
import type { Conversation } from "../../../lib/model/conversation.ts";
import type { AppEvent, EventDetail } from "../../../lib/model/events/event.ts";
import { engineEndpoint } from "../../support/engineEndpoint.ts";
import { newTable } from "../../support/newTable.ts";
import { startProxy } from "../../support/startProxy.ts";
import { appId, markMerged, participant, storeConversation } from "../../support/storedConversation.ts";
import { storeUser } from "../../support/storedUsers.ts";
import { freshId } from "../../support/unique.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = new Date().toISOString();
const eventOf = (detail: EventDetail, conversationId?: string): AppEvent => ({
  id: freshId(),
  appId,
  createdAt: at,
  conversationId,
  detail,
});
const message = (conversationId: string, userId?: string) =>
  eventOf(
    {
      type: "conversation:message",
      message: {
        id: freshId(),
        received: at,
        author: userId === undefined ? { type: "business" } : { type: "user", userId },
        content: { type: "text", text: "Hello" },
        source: { type: "api:conversations" },
      },
    },
    conversationId,
  );
const read = (events: readonly AppEvent[], all = events, through = db) =>
  readNamedRecords({ db: through }, events, all);

describe("the records that events name", () => {
  test("are read each once, a hundred in a call", async () => {
    const { user } = await storeUser(db);
    const conversations: Conversation[] = [];
    for (let count = 0; count < 150; count++) conversations.push(await storeConversation(db, [participant(user.id)]));
    const proxy = await startProxy(engineEndpoint());
    const named = await read(
      conversations.flatMap(({ id }) => [message(id, user.id), message(id, user.id)]),
      [],
      openDb(db.tableName, proxy.endpoint),
    );
    expect(proxy.calls).toEqual(["BatchGetItem", "BatchGetItem"]);
    expect(conversations.filter(({ id }) => named.conversation(appId, id)?.kind !== "open")).toEqual([]);
    expect(named.user(appId, user.id)).toMatchObject({ id: user.id });
  });

  test("are none for events that hold all that they show", async () => {
    const proxy = await startProxy(engineEndpoint());
    const { user } = await storeUser(db);
    const conversation = await storeConversation(db);
    const events = [
      eventOf({ type: "user:remove", user }),
      eventOf({ type: "conversation:remove", conversation }, conversation.id),
    ];
    await read(events, events, openDb(db.tableName, proxy.endpoint));
    expect(proxy.calls).toEqual([]);
  });

  test("are of the event's app alone", async () => {
    const { user } = await storeUser(db);
    const { id } = await storeConversation(db);
    const named = await read([message(id, user.id)]);
    expect(named.user("b".repeat(24), user.id)).toBeUndefined();
    expect(named.conversation("b".repeat(24), id)).toBeUndefined();
  });

  test("are not there for a user that was merged or deleted", async () => {
    const [merged, deleted] = [freshId(), freshId()];
    await putItem(db, redirectItem(appId, merged, { userId: freshId() }));
    const named = await read([message(freshId(), merged), message(freshId(), deleted)]);
    expect([merged, deleted].map((id) => named.user(appId, id))).toEqual([undefined, undefined]);
  });

  test("are the last that an event of the batch tells, for a conversation that is gone", async () => {
    const [merged, gone] = [await storeConversation(db), await storeConversation(db)];
    await markMerged(db, merged);
    const events = [message(merged.id), message(freshId())];
    const remove = eventOf({ type: "conversation:remove", conversation: gone }, gone.id);
    const alone = await read(events);
    expect(alone.conversation(appId, merged.id)).toMatchObject({ kind: "merged" });
    expect(alone.conversation(appId, events[1]?.conversationId ?? "")).toBeUndefined();
    const told = await read(events, [...events, remove]);
    expect(told.conversation(appId, gone.id)).toEqual({ kind: "gone", conversation: gone });
  });
});
