import { describe, expect, test } from "vitest";
import { contentOf, effectOf, idsOfPerson, rawOf } from "../../../lib/channels/inbound/channelEvent.ts";
import { defaultSettings } from "../../../lib/model/app.ts";
import type { ChannelEvent, ChannelPerson } from "../../../lib/model/channel.ts";
import { idsOfClient } from "../../../lib/model/client.ts";

const person: ChannelPerson = { externalId: "1", aliases: [] };

describe("what an event does", () => {
  const message = { kind: "message", person, messageId: "1", content: { type: "text", text: "Hi" } } as const;
  const postback = { kind: "postback", person, messageId: "1", payload: "P" } as const;

  test.each<[ChannelEvent, string, string]>([
    [message, "create", "create"],
    [postback, "create", "update"],
    [{ kind: "started", person }, "create", "update"],
    [{ kind: "blocked", person }, "update", "update"],
    [{ kind: "unblocked", person }, "update", "update"],
    [{ kind: "identityChanged", person, to: ["2"] }, "update", "update"],
  ])("%j: %s; with ignoreAutoConversationStart: %s", (event, effect, ignoring) => {
    expect(effectOf(event, defaultSettings)).toBe(effect);
    expect(effectOf(event, { ...defaultSettings, ignoreAutoConversationStart: true })).toBe(ignoring);
  });
});

describe("ids", () => {
  const client = { id: "sdk", type: "sdk", status: "active", linkedAt: "" } as const;

  test("of a person are each there once, the client's own first", () => {
    expect(idsOfPerson({ externalId: "1", aliases: ["2", "1", "2"] })).toEqual(["1", "2"]);
    expect(idsOfClient({ ...client, externalId: "1", aliases: ["2"] })).toEqual(["1", "2"]);
    expect(idsOfClient(client)).toEqual([]);
  });
});

describe("what a message or postback says", () => {
  const message = (content: object, raw?: unknown) =>
    ({ kind: "message", person, messageId: "1", content: { type: "text", ...content }, raw }) as ChannelEvent & {
      kind: "message";
    };
  const limit = 128 * 1024;

  test("is its content, or the text of what was pressed", () => {
    expect(contentOf(message({ text: "Hi" }), defaultSettings)).toEqual({ type: "text", text: "Hi" });
    const postback = { kind: "postback", person, messageId: "1", payload: "P" } as const;
    expect(contentOf(postback, defaultSettings)).toEqual({ type: "text", text: "P", payload: "P" });
    expect(contentOf({ ...postback, text: "Yes" }, defaultSettings)).toEqual({
      type: "text",
      text: "Yes",
      payload: "P",
    });
  });

  test("is cut where it is longer than an item can hold, and says so", () => {
    const long = "x".repeat(limit);
    expect(contentOf(message({ text: long }), defaultSettings).text).toBe(long);
    expect(contentOf(message({ text: `${long}x` }), defaultSettings).text).toBe(`${long}…`);
  });

  test("has what the channel sent beside it, unless that is too large", () => {
    const raw = { a: "x".repeat(limit - '{"a":""}'.length) };
    const larger = { a: `${raw.a}x` };
    expect(rawOf(message({ text: "Hi" }, raw))).toBe(raw);
    expect(rawOf(message({ text: "Hi" }, larger))).toBeUndefined();
    expect(contentOf(message({ type: "unsupported" }, raw), defaultSettings)).toEqual({ type: "unsupported", raw });
    expect(contentOf(message({ type: "unsupported" }, larger), defaultSettings)).not.toHaveProperty("raw");
    expect(rawOf(message({ type: "unsupported" }, raw))).toBeUndefined();
    expect(rawOf({ kind: "postback", person, messageId: "1", payload: "P", raw })).toBe(raw);
    expect(contentOf(message({ text: "Hi" }, raw), defaultSettings)).not.toHaveProperty("raw");
  });
});
