import { describe, expect, test } from "vitest";
import { parsedDelivery, type Reading, readEach } from "../../../lib/channels/kit/delivery.ts";
import type { ChannelEvent } from "../../../lib/model/channel.ts";

const person = { externalId: "1", aliases: [] };
const message = (messageId: string, dedupeKey?: string): ChannelEvent => ({
  kind: "message",
  person,
  messageId,
  content: { type: "text", text: messageId },
  ...(dedupeKey === undefined ? {} : { dedupeKey }),
});
const postback = (messageId: string): ChannelEvent => ({ kind: "postback", person, messageId, payload: "P" });
const started: ChannelEvent = { kind: "started", person };

describe("a delivery of several pieces", () => {
  test("keeps what cannot be read, whole and by itself", () => {
    const read = function* (piece: number): Generator<Reading> {
      yield `read ${piece}`;
      if (piece === 2) throw new Error("unreadable piece");
    };
    const failed = { kind: "unreadable", reason: "unreadable", piece: 2 };
    expect([...readEach([1, 2, 3], read)]).toEqual(["read 1", failed, "read 3"]);
  });

  test("keeps the order, and tells what makes nobody from what does", () => {
    const unread = { kind: "unreadable", reason: "no sender", piece: { text: "Hello" } } as const;
    expect(parsedDelivery([started, "an echo", unread, message("1")])).toEqual({
      events: [started, message("1")],
      skipped: ["an echo", "no sender"],
      unreadable: [unread],
    });
  });

  test("has each message once, by what a redelivery repeats", () => {
    const again = "repeated in this delivery";
    expect(parsedDelivery([message("1"), message("1"), postback("1"), postback("2")])).toEqual({
      events: [message("1"), postback("2")],
      skipped: [again, again],
      unreadable: [],
    });
    expect(parsedDelivery([message("1", "a"), message("1", "b"), message("2", "a")])).toEqual({
      events: [message("1", "a"), message("1", "b")],
      skipped: [again],
      unreadable: [],
    });
    expect(parsedDelivery([started, started]).events).toEqual([started, started]);
  });
});
