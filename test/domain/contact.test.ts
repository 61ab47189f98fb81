import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../lib/domain/app.ts";
import type { ChannelEvent, ChannelPerson } from "../../lib/domain/channel.ts";
import { type Client, idsOfClient } from "../../lib/domain/client.ts";
import {
  contentOf,
  effectOf,
  holds,
  idsOf,
  newClient,
  rawOf,
  renamedOnChannel,
  seenOnChannel,
  userOfChannel,
  withClientStatus,
} from "../../lib/domain/contact.ts";
import { newUser, type User } from "../../lib/domain/user.ts";

const now = new Date("2026-01-02T00:00:00.000Z");
const before = new Date("2026-01-01T00:00:00.000Z");
const after = new Date("2026-01-03T00:00:00.000Z");
const person: ChannelPerson = { externalId: "1", aliases: [] };
const line = { id: "line", type: "line" } as const;
const client = (more: Partial<Client> = {}): Client => ({
  ...newClient("client", line, person, "conversation", now),
  ...more,
});
const user = (...clients: readonly Client[]): User => ({ ...newUser("app", "user", now), clients });
const onlyClient = (of: User) => of.clients[0] as Client;

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
  test("of a person are each there once, the client's own first", () => {
    expect(idsOf({ externalId: "1", aliases: ["2", "1", "2"] })).toEqual(["1", "2"]);
    expect(idsOfClient(client({ aliases: ["2"] }))).toEqual(["1", "2"]);
    expect(idsOfClient({ id: "sdk", type: "sdk", status: "active", linkedAt: "" })).toEqual([]);
  });

  test("are held on their integration alone", () => {
    expect(holds(client({ aliases: ["2"] }), "line", "2")).toBe(true);
    expect(holds(client(), "other", "1")).toBe(false);
    expect(holds(client(), "line", "2")).toBe(false);
  });
});

describe("a user whom a channel introduces", () => {
  const told: ChannelPerson = {
    externalId: "1",
    aliases: ["2"],
    displayName: "Ada L.",
    givenName: "Ada",
    surname: "Lovelace",
    email: "ada@example.com",
    locale: "en-GB",
    avatarUrl: "https://example.com/ada.png",
    info: { username: "ada" },
    raw: { id: 1 },
  };

  test("has one client, as the channel shows the person", () => {
    expect(newClient("client", line, told, "conversation", now)).toEqual({
      id: "client",
      type: "line",
      status: "active",
      integrationId: "line",
      externalId: "1",
      lastSeen: now.toISOString(),
      linkedAt: now.toISOString(),
      displayName: "Ada L.",
      avatarUrl: "https://example.com/ada.png",
      info: { username: "ada" },
      raw: { id: 1 },
      aliases: ["2"],
      conversationId: "conversation",
    });
  });

  test("is anonymous, with what the channel tells, and the client's conversation as the default", () => {
    expect(userOfChannel("app", "user", told, client(), now)).toEqual({
      ...newUser("app", "user", now),
      profile: {
        givenName: "Ada",
        surname: "Lovelace",
        email: "ada@example.com",
        locale: "en-GB",
        avatarUrl: "https://example.com/ada.png",
      },
      clients: [client()],
      defaultConversationId: "conversation",
    });
  });
});

