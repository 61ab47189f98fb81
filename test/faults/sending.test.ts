import { afterAll, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { messageKey } from "../../lib/db/keys.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { say } from "../support/business.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { startProxy } from "../support/startProxy.ts";
import { startSendingServer, telegramAnswer, telegramTexts } from "../support/startSendingServer.ts";

const proxy = await startProxy(engineEndpoint());
afterAll(proxy.close);
const sending = await startSendingServer({ endpoint: proxy.endpoint });
const { server, provider, publishTasks, work, sentIn, newChat } = sending;
provider.answer((_, index) => telegramAnswer(index + 1));

/** Posts a message to a person on a channel, whose task waits. */
async function waiting(text: string) {
  const app = await server.newApp();
  const chat = await newChat(app);
  await say(app, chat.conversationId, text);
  await publishTasks();
  const before = provider.received.length;
  return {
    sent: () => sentIn(app, chat.conversationId),
    texts: () => telegramTexts(provider.received.slice(before)),
  };
}

describe("a Lambda that ends", () => {
  test("between a request and its record has the request made again by the next one", async () => {
    const { sent, texts } = await waiting("Hello");
    proxy.fault({ kind: "refuse", action: "UpdateItem" });
    expect(await work()).toMatchObject([{ done: false }]);
    expect(await sent()).toEqual([]);
    proxy.fault(undefined);
    expect(await work()).toMatchObject([{ done: true }]);
    expect(texts()).toEqual(["Hello", "Hello"]);
    expect(await sent()).toMatchObject([{ answered: 1, outcome: { kind: "accepted" } }]);
  });

  test("after it recorded a request, unheard, has nothing sent again", async () => {
    const { sent, texts } = await waiting("Hello");
    proxy.fault({ kind: "reset after", action: "UpdateItem" });
    expect(await work()).toMatchObject([{ done: false }]);
    proxy.fault(undefined);
    expect(await work()).toMatchObject([{ done: true }]);
    expect(texts()).toEqual(["Hello"]);
    expect(await sent()).toMatchObject([{ outcome: { kind: "accepted" } }]);
  });
});

describe("a table that fails", () => {
  test.each(["refuse", "throttle", "fail", "reset after"] as const)(
    "at any call (%s) holds the message, which is sent once the table answers",
    async (kind) => {
      const undisturbed = await waiting("Hello");
      proxy.reset();
      expect(await work()).toMatchObject([{ done: true }]);
      const calls = proxy.calls.length;
      expect(undisturbed.texts()).toEqual(["Hello"]);
      for (let after = 0; after < calls; after++) {
        const { sent, texts } = await waiting(`Hello ${after}`);
        proxy.fault({ kind, after });
        const [first] = await work().finally(() => proxy.fault(undefined));
        if (!first?.done) {
          expect(first?.held).toBeGreaterThanOrEqual(2);
          expect(await work()).toMatchObject([{ done: true }]);
        }
        expect(new Set(texts())).toEqual(new Set([`Hello ${after}`]));
        expect(await sent()).toMatchObject([{ outcome: { kind: "accepted" } }]);
      }
    },
  );
});

describe("a task that cannot be done by a fault of ours", () => {
  test("is buried after it was handed out three times", async () => {
    const { texts } = await waiting("Hello");
    const [one] = sending.waiting;
    if (one?.task.kind !== "message") throw new Error("There is no task.");
    const { id, appId, conversationId, messageId } = one.task;
    const db = openDb(server.tableName, server.endpoint);
    await updateItem(db, messageKey(appId, conversationId, messageId), { set: { content: "{" } });
    expect((await work()).map(({ done }) => done)).toEqual([false]);
    expect((await work()).map(({ done }) => done)).toEqual([false]);
    expect((await work()).map(({ done }) => done)).toEqual([true]);
    expect(sending.buried()).toMatchObject([{ id }]);
    expect(texts()).toEqual([]);
  });
});
