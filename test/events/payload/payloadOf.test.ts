import { describe, expect, test } from "vitest";
import type { NamedConversation, NamedRecords } from "../../../lib/events/payload/namedRecords.ts";
import { type PayloadForm, payloadSizes } from "../../../lib/events/payload/payloadForm.ts";
import { payloadOf } from "../../../lib/events/payload/payloadOf.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import type { AppEvent, EventDetail } from "../../../lib/model/events/event.ts";
import type { Message } from "../../../lib/model/message.ts";
import { newUser, type User } from "../../../lib/model/user.ts";
import { ada, client, device, now } from "../../support/ada.ts";
import { faultsOfEvent } from "../../support/vendorEvent.ts";

const sdk = { id: "sdk", type: "sdk", status: "active", linkedAt: now.toISOString() } as const;
const user: User = { ...ada, clients: [client, sdk] };
const bare = { id: "1", authenticated: false, externalId: "ada", brandId: "brand" };
const participant = newParticipant("participant", user, []);
const conversation = newConversation("app", "conversation", now, {
  type: "personal",
  isDefault: true,
  participants: [participant],
  metadata: { lang: "en" },
});
const truncated = { id: "conversation", type: "personal", metadata: { lang: "en" } };
const group = { ...conversation, id: "group", type: "sdkGroup" } as const;
const source = { type: "line", integrationId: "line" };
const referral = { code: "spring", details: { source: "ADS", type: "OPEN_THREAD", adId: "7" } };
const message: Message = {
  id: "message",
  received: now.toISOString(),
  author: { type: "user", userId: "1", displayName: "Ada", avatarUrl: "https://example.com/ada.png" },
  content: { type: "text", text: "Hello" },
  source: { ...source, originalMessageId: "m1", originalMessageTimestamp: now.toISOString() },
  metadata: { topic: "greeting" },
};
const ofBusiness: Message = { ...message, author: { type: "business" }, source: { type: "api:conversations" } };
const discarded: User = {
  ...newUser("app", "2", now, { metadata: { c: 1 } }),
  clients: [{ ...sdk, id: "sdk2" }],
};
const merge = {
  reason: "sdkLogin",
  survivorId: "1",
  conversations: { surviving: "conversation", discarded: "conversation2" },
  clients: { surviving: "sdk", discarded: "sdk2" },
} as const;

/** An event of each kind, by its type, and what else is told of it. */
const details: readonly EventDetail[] = [
  { type: "conversation:create", conversation, origin: { reason: "message", source, referral } },
  {
    type: "conversation:create",
    conversation: group,
    origin: { reason: "none", source: { type: "api:conversations" } },
  },
  { type: "conversation:message", message },
  { type: "conversation:message", message: ofBusiness },
  { type: "conversation:read", conversation, participant },
  { type: "conversation:read", conversation },
  {
    type: "conversation:typing",
    conversation,
    activity: "typing:start",
    user,
    source: { type: "web", integrationId: "web" },
  },
  { type: "conversation:join", conversation: group, participant },
  { type: "conversation:leave", conversation: group, participant },
  { type: "conversation:remove", conversation },
  { type: "conversation:referral", conversation, referral, source },
  { type: "client:add", user, client, reason: "channelLinking" },
  { type: "client:add", user, client: sdk, reason: "sdkLogin" },
  { type: "client:update", user, client, reason: "confirmed" },
  { type: "client:remove", user, client, reason: "api" },
  { type: "client:remove", user, client, reason: "linkFailed" },
  { type: "user:update", user: { ...user, authenticated: true }, reason: "authentication" },
  { type: "user:remove", user },
  { type: "user:merge", discarded, merge },
];

/** The table's records: some users and conversations. */
const recordsOf = (
  users: readonly User[],
  conversations: Readonly<Record<string, NamedConversation>>,
): NamedRecords => ({
  user: (appId, id) => users.find((one) => one.appId === appId && one.id === id),
  conversation: (appId, id) => (appId === "app" ? conversations[id] : undefined),
});
const open = { kind: "open", conversation, origin: { reason: "none", source } } as const;
const standing = recordsOf([user], { conversation: open });
const gone = recordsOf([], {});

const least: PayloadForm = { includeFullUser: false, includeFullSource: false, keeps: "everything" };
const full: PayloadForm = { includeFullUser: true, includeFullSource: true, keeps: "everything" };

