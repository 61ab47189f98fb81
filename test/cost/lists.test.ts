import { beforeAll, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { conversationItem, listUnderUser } from "../../lib/db/items/conversationItem.ts";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import { conversationKey, userKey } from "../../lib/db/keys.ts";
import { type Operation, transact } from "../../lib/db/transact.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { defaultSettings } from "../../lib/model/app.ts";
import { newConversation } from "../../lib/model/conversation.ts";
import { newGroup, newIntegration, newPersonal } from "../support/business.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { type Guest, newDevice, newGuest } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const db = openDb(server.tableName, engineEndpoint());

/** What a list costs that is answered with so many records. */
async function costOf(name: string, length: number, list: () => Promise<{ readonly body: unknown }>) {
  // From here on key and app are remembered.
  await app.api.get(`/v2/apps/${app.id}/users/nobody`);
  proxy.reset();
  const answer = await list();
  expect(answer.body).toHaveProperty([name, "length"], length);
  return { calls: [...proxy.calls], ...proxy.units };
}

/** Puts items as they would have come to be, many at once. */
async function seed(operations: readonly Operation[]): Promise<void> {
  for (let at = 0; at < operations.length; at += 100)
    await transact(db, { operations: operations.slice(at, at + 100) });
}
const idOf = (index: number) => index.toString(16).padStart(24, "f");

describe("the cost of a list of conversations", () => {
  const url = (userId: string, query = "") =>
    app.api.get(`/v2/apps/${app.id}/conversations?filter[userId]=${userId}${query}`);
  let userId: string;
  beforeAll(async () => {
    const { user, conversationId } = await newPersonal(app);
    userId = user.id;
    await updateItem(db, userKey(app.id, userId), { set: { hasMoreConversations: true } });
    const participant = { id: conversationId, userId, unreadCount: 0, clientAssociations: [] };
    await seed(
      Array.from({ length: 1_000 }, (_, index) => idOf(index)).flatMap((id) => [
        {
          put: conversationItem(
            newConversation(app.id, id, new Date(), {
              type: "personal",
              isDefault: false,
              participants: [participant],
            }),
          ),
        },
        listUnderUser(app.id, userId, id),
      ]),
    );
  });

  test("of a thousand is its page: the user, the entries and the conversations of the page", async () => {
    const cost = await costOf("conversations", 25, () => url(userId));
    expect(cost).toMatchObject({ calls: ["GetItem", "Query", "BatchGetItem"], write: 0 });
    // A conversation is a unit; the entries of a page are a few kB together.
    expect(cost.read).toBeLessThanOrEqual(1 + 2 + 25);
  });

  test.each(["after", "before"])("of a thousand is no more in the middle, going %s", async (direction) => {
    const cost = await costOf("conversations", 25, () => url(userId, `&page[${direction}]=${idOf(500)}`));
    expect(cost).toMatchObject({ calls: ["GetItem", "Query", "BatchGetItem"], write: 0 });
    expect(cost.read).toBeLessThanOrEqual(1 + 2 + 25);
  });

  test("of a person with one conversation is the user and the conversation", async () => {
    const { user } = await newPersonal(app);
    const cost = await costOf("conversations", 1, () => url(user.id));
    expect(cost).toEqual({ calls: ["GetItem", "GetItem"], write: 0, read: 2 });
  });
});

describe("the cost of a list of participants", () => {
  test("is one read", async () => {
    const { conversationId } = await newGroup(app, 10);
    const cost = await costOf("participants", 10, () =>
      app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}/participants`),
    );
    expect(cost).toEqual({ calls: ["GetItem"], write: 0, read: 1 });
  });
});

describe("the cost of a list of messages", () => {
  let person: Guest;
  let path: string;
  beforeAll(async () => {
    person = await newGuest(newDevice(server, app, await newIntegration(app)));
    path = `/v2/apps/${app.id}/conversations/${person.conversationId}/messages`;
    const settings = { id: app.id, displayName: "", settings: defaultSettings, metadata: {}, salt: "" };
    const start = Date.now();
    await seed(
      Array.from({ length: 3_000 }, (_, index) => ({
        put: messageItem(settings, person.conversationId, {
          id: idOf(index),
          received: new Date(start + index).toISOString(),
          author: { type: "business" },
          content: { type: "text", text: `message ${index}` },
          source: { type: "api:conversations" },
        }),
      })),
    );
    await updateItem(db, conversationKey(app.id, person.conversationId), { set: { messageCount: 3_000 } });
  });

  // A hundred messages of some 400 bytes are ten units, or thereabouts; the whole history would be three hundred.
  const page = 1 + 1 + 14;

  test.each(["", `?page[before]=${idOf(1_500)}`, `?page[after]=${idOf(1_500)}`])(
    "of thousands is its page, with the query %j",
    async (query) => {
      const cost = await costOf("messages", 100, () => app.api.get(path + query));
      expect(cost).toMatchObject({
        calls: query === "" ? ["GetItem", "Query"] : ["GetItem", "GetItem", "Query"],
        write: 0,
      });
      expect(cost.read).toBeLessThanOrEqual(page);
    },
  );

  test.each(["", "/messages"])("of thousands is its page when an SDK polls %j", async (suffix) => {
    const cost = await costOf("messages", 100, () => person.get(`/conversations/${person.conversationId}${suffix}`));
    expect(cost).toMatchObject({ calls: ["GetItem", "GetItem", "Query"], write: 0 });
    expect(cost.read).toBeLessThanOrEqual(page + 1);
  });
});
