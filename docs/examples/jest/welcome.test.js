const { startSunroom } = require("sunroom/testing");
const { welcome } = require("./welcome");

let sunroom;
let app;

beforeAll(async () => {
  sunroom = await startSunroom();
});
beforeEach(async () => {
  await sunroom.reset();
  app = await sunroom.createApp();
});
afterAll(() => sunroom?.stop());

test("a new customer is greeted", async () => {
  const { url } = sunroom;
  const conversationId = await welcome({ url, appId: app.id, authorization: app.authorization }, "jane@example.org");
  const messages = (await sunroom.events()).filter(({ type }) => type === "conversation:message");
  expect(messages).toMatchObject([
    { payload: { conversation: { id: conversationId }, message: { content: { text: "Welcome!" } } } },
  ]);
});

test("a person who writes on WhatsApp becomes a user", async () => {
  const { userId } = await sunroom.deliver("whatsapp", "15550100", "Is this in stock?");
  const messages = (await sunroom.events()).filter(({ type }) => type === "conversation:message");
  expect(messages).toMatchObject([{ payload: { message: { author: { type: "user", userId } } } }]);
});