function shown(detail: EventDetail, form = least, records = standing) {
  const event: AppEvent = {
    id: "event",
    appId: "app",
    createdAt: now.toISOString(),
    conversationId: "conversation",
    userId: "1",
    detail,
  };
  return JSON.parse(JSON.stringify(payloadOf(event, records, form)));
}
const find = (type: EventDetail["type"], index = 0): EventDetail => {
  const found = details.filter((detail) => detail.type === type)[index];
  if (!found) throw new Error(`There is no ${type}.`);
  return found;
};

describe("the payload of every kind of event validates against the vendor's schema,", () => {
  const forms = payloadSizes.flatMap((keeps) => [
    { ...least, keeps },
    { ...full, keeps },
  ]);
  test.each(details.map((detail, index) => [`${index} ${detail.type}`, detail] as const))("%s", (_, detail) => {
    const payloads = forms.flatMap((form) => [shown(detail, form), shown(detail, form, gone)]);
    const faults = payloads.flatMap((payload) =>
      faultsOfEvent({ id: "event", createdAt: now.toISOString(), type: detail.type, payload } as {
        type: string;
        payload: object;
      }),
    );
    expect([...new Set(faults)]).toEqual([]);
  });

  test("and one with a field of a wrong type or name does not", () => {
    const payload = shown(find("conversation:message"));
    const wrong = { ...payload, message: { ...payload.message, received: 7 } };
    const unknown = { ...payload, conversation: { ...payload.conversation, appId: "app" } };
    const faults = [wrong, unknown].map((one) => faultsOfEvent({ type: "conversation:message", payload: one }));
    expect(faults).toEqual([
      ['/payload/message/received must be string {"type":"string"}'],
      ['/payload/conversation must NOT have additional properties {"additionalProperty":"appId"}'],
    ]);
    expect(faultsOfEvent({ type: "user:create", payload: {} })).toEqual(["The vendor has no event user:create."]);
  });
});

describe("an event of a conversation", () => {
  test("tells of its creation the reason, the source, the referral and the user", () => {
    expect(shown(find("conversation:create"))).toEqual({
      conversation: truncated,
      creationReason: "message",
      source,
      user: bare,
      referral,
    });
  });

  test("tells of a group's creation no user", () => {
    expect(shown(find("conversation:create", 1))).toEqual({
      conversation: { id: "group", type: "sdkGroup", metadata: { lang: "en" } },
      creationReason: "none",
      source: { type: "api:conversations" },
    });
  });

  test("shows a message with its author as the author is now", () => {
    const { author, ...rest } = message;
    expect(shown(find("conversation:message"))).toEqual({
      conversation: truncated,
      message: { ...rest, author: { ...author, user: bare } },
    });
  });

  test("shows no user of a message of the business", () => {
    expect(shown(find("conversation:message", 1), full)).toEqual({ conversation: truncated, message: ofBusiness });
  });

  test("tells who read it: the participant, or the business", () => {
    expect([shown(find("conversation:read")), shown(find("conversation:read", 1))]).toEqual([
      {
        conversation: truncated,
        activity: { type: "conversation:read", author: { type: "user", userId: "1", user: bare } },
      },
      {
        conversation: truncated,
        activity: {
          type: "conversation:read",
          author: { type: "business" },
          source: { type: "api:conversations" },
        },
      },
    ]);
  });

  test("tells who types, and where", () => {
    expect(shown(find("conversation:typing"))).toEqual({
      conversation: truncated,
      activity: {
        type: "typing:start",
        author: { type: "user", userId: "1", user: bare },
        source: { type: "web", integrationId: "web" },
      },
    });
  });
});

