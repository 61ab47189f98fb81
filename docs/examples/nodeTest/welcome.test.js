import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startSunroom } from "sunroom/testing";
import { welcome } from "./welcome.js";

let sunroom;
let app;

before(async () => {
  sunroom = await startSunroom();
});
beforeEach(async () => {
  await sunroom.reset();
  app = await sunroom.createApp();
});
after(() => sunroom?.stop());

const messages = async () => (await sunroom.events()).filter(({ type }) => type === "conversation:message");

test("a new customer is greeted", async () => {
  const conversationId = await welcome({ url: sunroom.url, appId: app.id, key: app.key }, "jane@example.org");
  const [{ payload }] = await messages();
  assert.equal(payload.conversation.id, conversationId);
  assert.equal(payload.message.content.text, "Welcome!");
});

test("a person who writes on LINE becomes a user", async () => {
  const { userId } = await sunroom.deliver("line", "U15550100", "Is this in stock?");
  const [{ payload }] = await messages();
  assert.equal(payload.message.author.userId, userId);
});
