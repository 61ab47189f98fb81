import { describe, expect, test } from "vitest";
import { planConversation, type RequestedConversation } from "../../lib/conversations/planConversation.ts";
import { type App, defaultSettings } from "../../lib/model/app.ts";
import { withDevice } from "../../lib/model/device.ts";
import { newUser } from "../../lib/model/user.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const settings = { ...defaultSettings, conversationRetentionSeconds: 60 };
const app: App = { id: "app", displayName: "App", settings, metadata: {}, salt: "salt" };
const anybody = { ...newUser("app", "ada", now, { profile: { givenName: "Ada" } }), externalId: "ada" };
const user = withDevice(anybody, { guid: "phone", type: "ios", integrationId: "one" }, now, () => "sdk");

const start = (requested: RequestedConversation, of = user) => {
  let count = 0;
  const runtime = { now: () => now, newId: () => `new${++count}` };
  return planConversation(runtime, { app, user: of, id: "first", isDefault: true, requested });
};

describe("a conversation that a person starts", () => {
  test("has the person in it through the sdk client, and what is asked for", () => {
    const fields = { displayName: "Name", description: "Text", iconUrl: "https://example.com/" };
    expect(start({ ...fields, metadata: { a: 1, b: null } })).toEqual({
      conversation: {
        id: "first",
        appId: "app",
        type: "personal",
        isDefault: true,
        ...fields,
        metadata: { a: 1 },
        participants: [
          {
            id: "new1",
            userId: "ada",
            userExternalId: "ada",
            unreadCount: 0,
            clientAssociations: [{ type: "sdk", clientId: "sdk" }],
          },
        ],
        createdAt: now.toISOString(),
        lastUpdatedAt: now.toISOString(),
        messageCount: 0,
        clientsSeen: {},
        mergedConversationIds: [],
      },
      messages: [],
    });
    expect(() => start({ metadata: { a: "x".repeat(5000) } })).toThrow("Conversation metadata");
  });

  test("has what the person says in it, from the device used last, and lapses after it", () => {
    const { conversation, messages } = start({ messages: [{ text: "4111 1111 1111 1111" }, { text: "again" }] });
    expect(conversation).toMatchObject({ messageCount: 2, lapsesAt: "2026-01-01T00:01:00.000Z" });
    expect(messages).toEqual([
      {
        id: "new2",
        received: now.toISOString(),
        author: { type: "user", userId: "ada", displayName: "Ada" },
        content: { type: "text", text: "**** **** **** 1111" },
        source: { type: "ios", integrationId: "one" },
      },
      expect.objectContaining({ id: "new3", content: { type: "text", text: "again" } }),
    ]);
  });

  test("is said to come from the web where no device is known", () => {
    const { conversation, messages } = start({ messages: [{ text: "Hello" }] }, { ...anybody });
    expect(messages[0]?.source).toEqual({ type: "web" });
    expect(conversation.participants[0]?.clientAssociations).toEqual([]);
  });
});
