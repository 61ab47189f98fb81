import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("updateConversation", () => {
  test("what is given changes, null clears, what is left out stays, metadata merges", async () => {
    const { conversationId } = await newPersonal(app);
    await app.api.patch(`${base}/${conversationId}`, {
      displayName: "A",
      description: "B",
      iconUrl: "https://example.org/i.png",
      metadata: { a: 1, b: 2 },
    });
    const changed = await app.api.patch(`${base}/${conversationId}`, {
      description: null,
      metadata: { a: null, c: true },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { conversation: { displayName: "A", iconUrl: "https://example.org/i.png", metadata: { b: 2, c: true } } },
    });
    expect(changed.text).not.toContain("description");
  });

  test("changes of one moment are all kept", async () => {
    const { conversationId } = await newPersonal(app);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        app.api.patch(`${base}/${conversationId}`, { metadata: { [`k${index}`]: index } }),
      ),
    );
    const { body } = await app.api.get<{ conversation: { metadata: object } }>(`${base}/${conversationId}`);
    expect(Object.keys(body.conversation.metadata)).toHaveLength(12);
  });

  test("a change that makes the metadata too large is refused and changes nothing", async () => {
    const { conversationId } = await newPersonal(app);
    await app.api.patch(`${base}/${conversationId}`, { metadata: { a: "x".repeat(3000) } });
    expect(await app.api.patch(`${base}/${conversationId}`, { metadata: { b: "x".repeat(3000) } })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "Conversation metadata is limited to 4096 bytes in size." }] },
    });
  });

  test("an unknown conversation is not found", async () => {
    expect(await app.api.patch(`${base}/${"0".repeat(24)}`, { displayName: "A" })).toMatchObject({ status: 404 });
  });
});
