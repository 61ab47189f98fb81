import { describe, expect, test } from "vitest";
import { newPersonal, say } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("deleteMessage", () => {
  test("a deleted message is gone, the others stay", async () => {
    const { conversationId } = await newPersonal(app);
    const [first] = [await say(app, conversationId, "one"), await say(app, conversationId, "two")];
    expect(await app.api.delete(`${base}/${conversationId}/messages/${first}`)).toMatchObject({
      status: 200,
      body: {},
    });
    const { body } = await app.api.get<{ messages: object[] }>(`${base}/${conversationId}/messages`);
    expect(body.messages).toMatchObject([{ content: { text: "two" } }]);
    expect(await app.api.delete(`${base}/${conversationId}/messages/${first}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found" }] },
    });
  });
});