describe("an event of a user", () => {
  test("tells of a client where it was linked, and never of its aliases", () => {
    const { aliases: _, conversationId: __, ...rest } = client;
    expect(shown(find("client:add"))).toEqual({
      conversation: truncated,
      user: bare,
      client: rest,
      reason: "channelLinking",
    });
  });

  test("tells where a user signed in, and that a business removed a client", () => {
    const web = { type: "web", integrationId: "web" };
    expect(shown(find("client:add", 1))).toMatchObject({ reason: "sdkLogin", source: web });
    expect(shown(find("user:update"))).toMatchObject({ reason: "authentication", source: web });
    expect(shown(find("client:remove"))).toMatchObject({ reason: "api", source: { type: "api:conversations" } });
  });

  test("tells of a merge both users, both conversations and both clients", () => {
    const client = (id: string) => ({ id, type: "sdk", status: "active", linkedAt: now.toISOString() });
    expect(shown(find("user:merge"))).toEqual({
      mergedUsers: { surviving: bare, discarded: { id: "2", authenticated: false } },
      mergedConversations: { surviving: truncated, discarded: { id: "conversation2", type: "personal" } },
      mergedClients: { surviving: client("sdk"), discarded: client("sdk2") },
      discardedMetadata: { c: 1 },
      reason: "sdkLogin",
    });
  });

  test("tells of a merge by a confirmed link the client that waited for it, of which no more than this is left", () => {
    const linked = {
      ...merge,
      reason: "channelLinking",
      clients: { surviving: "client", discarded: "waiting" },
    } as const;
    expect(shown({ type: "user:merge", discarded, merge: linked }).mergedClients).toEqual({
      surviving: expect.objectContaining({ id: "client", type: "line" }),
      discarded: { id: "waiting", type: "line", status: "pending", integrationId: "line" },
    });
  });

  test("tells of a deleted user no more than the ids, whatever the webhook includes", () => {
    expect(shown(find("user:remove"), full)).toEqual({ user: bare });
  });
});

describe("a webhook", () => {
  test("with includeFullUser gets the user's profile and metadata", () => {
    expect(shown(find("conversation:message"), full).message.author.user).toMatchObject({
      ...bare,
      profile: ada.profile,
      metadata: ada.metadata,
      identities: ada.identities,
    });
  });

  test("with includeFullSource gets the client and the device, without their secrets", () => {
    const { sessions: _, ...shownDevice } = device;
    expect(shown(find("conversation:typing"), full).activity.source).toEqual({
      type: "web",
      integrationId: "web",
      client: sdk,
      device: shownDevice,
    });
    expect(shown(find("conversation:message"), full).message.source).toMatchObject({
      client: { id: "client", externalId: "1", raw: { b: 1 } },
    });
  });

  test("gets neither of several clients or devices of one integration", () => {
    const twice = {
      ...user,
      clients: [client, { ...client, id: "other" }],
      devices: [device, { ...device, id: "other" }],
    };
    const two = recordsOf([twice], { conversation: open });
    expect(shown(find("conversation:message"), full, two).message.source).toEqual(message.source);
  });
});

describe("what is gone when an event is published", () => {
  test("is told by its id: the user of a message, with the externalId where the conversation knows it", () => {
    expect(shown(find("conversation:message"), full, gone).message.author.user).toEqual({ id: "1" });
    expect(shown(find("conversation:read"), full, gone).activity.author.user).toEqual({ id: "1", externalId: "ada" });
    expect(shown(find("user:merge"), full, gone).mergedUsers.surviving).toEqual({ id: "1" });
  });

  test("is told by its id: a conversation, whole if another event of the batch still has it", () => {
    const merged = recordsOf([], { conversation: { kind: "merged", into: "2" } });
    const told = recordsOf([], { conversation: { kind: "gone", conversation } });
    const conversations = [gone, merged, told].map(
      (records) => shown(find("conversation:message"), least, records).conversation,
    );
    expect(conversations).toEqual([{ id: "conversation" }, { id: "conversation", type: "personal" }, truncated]);
  });
});

describe("a payload that a queue would not take", () => {
  const raw = { much: "x" };
  const unsupported: EventDetail = {
    type: "conversation:message",
    message: { ...message, raw, content: { type: "unsupported", text: "a poll", raw } },
  };

  test("loses what the channel sent of the client first, then of the message, then all but the text", () => {
    const losses = payloadSizes.map((keeps) => {
      const { message } = shown(unsupported, { ...full, keeps });
      return { client: message.source.client.raw, raw: message.raw, content: message.content };
    });
    const content = { type: "unsupported", text: "a poll" };
    expect(losses).toEqual([
      { client: { b: 1 }, raw, content: { ...content, raw } },
      { client: undefined, raw, content: { ...content, raw } },
      { client: undefined, raw: undefined, content },
      { client: undefined, raw: undefined, content },
    ]);
    const image: EventDetail = {
      type: "conversation:message",
      message: { ...message, content: { type: "image", text: "a cat", mediaUrl: "https://example.com/cat.png" } },
    };
    expect(shown(image, { ...full, keeps: "content" }).message.content.mediaUrl).toBeDefined();
    expect(shown(image, { ...full, keeps: "text" }).message.content).toEqual({ type: "image", text: "a cat" });
  });
});
