import { describe, expect, test } from "vitest";
import { newPersonal, say } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("deleteAllMessages", () => {
  test("everything said is gone, the conversation and its participants stay", async () => {
    const { user, conversationId } = await newPersonal(app);
    await Promise.all(Array.from({ length: 60 }, (_, index) => say(app, conversationId, `m${index}`)));
    expect(await app.api.delete(`${base}/${conversationId}/messages`)).toMatchObject({ status: 200, body: {} });
    expect(await app.api.get(`${base}/${conversationId}/messages`)).toMatchObject({ body: { messages: [] } });
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ userId: user.id }] },
    });
    await say(app, conversationId, "again");
    const { body } = await app.api.get<{ messages: object[] }>(`${base}/${conversationId}/messages`);
    expect(body.messages).toHaveLength(1);
  });
});
