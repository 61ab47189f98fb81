import { describe, expect, test } from "vitest";
import { clientOfMessage, isForChannels } from "../../../lib/channels/outbound/clientOfMessage.ts";
import { keyOfRequest } from "../../../lib/channels/outbound/keyOfRequest.ts";
import { chooseClient, fitIntegration } from "../../../lib/channels/outbound/planSending.ts";
import type { SendingNow } from "../../../lib/channels/outbound/readSending.ts";
import { pauseBeforeAttempt, secondsLeft } from "../../../lib/channels/outbound/retrying.ts";
import { type Client, claimedId } from "../../../lib/model/client.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import type { Integration } from "../../../lib/model/integration.ts";
import type { Message, Sending } from "../../../lib/model/message.ts";
import { newUser } from "../../../lib/model/user.ts";

const at = new Date("2026-11-29T12:00:00.000Z");
const client = (id: string, fields: Partial<Client> = {}): Client => ({
  ...{ id, type: "telegram", status: "active", integrationId: `of-${id}`, externalId: `person-${id}` },
  linkedAt: at.toISOString(),
  ...fields,
});
const associated = (...ids: readonly Client[]) => ids.map(({ id, type }) => ({ clientId: id, type }));

/** Makes a message to a user with these clients, of which some take part in its conversation. */
function sendingTo(
  clients: readonly Client[],
  { wishes, here = clients, userIds = ["u"] }: { wishes?: Sending; here?: readonly Client[]; userIds?: string[] } = {},
): SendingNow {
  const user = { ...newUser("app", "u", at), clients };
  const message: Message = {
    ...{ id: "m", received: at.toISOString(), author: { type: "business" }, source: { type: "api:conversations" } },
    content: { type: "text", text: "Hello" },
    sending: wishes,
  };
  const participants = userIds.map((id) => newParticipant(id, { id }, associated(...here)));
  return {
    place: { appId: "app", conversationId: "c", messageId: "m", clientId: "1" },
    message,
    expiresAt: undefined,
    conversation: newConversation("app", "c", at, { type: "personal", isDefault: true, participants }),
    user,
    sent: undefined,
  };
}

describe("the client that gets a message", () => {
  test("is the one that it was for, if the user still has it", () => {
    const choice = chooseClient(sendingTo([client("2"), client("1")]), "1");
    expect(choice).toMatchObject({ kind: "client", client: { id: "1" }, destination: { integrationId: "of-1" } });
  });

  test("is the primary one now, if that is gone", () => {
    const [gone, second, third] = [client("1"), client("2"), client("3")];
    expect(chooseClient(sendingTo([third, second], { here: [gone, second, third] }), "1")).toMatchObject({
      client: { id: "2" },
    });
  });

  test("has the id that the channel knows, also where that is only claimed", () => {
    const claimed = client("1", { type: "mailgun", externalId: claimedId("ann@example.org") });
    expect(chooseClient(sendingTo([claimed]), "1")).toMatchObject({ client: { externalId: "ann@example.org" } });
  });

  test.each([
    ["an SDK's", sendingTo([client("1", { type: "sdk" })]), "no channel"],
    ["waiting for its person", sendingTo([client("1", { status: "pending" })]), "client pending"],
    ["gone, with no other", sendingTo([]), "no client"],
    ["of a user who left", sendingTo([client("1")], { userIds: ["other"] }), "user left"],
  ])("is nobody's if it is %s", (_, sending, reason) => {
    expect(chooseClient(sending, "1")).toEqual({ kind: "skipped", reason });
  });

  test("makes the message fail if its person has blocked the business", () => {
    expect(chooseClient(sendingTo([client("1", { status: "blocked" })]), "1")).toMatchObject({
      kind: "failed",
      destination: { clientId: "1" },
      failure: { reason: "notPermitted" },
    });
  });

  test("makes the message fail if it is gone and the destination has no other", () => {
    const wishes = { destination: { integrationType: "whatsapp" } };
    expect(chooseClient(sendingTo([client("2")], { wishes }), "1")).toMatchObject({
      kind: "failed",
      failure: { reason: "unreachable" },
    });
  });
});

describe("a destination", () => {
  const [first, second] = [client("1"), client("2", { type: "line" })];
  const participant = { clientAssociations: associated(first, second) };

  test.each<[Sending["destination"], string | undefined]>([
    [undefined, "1"],
    [{ integrationType: "line" }, "2"],
    [{ integrationId: "of-2" }, "2"],
    [{ integrationType: "viber" }, undefined],
    [{ integrationId: "of-3" }, undefined],
  ])("%o is client %s", (destination, id) => {
    expect(clientOfMessage(participant, destination, [first, second])?.clientId).toBe(id);
  });

  test("of none, or a person's own message, is for no channel", () => {
    const none = { destination: { integrationType: "none" } };
    expect(isForChannels({ author: { type: "business" } })).toBe(true);
    expect(isForChannels({ author: { type: "business" }, sending: none })).toBe(false);
    expect(isForChannels({ author: { type: "user" } })).toBe(false);
  });
});

describe("an integration", () => {
  const integration: Integration = {
    id: "i",
    appId: "app",
    type: "telegram",
    status: "active",
    fields: { token: "t" },
  };

  test("fits if it is there, active, and has what sending needs", () => {
    expect(fitIntegration(integration, "app", ["token"])).toBe(integration);
  });

  test.each([
    ["gone", undefined, "unreachable"],
    ["another app's", { ...integration, appId: "other" }, "unreachable"],
    ["of an SDK", { ...integration, type: "web" as const }, "unreachable"],
    ["inactive", { ...integration, status: "inactive" as const }, "notPermitted"],
    ["without a field", { ...integration, fields: {} }, "missingField"],
  ])("that is %s makes the message fail", (_, one, reason) => {
    expect(fitIntegration(one, "app", ["token"])).toMatchObject({ reason });
  });

  test("without a field is told the field's name", () => {
    expect(fitIntegration({ ...integration, fields: {} }, "app", ["token"])).toMatchObject({
      message: expect.stringContaining("token"),
    });
  });
});

describe("attempts", () => {
  test("come after pauses that double, from two seconds to five minutes, and a fifth longer at most", () => {
    const pauses = [1, 2, 3, 8, 9, 1_000].map((received) => pauseBeforeAttempt(received, 0));
    expect(pauses).toEqual([2, 4, 8, 256, 300, 300]);
    expect(pauseBeforeAttempt(1, 1)).toBeCloseTo(2.4);
  });

  test("come no sooner than the provider asks, and within twelve hours", () => {
    expect(pauseBeforeAttempt(1, 0, 3_600)).toBe(3_600);
    expect(pauseBeforeAttempt(1, 1, 1e9)).toBe(12 * 60 * 60);
  });

  test("are made for a day", () => {
    const queuedAt = at.toISOString();
    expect(secondsLeft({ queuedAt }, at)).toBe(24 * 60 * 60);
    expect(secondsLeft({ queuedAt }, new Date(at.getTime() + 25 * 60 * 60 * 1000))).toBe(0);
  });
});

test("the key of a request is a UUID, the same for the same request alone", () => {
  const keys = [
    keyOfRequest("m", "c", 0),
    keyOfRequest("m", "c", 1),
    keyOfRequest("m", "d", 0),
    keyOfRequest("n", "c", 0),
  ];
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOfRequest("m", "c", 0)).toBe(keys[0]);
});
