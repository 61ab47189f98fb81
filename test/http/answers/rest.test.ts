import { describe, expect, test } from "vitest";
import {
  publicApp,
  publicClient,
  publicConversation,
  publicDevice,
  publicIntegration,
  publicKey,
  publicMessage,
  publicParticipant,
  publicUser,
} from "../../../lib/http/answers/rest.ts";
import { defaultSettings } from "../../../lib/model/app.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import type { Integration } from "../../../lib/model/integration.ts";
import { newUser } from "../../../lib/model/user.ts";
import { ada, client, device, fields, now, profile } from "../../support/ada.ts";

const member = newParticipant("p1", { id: "ada", externalId: "Ada" }, [{ type: "sdk", clientId: "sdk" }]);
const personal = { type: "personal", isDefault: true } as const;
const conversation = newConversation("app", "1", now, { ...personal, participants: [member] });

test("an app is shown without its salt, and with metadata only where it has any", () => {
  const app = { id: "app", displayName: "App", settings: defaultSettings, metadata: {}, salt: "secret" };
  const shown = { id: "app", displayName: "App", settings: defaultSettings };
  expect(publicApp(app)).toStrictEqual(shown);
  expect(publicApp({ ...app, metadata: { a: 1 } })).toStrictEqual({ ...shown, metadata: { a: 1 } });
});

test("a key is shown with its secret and without what it belongs to", () => {
  const key = { id: "app_1", secret: "s", scope: "app", displayName: "A key", appId: "1" } as const;
  expect(publicKey(key)).toEqual({ id: "app_1", displayName: "A key", secret: "s" });
});

describe("an integration", () => {
  const integration: Integration = {
    id: "1",
    appId: "app",
    type: "line",
    status: "active",
    displayName: "Line",
    fields: { channelSecret: "s", channelId: "i", unknown: 1 },
  };
  const specification = { channelSecret: { secret: true }, channelId: {} };
  const shown = { id: "1", type: "line", status: "active", displayName: "Line", channelId: "i", unknown: 1 };

  test("shows its secrets only when asked to", () => {
    expect(publicIntegration(integration, specification, { secrets: false })).toEqual(shown);
    expect(
      publicIntegration(integration, specification, { secrets: true, webhookUrl: "https://example.com/" }),
    ).toEqual({
      ...shown,
      channelSecret: "s",
      webhookUrl: "https://example.com/",
    });
  });
});

describe("a user", () => {
  test("is shown with every field of the API that it has", () => {
    expect(publicUser(ada)).toStrictEqual({
      id: "1",
      authenticated: false,
      ...fields,
      hasPaymentInfo: false,
      identities: ada.identities,
      profile,
      metadata: { a: 1, b: 1 },
    });
    expect(publicUser(newUser("app", "1", now))).toStrictEqual({
      id: "1",
      authenticated: false,
      signedUpAt: now.toISOString(),
      hasPaymentInfo: false,
      identities: [],
      profile: {},
      metadata: {},
    });
  });
});

test("a client is shown without what is ours", () => {
  const { aliases: _, conversationId: __, ...shown } = client;
  expect(publicClient(client)).toEqual(shown);
});

test("a device is shown without what authenticates it", () => {
  const { sessions: _, ...shown } = device;
  expect(publicDevice(device)).toEqual(shown);
});

describe("a conversation", () => {
  test("is shown with metadata only where it has any, and without what is ours", () => {
    expect(publicConversation(conversation)).not.toHaveProperty("metadata");
    expect(publicConversation({ ...conversation, metadata: { a: 1 }, businessLastRead: "2026" })).toEqual({
      id: "1",
      type: "personal",
      isDefault: true,
      metadata: { a: 1 },
      businessLastRead: "2026",
      createdAt: now.toISOString(),
      lastUpdatedAt: now.toISOString(),
    });
    expect(publicParticipant({ ...member, lastRead: "2026" })).toEqual({
      id: "p1",
      userId: "ada",
      userExternalId: "Ada",
      unreadCount: 0,
      lastRead: "2026",
      clientAssociations: [{ type: "sdk", clientId: "sdk" }],
    });
  });
});

test("a message is shown with metadata only where it has any", () => {
  const message = {
    id: "1",
    received: "2026-01-01T00:00:00.000Z",
    author: { type: "business" },
    content: { type: "text", text: "Hi" },
    source: { type: "api:conversations" },
  } as const;
  expect(publicMessage(message)).toStrictEqual({ ...message, raw: undefined });
  expect(publicMessage({ ...message, metadata: {} })).toStrictEqual({ ...message, raw: undefined });
  expect(publicMessage({ ...message, metadata: { a: 1 }, raw: 2 })).toEqual({ ...message, metadata: { a: 1 }, raw: 2 });
});