describe("a person seen again", () => {
  test("is the same user where nothing is new, or the client is not there", () => {
    const known = user(client());
    expect(seenOnChannel(known, "client", person, now)).toBe(known);
    expect(seenOnChannel(known, "other", { ...person, givenName: "Ada" }, now)).toBe(known);
  });

  test("shows what the channel tells now, and keeps what it leaves out", () => {
    const shown = { displayName: "Ada", avatarUrl: "https://example.com/a", info: { a: "1", b: "1" }, raw: { c: 1 } };
    const known = user(client(shown));
    expect(seenOnChannel(known, "client", person, now)).toBe(known);
    const told = { displayName: "Grace", avatarUrl: "https://example.com/g", info: { b: "2" }, raw: { d: 2 } };
    expect(onlyClient(seenOnChannel(known, "client", { ...person, ...told }, now))).toMatchObject({
      displayName: "Grace",
      avatarUrl: "https://example.com/g",
      info: { a: "1", b: "2" },
      raw: { c: 1, d: 2 },
    });
  });

  test("fills an empty profile, and leaves a filled one to the business", () => {
    const told = { ...person, givenName: "Ada", email: "ada@example.com" };
    expect(seenOnChannel(user(client()), "client", told, now).profile).toMatchObject({
      givenName: "Ada",
      email: "ada@example.com",
    });
    const filled: User = { ...user(client()), profile: { surname: "Lovelace" } };
    expect(seenOnChannel(filled, "client", told, now)).toBe(filled);
  });

  test("has one client more ids, and no id twice", () => {
    const told = { externalId: "2", aliases: ["1", "3"] };
    expect(onlyClient(seenOnChannel(user(client({ aliases: ["3"] })), "client", told, now)).aliases).toEqual([
      "3",
      "2",
    ]);
    // The same id on another integration is somebody else's concern.
    const elsewhere = client({ id: "other", integrationId: "other", externalId: "2" });
    expect(onlyClient(seenOnChannel(user(client(), elsewhere), "client", told, now)).aliases).toEqual(["2", "3"]);
  });

  test.each<[Partial<Client>, Date, Client["status"]]>([
    [{ status: "pending" }, now, "active"],
    [{ status: "blocked" }, now, "active"],
    [{ status: "blocked", statusSince: before.toISOString() }, now, "active"],
    [{ status: "blocked", statusSince: now.toISOString() }, now, "blocked"],
    [{ status: "blocked", statusSince: after.toISOString() }, now, "blocked"],
    [{ status: "inactive" }, now, "inactive"],
  ])("whose client was %j and who writes at %o is %s", (was, at, status) => {
    const seen = onlyClient(seenOnChannel(user(client(was)), "client", person, at));
    expect(seen.status).toBe(status);
    expect(seen.statusSince).toBe(status === was.status ? was.statusSince : at.toISOString());
  });
});

describe("a client's status", () => {
  const known = user(client({ id: "other" }), client());

  test("is set from the time at which the channel told it", () => {
    const blocked = withClientStatus(known, "client", "blocked", now);
    expect(blocked.clients).toEqual([
      client({ id: "other" }),
      client({ status: "blocked", statusSince: now.toISOString() }),
    ]);
    expect(withClientStatus(blocked, "client", "active", now).clients[1]?.status).toBe("active");
    expect(withClientStatus(blocked, "client", "active", before)).toBe(blocked);
  });

  test("stays where it was told at that very time, or there is no such client", () => {
    const told = withClientStatus(known, "client", "active", now);
    expect(told.clients[1]).toEqual(client({ status: "active", statusSince: now.toISOString() }));
    expect(withClientStatus(told, "client", "active", now)).toBe(told);
    expect(withClientStatus(known, "nobody", "blocked", now)).toBe(known);
  });
});

describe("a client whose person was renamed by the channel", () => {
  test("stands for the new ids, and for the old ones that are still its own", () => {
    const known = user(client({ aliases: ["2", "3"] }), client({ id: "other" }));
    const renamedAt = now.toISOString();
    expect(renamedOnChannel(known, "client", ["1", "2"], ["4", "5"], now).clients).toEqual([
      client({ externalId: "4", aliases: ["5", "3"], renamedAt }),
      client({ id: "other" }),
    ]);
    expect(onlyClient(renamedOnChannel(user(client()), "client", ["1"], ["4"], now))).toEqual(
      client({ externalId: "4", renamedAt }),
    );
    expect(onlyClient(renamedOnChannel(user(client({ aliases: ["2", "3"] })), "client", ["2"], ["4"], now))).toEqual(
      client({ externalId: "4", aliases: ["1", "3"], renamedAt }),
    );
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
    expect(contentOf(message({ type: "unsupported" }, larger), defaultSettings).raw).toBeUndefined();
    expect(rawOf(message({ type: "unsupported" }, raw))).toBeUndefined();
    expect(rawOf({ kind: "postback", person, messageId: "1", payload: "P", raw })).toBe(raw);
    expect(contentOf(message({ text: "Hi" }, raw), defaultSettings).raw).toBeUndefined();
  });
});
