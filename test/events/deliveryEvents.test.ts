import { describe, expect, test } from "vitest";
import { type SentMessage, sentItem } from "../../lib/db/items/sentItem.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import { payloadOf } from "../../lib/events/payload/payloadOf.ts";
import type { AppEvent } from "../../lib/model/events/event.ts";
import { changeRecord } from "../support/changeRecord.ts";

const sentAt = new Date("2026-01-01T00:00:00.000Z");
const place = { appId: "app", conversationId: "conversation", messageId: "message", clientId: "client" };
const destination = { type: "telegram", integrationId: "bot", userId: "ada", clientId: "client" } as const;
const going: SentMessage = { ...place, destination, answered: 0, externalIds: [] };
const taken: SentMessage = {
  ...going,
  answered: 1,
  externalIds: ["371"],
  outcome: { kind: "accepted", at: "2026-01-01T00:00:01.000Z", isFinal: false },
};
const failure = { reason: "windowClosed", message: "More than 24 hours have passed" } as const;
const given: SentMessage = { ...going, outcome: { kind: "failed", at: "2026-01-01T00:00:02.000Z", failure } };
const reported = (sent: SentMessage, state: "delivered" | "read" | "failed"): SentMessage => ({
  ...sent,
  report: { state, at: "2026-01-01T00:00:03.000Z", ...(state === "failed" ? { failure } : {}) },
});

/** The events of a change of what became of a message. */
const toldBy = (before: SentMessage | undefined, after: SentMessage): readonly AppEvent[] => {
  const itemOf = (sent: SentMessage) => sentItem(sent, [], sentAt);
  return eventsOf(changeRecord(before && itemOf(before), itemOf(after)));
};
const typesOf = (events: readonly AppEvent[]) => events.map(({ detail }) => detail.type.split(":").at(-1));
const shown = ([event]: readonly AppEvent[]) =>
  event &&
  JSON.parse(
    JSON.stringify(
      payloadOf(
        event,
        { user: () => undefined, conversation: () => undefined },
        { includeFullUser: false, includeFullSource: false, keeps: "everything" },
      ),
    ),
  );

describe("what became of a message on a channel", () => {
  test("is told when the channel took it, and not while it is being sent", () => {
    expect(toldBy(undefined, going)).toEqual([]);
    const events = toldBy(going, taken);
    expect(events).toMatchObject([
      { createdAt: "2026-01-01T00:00:01.000Z", conversationId: "conversation", userId: "ada" },
    ]);
    expect(shown(events)).toEqual({
      conversation: { id: "conversation" },
      user: { id: "ada" },
      destination: { type: "telegram", integrationId: "bot" },
      externalMessages: [{ id: "371" }],
      message: { id: "message" },
      isFinalEvent: false,
    });
    expect(shown(toldBy(going, { ...taken, outcome: { kind: "accepted", at: "", isFinal: true } }))).toMatchObject({
      isFinalEvent: true,
    });
  });

  test("is told as a failure, with a code of the vendor's API", () => {
    expect(typesOf(toldBy(going, given))).toEqual(["failure"]);
    expect(shown(toldBy(going, given))).toEqual({
      conversation: { id: "conversation" },
      user: { id: "ada" },
      destination: { type: "telegram", integrationId: "bot" },
      message: { id: "message" },
      isFinalEvent: true,
      error: { code: "uncategorized_error", message: failure.message },
    });
  });

  test.each([
    ["expired", "uncategorized_error"],
    ["missingField", "unauthorized"],
    ["notPermitted", "forbidden"],
    ["refused", "uncategorized_error"],
    ["unreachable", "not_found"],
    ["wrongCredentials", "unauthorized"],
  ] as const)("that failed because it was %s has the code %s", (reason, code) => {
    const outcome = { kind: "failed", at: "", failure: { reason, message: "" } } as const;
    expect(shown(toldBy(going, { ...going, outcome })).error.code).toBe(code);
  });

  test("is told when the person got it, once, also where the channel reports only that it was read", () => {
    expect(typesOf(toldBy(taken, reported(taken, "delivered")))).toEqual(["user"]);
    expect(typesOf(toldBy(taken, reported(taken, "read")))).toEqual(["user"]);
    expect(toldBy(reported(taken, "delivered"), reported(taken, "read"))).toEqual([]);
    expect(typesOf(toldBy(taken, reported(taken, "failed")))).toEqual(["failure"]);
  });

  test("is told in order where a report waited for it", () => {
    expect(typesOf(toldBy(undefined, reported(taken, "delivered")))).toEqual(["channel", "user"]);
  });

  test("has no user and no destination where no client was left", () => {
    const events = toldBy(undefined, { ...given, destination: undefined });
    expect(events[0]?.userId).toBeUndefined();
    expect(shown(events)).not.toHaveProperty("destination");
    expect(shown(events)).not.toHaveProperty("user");
  });

  test("tells nothing when it moves with its message, changes otherwise, or is deleted", () => {
    const item = sentItem(taken, [], sentAt);
    expect(eventsOf(changeRecord(undefined, { ...item, moved: true }))).toEqual([]);
    expect(eventsOf(changeRecord(item, { ...item, expiresAt: 1 }))).toEqual([]);
    expect(eventsOf(changeRecord(item, undefined))).toEqual([]);
  });

  test("has events of the same ids whenever its record is read", () => {
    const ids = (events: readonly AppEvent[]) => events.map(({ id }) => id);
    expect(ids(toldBy(undefined, taken))).toEqual(ids(toldBy(going, taken)));
    const elsewhere = { ...taken, clientId: "another" };
    expect(ids(toldBy(undefined, elsewhere))).not.toEqual(ids(toldBy(going, taken)));
  });
});
