import { describe, expect, test } from "vitest";
import {
  newClient,
  renamedOnChannel,
  seenOnChannel,
  withClientStatus,
  withFirstClient,
} from "../../../lib/channels/inbound/channelClient.ts";
import type { ChannelPerson } from "../../../lib/model/channel.ts";
import type { Client } from "../../../lib/model/client.ts";
import { newUser, type User } from "../../../lib/model/user.ts";

const now = new Date("2026-01-02T00:00:00.000Z");
const before = new Date("2026-01-01T00:00:00.000Z");
const after = new Date("2026-01-03T00:00:00.000Z");
const person: ChannelPerson = { externalId: "1", aliases: [] };
const line = { id: "line", type: "line" } as const;
const client = (more: Partial<Client> = {}): Client => ({
  ...newClient("client", line, person, { conversationId: "conversation", linkedAt: now }),
  ...more,
});
const user = (...clients: readonly Client[]): User => ({ ...newUser("app", "user", now), clients });
const onlyClient = (of: User) => of.clients[0] as Client;

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
    expect(newClient("client", line, told, { conversationId: "conversation", linkedAt: now })).toEqual({
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
    expect(withFirstClient(newUser("app", "user", now), told, client())).toEqual({
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
    // The same id on another integration belongs to another person.
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

describe("a person seen under two ids, for each of which a client stands", () => {
  test("keeps both clients, each with its own id", () => {
    const aliased = { externalId: "1", aliases: ["2", "3"] };
    const clients = [client({ id: "a", externalId: "1" }), client({ id: "b", externalId: "2" })];
    expect(seenOnChannel(user(...clients), "a", aliased, now).clients).toMatchObject([
      { id: "a", externalId: "1", aliases: ["3"] },
      { id: "b", externalId: "2" },
    ]);
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
    expect(renamedOnChannel(known, "client", { old: ["1", "2"], to: ["4", "5"], at: now }).clients).toEqual([
      client({ externalId: "4", aliases: ["5", "3"], renamedAt }),
      client({ id: "other" }),
    ]);
    expect(onlyClient(renamedOnChannel(user(client()), "client", { old: ["1"], to: ["4"], at: now }))).toEqual(
      client({ externalId: "4", renamedAt }),
    );
    expect(
      onlyClient(renamedOnChannel(user(client({ aliases: ["2", "3"] })), "client", { old: ["2"], to: ["4"], at: now })),
    ).toEqual(client({ externalId: "4", aliases: ["1", "3"], renamedAt }));
  });
});
