import { type Sunroom, startSunroom, type TestApp } from "sunroom/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { welcome } from "./welcome.ts";

let sunroom: Sunroom;
let app: TestApp;

beforeAll(async () => {
  sunroom = await startSunroom();
});
beforeEach(async () => {
  await sunroom.reset();
  app = await sunroom.createApp();
});
afterAll(() => sunroom?.stop());

const api = () => ({ url: sunroom.url, appId: app.id, authorization: app.authorization });

test("a new customer is greeted", async () => {
  const conversationId = await welcome(api(), "jane@example.org");
  const messages = (await sunroom.events()).filter(({ type }) => type === "conversation:message");
  expect(messages).toMatchObject([
    { payload: { conversation: { id: conversationId }, message: { content: { text: "Welcome!" } } } },
  ]);
});

test("a person who writes on Telegram becomes a user", async () => {
  const { userId } = await sunroom.deliver("telegram", { id: "15550100", name: "Jane" }, "Is this in stock?");
  const messages = (await sunroom.events()).filter(({ type }) => type === "conversation:message");
  expect(messages).toMatchObject([{ payload: { message: { author: { type: "user", userId } } } }]);
});

test("what an earlier test stored is gone", async () => {
  expect(await sunroom.events()).toEqual([]);
});
