import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal, say } from "../../support/business.ts";
import { connect, write } from "../../support/channelPeople.ts";
import { newDevice } from "../../support/newDevice.ts";
import { bearer } from "../../support/signToken.ts";
import { unique } from "../../support/unique.ts";
import { type Hearing, newHearing } from "../hearing.ts";
import { target } from "../target.ts";

/** What a webhook hears, at any server: from the table's stream through the queues to its receiver. */

const server = target();

/** Lets a person come and write by one of the four ways, and answers why there is a conversation. */
type Way = (hearing: Hearing, text: string) => Promise<string>;

const ways: Readonly<Record<string, Way>> = {
  async "an API call"({ app, client }, text) {
    const externalId = unique("person");
    await client("UsersApi.createUser", app.id, { externalId });
    const { conversation } = await client<{ conversation: { id: string } }>(
      "ConversationsApi.createConversation",
      app.id,
      { type: "personal", participants: [{ userExternalId: externalId }] },
    );
    await client("MessagesApi.postMessage", app.id, conversation.id, {
      author: { type: "user", userExternalId: externalId },
      content: { type: "text", text },
    });
    return "none";
  },
  async "a channel"({ app }, text) {
    expect((await write(server, await connect(app, "telegram"), { text })).status).toBe(200);
    return "message";
  },
  async "createConversation() of a Messaging SDK"({ app }, text) {
    const browser = newDevice(server, app, await newIntegration(app));
    const { conversationId, ...session } = await browser.begin();
    expect((await browser.say(conversationId, text, session)).status).toBe(201);
    return "startConversation";
  },
  async "login() with a token"({ app }, text) {
    const browser = newDevice(server, app, await newIntegration(app));
    const externalId = unique("someone");
    const { body } = await browser.login(externalId);
    const as = bearer(app, externalId);
    const started = await browser.call<{ conversation: { _id: string } }>(
      "POST",
      `/appusers/${body.appUser._id}/conversations`,
      { body: { client: browser.client, type: "personal" }, as },
    );
    expect((await browser.say(started.body.conversation._id, text, as)).status).toBe(201);
    return "startConversation";
  },
};

describe.concurrent("a receiver", () => {
  test.each(Object.entries(ways))("hears, signed, of a conversation and a message by %s", async (_, come) => {
    await using hearing = await newHearing(server);
    const text = unique("text");
    const creationReason = await come(hearing, text);
    const [created, told, ...more] = await hearing.hears(2);
    expect(more).toEqual([]);
    expect(created).toMatchObject({ type: "conversation:create", payload: { creationReason } });
    expect(told).toMatchObject({
      type: "conversation:message",
      payload: { conversation: { id: created?.payload.conversation.id }, message: { content: { type: "text", text } } },
    });
    const records = await hearing.records("delivered", "delivered");
    expect(records.map(({ event }) => event.id).toSorted()).toEqual([created?.id, told?.id].toSorted());
  });

  test("hears the messages of a conversation in the order in which they were said", async () => {
    await using hearing = await newHearing(server, ["conversation:message"]);
    const { user, conversationId } = await newPersonal(hearing.app);
    const texts = Array.from({ length: 8 }, (_, index) => `Number ${index}`);
    for (const text of texts) await say(hearing.app, conversationId, text, user.id);
    const heard = await hearing.hears(texts.length);
    expect(heard.map(({ payload }) => payload.message.content.text)).toEqual(texts);
  });

  test("hears nothing of another app", async () => {
    await using hearing = await newHearing(server);
    await using other = await newHearing(server);
    await newPersonal(other.app);
    await other.hears(1);
    await newPersonal(hearing.app);
    expect(await hearing.hears(1)).toHaveLength(1);
  });

  test("that fails is tried again, and when it is given up, can have the same event by a replay", async () => {
    await using hearing = await newHearing(server, ["conversation:message"]);
    const { app, receiver, path } = hearing;
    receiver.answerOnce(503, 404);
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "Again", user.id);
    const [failed] = await hearing.records("failed");
    expect(failed?.attempts).toMatchObject([{ responseStatus: 503 }, { responseStatus: 404 }]);
    expect((await app.api.post(`${path}/deliveries/${failed?.id}/replay`)).status).toBe(200);
    const requests = await receiver.has(3);
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([failed?.event.id]));
    expect(await hearing.hears(1)).toMatchObject([{ payload: { message: { content: { text: "Again" } } } }]);
  });
});
