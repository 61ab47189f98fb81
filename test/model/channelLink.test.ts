import { describe, expect, test } from "vitest";
import { identityOfAddress, identityOfPhone, mayBeLinked } from "../../lib/model/channelLink.ts";
import type { Client } from "../../lib/model/client.ts";
import { awaitingClient, newUser, type User, withClient, withoutClient } from "../../lib/model/user.ts";

const info = { phoneNumber: "+15145550123" };
const displayName = identityOfPhone("whatsapp", "+15145550123")?.displayName;

describe("a person named by a phone number", () => {
  test.each(["+15145550123", " +1 (514) 555-0123 ", "+1.514.555.0123", "+1\t514\n5550123"])(
    "has the id that the channel itself gives: %j",
    (given) => {
      expect(identityOfPhone("whatsapp", given)).toEqual({ externalId: "15145550123", displayName, info });
      expect(identityOfPhone("messagebird", given)).toEqual({ externalId: "+15145550123", displayName, info });
      expect(identityOfPhone("twilio", given)).toEqual({ externalId: "+15145550123", displayName, info });
    },
  );

  test("carries the prefix whatsapp: on Twilio, and nowhere else", () => {
    const given = "whatsapp:+1 514 555 0123";
    expect(identityOfPhone("twilio", given)).toEqual({ externalId: "whatsapp:+15145550123", displayName, info });
    expect(identityOfPhone("whatsapp", given)).toBeUndefined();
    expect(identityOfPhone("messagebird", given)).toBeUndefined();
  });

  test.each(["+1234567", "+123456789012345"])("may have from 7 to 15 digits: %s", (given) => {
    expect(identityOfPhone("twilio", given)?.externalId).toBe(given);
  });

  test.each([
    ...["+123456", "+1234567890123456", "+05145550123", "15145550123", "x+15145550123", "+15145550123x"],
    ...["+1514555O123", "xwhatsapp:+15145550123", "whatsapp:whatsapp:+15145550123", ""],
  ])("is nobody for what is no number in international form: %j", (given) => {
    expect(identityOfPhone("twilio", given)).toBeUndefined();
  });
});

test("a person is named by an e-mail address in its bare form", () => {
  expect(identityOfAddress("Ada <Ada@Example.com>")).toEqual(identityOfAddress("Ada@Example.com"));
  expect(identityOfAddress("Ada@Example.com")).toEqual({
    externalId: expect.stringMatching(/^ada@example\.com$/i),
    displayName: expect.stringMatching(/^ada@example\.com$/i),
  });
  expect(identityOfAddress("nobody")).toBeUndefined();
});

describe("a link may wait for", () => {
  test.each([
    ["mailgun", "ada@example.com", true],
    ["mailgun", "ada", false],
    ["messagebird", "+15145550123", true],
    ["messagebird", "15145550123", false],
    ["messagebird", "whatsapp:+15145550123", false],
    ["messagebird", "+1514x", false],
    ["twilio", "+15145550123", true],
    ["twilio", "whatsapp:+15145550123", true],
    ["twilio", "messenger:15145550123", false],
    ["twilio", "x+15145550123", false],
    ["twilio", "+15145550123x", false],
    ["whatsapp", "15145550123", true],
    ["whatsapp", "US.15145550123", false],
    ["whatsapp", "15145550123x", false],
    ["line", "15145550123", false],
  ] as const)("on %s, for %s: %j", (type, externalId, may) => {
    expect(mayBeLinked(type, externalId)).toBe(may);
  });
});

describe("a user's clients", () => {
  const client = (id: string, more: Partial<Client> = {}): Client => ({
    id,
    type: "twilio",
    status: "pending",
    integrationId: "one",
    linkedAt: "2026-01-01T00:00:00.000Z",
    ...more,
  });
  const waiting = client("b", { awaiting: { externalId: "+1", primary: true } });
  const user: User = { ...newUser("app", "1", new Date()), clients: [client("a", { externalId: "+1" }), waiting] };

  test("have one that waits for a person of this integration", () => {
    expect(awaitingClient(user, "one", "+1")).toBe(waiting);
    expect(awaitingClient(user, "two", "+1")).toBeUndefined();
    expect(awaitingClient(user, "one", "+2")).toBeUndefined();
  });

  test("are added, replaced where they stand, and removed, by their id", () => {
    const active = client("a", { status: "active" });
    expect(withClient(user, active).clients).toEqual([active, waiting]);
    expect(withClient(user, client("c")).clients).toEqual([...user.clients, client("c")]);
    expect(withoutClient(user, "a").clients).toEqual([waiting]);
    expect(withoutClient(user, "c").clients).toEqual(user.clients);
  });
});
