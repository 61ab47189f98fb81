import { describe, expect, test } from "vitest";
import { conversationCreated } from "../../../lib/events/conversationEvents.ts";
import type { NamedConversation, NamedRecords } from "../../../lib/events/payload/namedRecords.ts";
import { inOrder, type ToldEvent } from "../../../lib/events/webhooks/inOrder.ts";
import { newConversation } from "../../../lib/model/conversation.ts";
import { now } from "../../support/ada.ts";

const origin = { reason: "message", source: { type: "line", integrationId: "line" } } as const;
const conversation = (id: string) =>
  newConversation("app", id, now, { type: "personal", isDefault: true, participants: [] });
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();

const message = (conversationId: string, name: string, seconds = 1): ToldEvent => {
  const received = later(seconds);
  return {
    event: {
      id: name,
      appId: "app",
      createdAt: received,
      conversationId,
      detail: {
        type: "conversation:message",
        message: {
          id: name,
          received,
          author: { type: "business" },
          content: { type: "text", text: name },
          source: { type: "api:conversations" },
        },
      },
    },
    order: `${received}#${name}`,
    sequenceNumber: `of ${name}`,
  };
};
const create = (id: string): ToldEvent => ({
  event: conversationCreated(conversation(id), origin),
  order: undefined,
  sequenceNumber: `of create ${id}`,
});
const remove = (id: string): ToldEvent => ({
  event: {
    id: `remove ${id}`,
    appId: "app",
    createdAt: later(9),
    conversationId: id,
    detail: { type: "conversation:remove", conversation: conversation(id) },
  },
  order: undefined,
  sequenceNumber: `of remove ${id}`,
});
const records = (found: Readonly<Record<string, NamedConversation>> = {}): NamedRecords => ({
  user: () => undefined,
  conversation: (_, id) => found[id],
});
const open = (id: string): NamedConversation => ({ kind: "open", conversation: conversation(id), origin });
const names = (told: readonly ToldEvent[], found = records()) =>
  inOrder(told, found).map(({ event }) =>
    event.detail.type === "conversation:create" ? `create ${event.conversationId}` : event.id,
  );

describe("messages", () => {
  test("of a conversation follow one another by their own order, in the places that they have among others", () => {
    const told = [message("1", "c", 3), message("2", "z", 9), message("1", "a", 1), remove("1"), message("1", "b", 2)];
    expect(names(told)).toEqual(["a", "z", "b", "remove 1", "c"]);
  });

  test("are told by their own record wherever they stand", () => {
    const sorted = inOrder([message("1", "b", 2), message("1", "a", 1)], records());
    expect(sorted.map(({ sequenceNumber }) => sequenceNumber)).toEqual(["of a", "of b"]);
  });
});

describe("the creation of a conversation", () => {
  test("comes before its messages, and once", () => {
    expect(names([message("1", "a"), create("1"), create("2"), message("1", "b")])).toEqual([
      "create 1",
      "a",
      "create 2",
      "b",
    ]);
  });

  test("is told from the conversation if its own record is not there yet, with the same id", () => {
    const told = [message("1", "a"), message("1", "b")];
    expect(names(told, records({ 1: open("1") }))).toEqual(["create 1", "a", "b"]);
    const [made] = inOrder(told, records({ 1: open("1") }));
    expect(made).toEqual({ ...create("1"), sequenceNumber: "of a" });
  });

  test("is left out if the conversation cannot be read: that fails its message alone", () => {
    const broken: NamedRecords = {
      ...records(),
      conversation: () => {
        throw new SyntaxError("Unexpected end of JSON input");
      },
    };
    expect(names([message("1", "a"), create("2")], broken)).toEqual(["a", "create 2"]);
  });

  test("is not told again with a message of a minute later, nor of a conversation that is gone", () => {
    expect(names([message("1", "a", 61)], records({ 1: open("1") }))).toEqual(["a"]);
    expect(names([message("1", "a", 60)], records({ 1: open("1") }))).toEqual(["create 1", "a"]);
    expect(names([message("1", "a")], records({ 1: { kind: "merged", into: "2" } }))).toEqual(["a"]);
    expect(names([message("1", "a")], records({ 1: { kind: "gone", conversation: conversation("1") } }))).toEqual([
      "a",
    ]);
  });
});
