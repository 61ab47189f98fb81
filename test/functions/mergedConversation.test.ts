import { describe, expect, test } from "vitest";
import { textsOf } from "../support/business.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const page = await newWebPage(server, app);

/** A conversation that another was merged into, whose message has not moved yet: it does when somebody next reads it. */
async function mergedConversations(): Promise<{ kept: string; merged: string }> {
  const externalId = unique("person");
  await page.signIn(externalId, {}, await page.visit("first"));
  const second = await page.visit("second");
  const { status, body } = await page.signIn(externalId, {}, second);
  expect(status).toBe(200);
  return { kept: body.conversations[0]?._id ?? "", merged: second.conversationId };
}
const mergedConversation = async () => (await mergedConversations()).kept;

const said = { author: { type: "business" }, content: { type: "text", text: "Hello" } };
const read = { author: { type: "business" }, type: "conversation:read" };

describe("a conversation that another was just merged into", () => {
  test.each<[operation: string, method: string, path: string, body?: object]>([
    ["getConversation", "GET", ""],
    ["updateConversation", "PATCH", "", { displayName: "Merged" }],
    ["listParticipants", "GET", "/participants"],
    ["listMessages", "GET", "/messages"],
    ["postMessage", "POST", "/messages", said],
    ["postActivity", "POST", "/activity", read],
  ])("has what was said in both when %s reads it first", async (_, method, path, body) => {
    const id = await mergedConversation();
    const { status } = await app.api.send(method, `/v2/apps/${app.id}/conversations/${id}${path}`, { body });
    expect(status).toBeLessThan(300);
    expect((await textsOf(app, id)).slice(0, 2).sort()).toEqual(["first", "second"]);
  });

  test("is not robbed of what has yet to move by deleteConversation of the other, which is gone", async () => {
    const { kept, merged } = await mergedConversations();
    const conversations = `/v2/apps/${app.id}/conversations`;
    expect((await app.api.delete(`${conversations}/${merged}`)).status).toBe(404);
    expect(await app.api.get(`${conversations}/${kept}/messages`)).toMatchObject({
      body: { messages: [{ content: { text: "first" } }, { content: { text: "second" } }] },
    });
  });

  test("is emptied of what was said in both by deleteAllMessages", async () => {
    const messages = `/v2/apps/${app.id}/conversations/${await mergedConversation()}/messages`;
    expect((await app.api.delete(messages)).status).toBe(200);
    expect(await app.api.get(messages)).toMatchObject({ status: 200, body: { messages: [] } });
  });
});
