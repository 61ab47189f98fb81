import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("getConversation", () => {
  test("a conversation is answered with its fields, those that are empty left out", async () => {
    const { conversationId } = await newPersonal(app);
    const { status, body } = await app.api.get<{ conversation: Record<string, unknown> }>(`${base}/${conversationId}`);
    expect(status).toBe(200);
    expect(Object.keys(body.conversation).sort()).toEqual(["createdAt", "id", "isDefault", "lastUpdatedAt", "type"]);
  });

  test("a conversation of another app is not found", async () => {
    const other = await server.newApp();
    const { conversationId } = await newPersonal(other);
    expect(await app.api.get(`${base}/${conversationId}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "conversation_not_found" }] },
    });
  });
});
