import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../lib/model/app.ts";
import {
  changeConversation,
  conversationExpiry,
  hasConversationExpired,
  joinAssociations,
  newConversation,
  newParticipant,
  participantOf,
  withAssociation,
  withoutExpired,
} from "../../lib/model/conversation.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const at = (milliseconds: number) => new Date(now.getTime() + milliseconds);
const ada = newParticipant("p1", { id: "ada", externalId: "Ada" }, [{ type: "sdk", clientId: "sdk" }]);
const personal = { type: "personal", isDefault: true } as const;
const fresh = newConversation("app", "1", now, { ...personal, participants: [ada] });

describe("a conversation", () => {
  test("begins with nothing said and nothing read", () => {
    expect(fresh).toEqual({
      id: "1",
      appId: "app",
      type: "personal",
      isDefault: true,
      metadata: {},
      participants: [ada],
      createdAt: now.toISOString(),
      lastUpdatedAt: now.toISOString(),
      messageCount: 0,
      clientsSeen: {},
      mergedConversationIds: [],
    });
    expect(ada).toMatchObject({ userId: "ada", userExternalId: "Ada", unreadCount: 0 });
    const fields = { displayName: "Name", description: "Text", iconUrl: "https://example.com/", metadata: { a: 1 } };
    expect(newConversation("app", "1", now, { ...personal, participants: [], ...fields })).toMatchObject(fields);
    const none = { displayName: null, description: null, iconUrl: null };
    expect(newConversation("app", "1", now, { ...personal, participants: [ada], ...none })).toEqual(fresh);
  });

  test("changes in what is given: null clears, what is absent stays, metadata merges", () => {
    const fields = { displayName: "Name", description: "Text", iconUrl: "https://example.com/" };
    const named = newConversation("app", "1", now, {
      ...personal,
      participants: [],
      ...fields,
      metadata: { a: 1, b: 1 },
    });
    expect(changeConversation(named, {})).toEqual(named);
    const next = { displayName: "Other", description: "Words", iconUrl: "https://example.org/" };
    expect(changeConversation(named, { ...next, metadata: { b: null, c: 2 } })).toEqual({
      ...named,
      ...next,
      metadata: { a: 1, c: 2 },
    });
    const cleared = changeConversation(named, { displayName: null, description: null, iconUrl: null, metadata: null });
    expect(cleared).toEqual({
      ...named,
      displayName: undefined,
      description: undefined,
      iconUrl: undefined,
      metadata: {},
    });
    expect(() => changeConversation(named, { metadata: { a: "x".repeat(5000) } })).toThrow("Conversation metadata");
  });

  test("has a user as a participant or not", () => {
    expect(participantOf(fresh, "ada")).toBe(ada);
    expect(participantOf(fresh, "p1")).toBeUndefined();
  });
});

describe("with conversationRetentionSeconds, a conversation", () => {
  const lapsing = {
    ...fresh,
    lapsesAt: now.toISOString(),
    messageCount: 3,
    participants: [{ ...ada, unreadCount: 2 }],
  };

  test("lapses that long after what was said last", () => {
    expect(conversationExpiry(defaultSettings, now.toISOString())).toBeUndefined();
    expect(
      conversationExpiry({ ...defaultSettings, conversationRetentionSeconds: 0 }, now.toISOString()),
    ).toBeUndefined();
    expect(conversationExpiry({ ...defaultSettings, conversationRetentionSeconds: 90 }, now.toISOString())).toBe(
      "2026-01-01T00:01:30.000Z",
    );
  });

  test("has lapsed from that moment on, and then has nothing to count or read", () => {
    expect([at(-1), at(0), at(1)].map((time) => hasConversationExpired(lapsing, time))).toEqual([false, true, true]);
    expect(hasConversationExpired(fresh, now)).toBe(false);
    expect(withoutExpired(lapsing, at(-1))).toBe(lapsing);
    expect(withoutExpired(lapsing, at(0))).toEqual({ ...lapsing, messageCount: 0, participants: [ada] });
  });
});

describe("the clients through which a participant is in a conversation", () => {
  const [a, b, c] = ["a", "b", "c"].map((clientId) => ({ type: "line", clientId })) as [
    { type: string; clientId: string },
    { type: string; clientId: string },
    { type: string; clientId: string },
  ];

  test("gain one in front as the primary one, or behind those that are there", () => {
    expect(withAssociation([a, b], c, true)).toEqual([c, a, b]);
    expect(withAssociation([a, b], c, false)).toEqual([a, b, c]);
    expect(withAssociation([a, b], b, true)).toEqual([b, a]);
    expect(withAssociation([a, b], a, false)).toEqual([a, b]);
  });

  test("are those of both where two become one, each once under the name it has now", () => {
    const of = (clientAssociations: readonly (typeof a)[]) => ({ ...ada, clientAssociations });
    const same = (clientId: string) => clientId;
    expect(joinAssociations(of([a, b]), of([b, c]), same)).toEqual([a, b, c]);
    expect(joinAssociations(of([a]), of([b, c]), (id) => (id === "b" ? "a" : id))).toEqual([a, c]);
    expect(joinAssociations(undefined, of([b]), same)).toEqual([b]);
    expect(joinAssociations(of([a]), undefined, same)).toEqual([a]);
  });
});
