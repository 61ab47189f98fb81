import { describe, expect, test } from "vitest";
import type { Item } from "../../lib/db/db.ts";
import {
  conversationItem,
  deletedConversationItem,
  newConversationItem,
  readOrigin,
} from "../../lib/db/items/conversationItem.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { conversationCreated } from "../../lib/events/conversationEvents.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import { type Conversation, newConversation, newParticipant, type Participant } from "../../lib/model/conversation.ts";
import { changedAt, changeRecord } from "../support/changeRecord.ts";
import { labelOf } from "../support/readStream.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const ada = newParticipant("p-ada", { id: "ada" }, []);
const bea = newParticipant("p-bea", { id: "bea" }, []);
const group = (participants: readonly Participant[], more: Partial<Conversation> = {}): Conversation => ({
  ...newConversation("app", "group", now, { type: "sdkGroup", isDefault: false, participants }),
  ...more,
});
const personal = { ...group([ada]), id: "personal", type: "personal" as const };
const item = (conversation: Conversation) => conversationItem(conversation);
const told = (before: Item | undefined, after: Item | undefined) => eventsOf(changeRecord(before, after));
const labels = (before: Item | undefined, after: Item | undefined) => told(before, after).map(labelOf);
const mark = deletedConversationItem(conversationKey("app", "group"), 1, {});

describe("a conversation", () => {
  test("tells its creation with its origin, by the same event whenever that is made", () => {
    const origin = { reason: "message", source: { type: "line", integrationId: "line" } } as const;
    const stored = newConversationItem(personal, origin);
    const [event] = told(undefined, stored);
    expect(event).toMatchObject({
      appId: "app",
      conversationId: "personal",
      userId: "ada",
      createdAt: personal.createdAt,
      detail: { type: "conversation:create", conversation: { id: "personal" }, origin },
    });
    expect(conversationCreated({ ...personal, messageCount: 9 }, readOrigin(stored)).id).toBe(event?.id);
  });

  test("from before creations were recorded was made for no reason", () => {
    expect(readOrigin(item(personal))).toEqual({ reason: "none", source: { type: "api:conversations" } });
  });

  test("that is made again after its deletion is another one", () => {
    const again = { ...personal, createdAt: "2026-03-01T00:00:00.000Z" };
    const ids = [...told(undefined, item(personal)), ...told(undefined, item(again)), ...told(mark, item(again))];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
  });

  test("tells its deletion, which leaves a mark or nothing, and not the end of the mark", () => {
    const open = item(group([ada]));
    expect(labels(open, mark)).toEqual(["conversation:remove"]);
    expect(labels(open, undefined)).toEqual(["conversation:remove"]);
    expect(told(open, undefined)[0]).toMatchObject({ createdAt: changedAt, userId: undefined });
    expect(labels(mark, undefined)).toEqual([]);
  });

  test("tells nothing of its merge into another, nor of its end after that", () => {
    const merged = { ...item(personal), mergedInto: "other" };
    expect(labels(item(personal), merged)).toEqual([]);
    expect(labels(merged, undefined)).toEqual([]);
  });

  test("tells nothing of a write that changes nothing, of its messages, or of its name", () => {
    expect(labels(item(personal), item(personal))).toEqual([]);
    expect(labels(item(personal), item({ ...personal, messageCount: 1, displayName: "Support" }))).toEqual([]);
  });
});

describe("the participants of a group", () => {
  test("join and leave", () => {
    const [join, leave] = told(item(group([ada])), item(group([bea])));
    expect(join).toMatchObject({ userId: "bea", createdAt: changedAt, detail: { participant: bea } });
    expect(leave).toMatchObject({ userId: "ada", detail: { type: "conversation:leave", participant: ada } });
  });

  test("neither join nor leave where one user takes another's place", () => {
    const after = { ...item(group([{ ...ada, userId: "survivor" }])), replaced: "ada" };
    expect(labels(item(group([ada])), after)).toEqual([]);
  });

  test("neither leave nor read where two become one", () => {
    const before = group([{ ...ada, lastRead: "2026-01-01T00:00:01.000Z" }, bea]);
    const after = { ...item(group([{ ...bea, lastRead: "2026-01-01T00:00:01.000Z" }])), replaced: "ada" };
    expect(labels(item(before), after)).toEqual([]);
  });

  test("leave as before after an earlier merge", () => {
    const before = { ...item(group([ada, bea])), replaced: "another" };
    expect(labels(before, { ...item(group([ada])), replaced: "another" })).toEqual(["conversation:leave"]);
  });

  test("are told of in no personal conversation", () => {
    expect(labels(item(personal), item({ ...personal, participants: [bea] }))).toEqual([]);
  });
});

describe("reading", () => {
  const early = "2026-01-01T00:00:01.000Z";
  const late = "2026-01-01T00:00:02.000Z";
  const readAt = (lastRead: string | undefined) => item({ ...personal, participants: [{ ...ada, lastRead }] });

  test("is told at its time, of a participant", () => {
    expect(told(readAt(undefined), readAt(early))).toMatchObject([
      { userId: "ada", createdAt: early, detail: { type: "conversation:read", participant: { id: "p-ada" } } },
    ]);
    const ids = [...told(readAt(undefined), readAt(early)), ...told(readAt(early), readAt(late))].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  test.each([
    ["the same time", early, early],
    ["an earlier time", late, early],
    ["no time", early, undefined],
  ])("is not told for %s", (_, before, after) => {
    expect(labels(readAt(before), readAt(after))).toEqual([]);
  });

  test("is told of the business, in each conversation apart", () => {
    const read = (id: string) => told(item({ ...personal, id }), item({ ...personal, id, businessLastRead: early }))[0];
    expect(read("one")).toMatchObject({ userId: undefined, createdAt: early });
    expect(read("one")?.id).not.toBe(read("two")?.id);
  });
});

describe("a referral", () => {
  const referred = (code: string, at?: string) => ({
    ...item(personal),
    referred: JSON.stringify({ referral: { code }, source: { type: "telegram", integrationId: "bot" }, at }),
  });

  test("is told once, at the channel's time", () => {
    expect(told(item(personal), referred("spring", "2026-01-01T00:00:09.000Z"))).toMatchObject([
      {
        userId: "ada",
        createdAt: "2026-01-01T00:00:09.000Z",
        detail: { type: "conversation:referral", referral: { code: "spring" }, source: { type: "telegram" } },
      },
    ]);
    expect(labels(referred("spring"), referred("spring"))).toEqual([]);
    expect(told(referred("spring"), referred("summer"))[0]?.createdAt).toBe(changedAt);
  });
});
