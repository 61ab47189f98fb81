import { afterAll, describe, expect, test } from "vitest";
import { newPersonal, say } from "../support/business.ts";
import { connect, deliver } from "../support/channelPeople.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { startProxy } from "../support/startProxy.ts";
import { startSendingServer, telegramAnswer } from "../support/startSendingServer.ts";

const proxy = await startProxy(engineEndpoint());
afterAll(proxy.close);
const { server, provider, records, publishThese, publishTasks, work, newChat } = await startSendingServer({
  endpoint: proxy.endpoint,
});
provider.answer((_, index) => telegramAnswer(index + 1));
const app = await server.newApp();
const chat = await newChat(app);

/** Measures what something costs at the engine. */
async function costOf(act: () => Promise<unknown>) {
  proxy.reset();
  await act();
  return { calls: [...proxy.calls], ...proxy.units };
}

describe("a message to a person on a channel costs", () => {
  test("its request no call and no unit more than one that goes nowhere", async () => {
    const { conversationId } = await newPersonal(app);
    await say(app, conversationId, "warm");
    const nowhere = await costOf(() => say(app, conversationId, "Hello"));
    const somewhere = await costOf(() => say(app, chat.conversationId, "Hello"));
    expect(somewhere).toEqual({ ...nowhere, read: somewhere.read });
    await publishTasks();
    await work();
  });

  test("what publishes it one reading for all messages of a batch", async () => {
    await records();
    for (const text of ["one", "two", "three"]) await say(app, chat.conversationId, text);
    const batch = (await records()).filter(({ dynamodb }) => dynamodb?.Keys?.sk?.S?.startsWith("message#"));
    expect(batch).toHaveLength(3);
    const { calls, write } = await costOf(() => publishThese(batch));
    // The webhooks of the app, and whether it is deleted, are read for what changed anyhow; then the conversation.
    expect(calls).toEqual(["GetItem", "GetItem", "GetItem"]);
    expect(write).toBe(0);
    await publishTasks();
    await work();
  });

  test("its sending four readings and a unit, the last to see that the message is still there, and nothing when its task is handed out again", async () => {
    await say(app, chat.conversationId, "Hello");
    const [task] = await publishTasks();
    const { calls, write } = await costOf(work);
    expect(task).toBeDefined();
    expect(calls.filter((call) => call !== "UpdateItem").sort()).toEqual([
      "BatchGetItem",
      "GetItem",
      "GetItem",
      "GetItem",
    ]);
    expect(calls.filter((call) => call === "UpdateItem")).toHaveLength(1);
    expect(write).toBe(1);
  });

  test("where the channel reports, a transaction, and each report three readings and an update", async () => {
    const viber = await connect(app, "viber");
    const { conversationId } = await newChat(app, viber, "viber-person");
    await publishTasks();
    provider.answer(() => ({ body: JSON.stringify({ status: 0, status_message: "ok", message_token: 7007 }) }));
    await say(app, conversationId, "Hello");
    await publishTasks();
    const { calls, write } = await costOf(work);
    expect(calls.sort()).toEqual(["BatchGetItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"]);
    // The record, and the address of the provider's id, twice each.
    expect(write).toBe(4);
    const report = () =>
      deliver(server, viber, { event: "delivered", timestamp: 1767225600000, message_token: 7007, user_id: "p" });
    const first = await costOf(report);
    expect(first).toMatchObject({ calls: ["GetItem", "GetItem", "GetItem", "UpdateItem"], write: 1 });
    expect(await costOf(report)).toMatchObject({ calls: ["GetItem", "GetItem", "GetItem"], write: 0 });
  });
});
