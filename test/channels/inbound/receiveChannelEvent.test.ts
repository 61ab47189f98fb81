import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { describe, expect, test, vi } from "vitest";
import { conversationItem, listUnderUser } from "../../../lib/db/items/conversationItem.ts";
import { deletionItem } from "../../../lib/db/items/deletionItem.ts";
import { redirectItem, vacancyItem } from "../../../lib/db/items/userItem.ts";
import { deletionKey, firstConversationId, profileFingerprint, userKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { ConflictError } from "../../../lib/db/retryOnConflict.ts";
import { transact } from "../../../lib/db/transact.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { defaultSettings } from "../../../lib/model/app.ts";
import type { ChannelEvent } from "../../../lib/model/channel.ts";
import type { Client } from "../../../lib/model/client.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import { newUser } from "../../../lib/model/user.ts";
import { putPendingLink } from "../../../lib/users/channelIdentity.ts";
import { intercept } from "../../support/intercept.ts";
import {
  addressOf,
  app,
  at,
  freshId,
  freshNumber,
  message,
  messageIdOf,
  now,
  person,
  receivingChannel,
  whatsapp,
} from "../../support/receivingChannel.ts";
import { userItemAt } from "../../support/userItemAt.ts";

const { table, send, behind, conversationOf, messageIn, saidIn } = receivingChannel();

describe("an address that leads to somebody who is gone", () => {
  test("is the next person's, though no deletion has anything left to do", async () => {
    const gone = { userId: "c".repeat(24), clientId: "d".repeat(24), conversationId: "e".repeat(24) };
    await putItem(table(), redirectItem(app.id, addressOf("30"), gone));
    expect(await send(message("30", "30-1"))).toBe("created");
    expect(await send(message("30", "30-2"))).toBe("stored");
    expect(await getItem(table(), userKey(app.id, addressOf("30")))).toMatchObject({ kind: "redirect" });
  });
});

describe("what an event asks for", () => {
  test("is somebody new, with client, conversation and message, behind every id", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    const event = message(one, "hello", { person: { ...person(one, two), displayName: "Ada", givenName: "Ada" } });
    expect(await send(event)).toBe("created");
    const { user, owner } = await behind(two);
    expect(user).toMatchObject({
      id: addressOf(one),
      profile: { givenName: "Ada" },
      clients: [{ externalId: one, aliases: [two], displayName: "Ada", type: "whatsapp", integrationId: whatsapp.id }],
    });
    const conversationId = firstConversationId(app.salt, addressOf(one));
    const fingerprint = profileFingerprint(app.salt, event.person);
    expect(owner).toEqual({
      userId: user?.id,
      clientId: user?.clients[0]?.id,
      conversationId,
      profileFingerprint: fingerprint,
    });
    expect(user?.defaultConversationId).toBe(conversationId);
    expect(await conversationOf(conversationId)).toMatchObject({
      type: "personal",
      isDefault: true,
      messageCount: 1,
      lapsesAt: undefined,
      participants: [{ userId: user?.id, clientAssociations: [{ type: "whatsapp", clientId: user?.clients[0]?.id }] }],
    });
    const id = messageIdOf("hello");
    expect(await messageIn(conversationId, id)).toEqual({
      id,
      received: now.toISOString(),
      author: { type: "user", userId: user?.id, displayName: "Ada" },
      content: { type: "text", text: "hello" },
      source: { type: "whatsapp", integrationId: whatsapp.id, originalMessageId: "hello" },
    });
  });

  test("is somebody new who said nothing yet, or nobody where the app wants no such", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    expect(await send({ kind: "started", person: person(one) })).toBe("created");
    expect(await conversationOf((await behind(one)).owner?.conversationId)).toMatchObject({ messageCount: 0 });
    expect(await send({ kind: "started", person: person(one) })).toBe("updated");
    const quiet = { ...app, settings: { ...defaultSettings, ignoreAutoConversationStart: true } };
    expect(await send({ kind: "started", person: person(two) }, quiet)).toBe("ignored");
    expect(await send({ kind: "postback", person: person(two), messageId: "p", payload: "P" }, quiet)).toBe("ignored");
    expect((await behind(two)).identity?.record).toBeUndefined();
  });

  test.each<[string, (known: string, vacant: string) => ChannelEvent]>([
    ["first contact", (_, vacant) => message(vacant, `${vacant} one`)],
    ["further id", (known, vacant) => message(known, `${known} two`, { person: person(known, vacant) })],
    ["change of ids", (known, vacant) => ({ kind: "identityChanged", person: person(known), to: [vacant] })],
  ])("finishes first what a deletion at the address has left to do: of a %s", async (_, event) => {
    const [known, vacant] = [freshNumber(), freshNumber()];
    await send(message(known, `${known} one`));
    await putItem(table(), vacancyItem(app.id, addressOf(vacant), "gone"));
    const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };
    await putItem(table(), deletionItem({ appId: app.id, userId: "gone", ...nothing }));
    await send(event(known, vacant), app, at(1));
    expect(await getItem(table(), deletionKey(app.id, "gone"))).toBeUndefined();
    expect((await behind(vacant)).user).toBeDefined();
    expect((await behind(vacant)).user?.id).not.toBe(addressOf(vacant));
  });

  test("is given up when somebody else changes the same person each time it is tried", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`));
    let tries = 0;
    const restless = intercept(table(), async ({ name }, call) => {
      if (name !== "TransactWriteItems") return call();
      tries++;
      const CancellationReasons = [{ Code: "ConditionalCheckFailed" }];
      throw new TransactionCanceledException({ $metadata: {}, message: "Cancelled", CancellationReasons });
    });
    const event = message(one, `${one} two`, { person: person(one, two) });
    // The pauses between the attempts are of random length.
    vi.spyOn(Math, "random").mockReturnValue(0);
    await expect(send(event, app, at(1), restless)).rejects.toThrow(ConflictError);
    vi.restoreAllMocks();
    expect(tries).toBe(100);
  });

  test.each(["message", "postback"])(
    "is a %s by which a link comes to stand that waited for the person",
    async (kind) => {
      const number = freshNumber();
      const user = newUser(app.id, freshId(), now);
      const conversation = newConversation(app.id, freshId(), now, {
        type: "personal",
        isDefault: true,
        participants: [newParticipant(freshId(), user, [])],
      });
      const client: Client = {
        id: freshId(),
        type: "whatsapp",
        status: "pending",
        integrationId: whatsapp.id,
        awaiting: { externalId: number, primary: true },
        linkedAt: now.toISOString(),
        conversationId: conversation.id,
      };
      await putItem(table(), userItemAt({ ...user, clients: [client] }, "1"));
      await putItem(table(), conversationItem(conversation));
      await putItem(table(), putPendingLink(app, addressOf(number), { userId: user.id, clientId: client.id }).put);
      expect(await send({ kind: "blocked", person: person(number) })).toBe("ignored");
      expect((await behind(number)).identity?.pendingLink).toBeDefined();
      const event = message(number, `${number} one`);
      const pressed: ChannelEvent = {
        kind: "postback",
        person: person(number),
        messageId: `${number} p`,
        payload: "P",
      };
      expect(await send(kind === "message" ? event : pressed, app, at(1))).toBe("stored");
      expect(await behind(number)).toMatchObject({
        identity: { pendingLink: undefined },
        user: { id: user.id, clients: [{ id: client.id, status: "active" }] },
      });
      expect(await saidIn(conversation.id)).toHaveLength(1);
    },
  );

  test("waits for what is still moving to the person", async () => {
    const [number, merged] = [freshNumber(), freshId()];
    await send(message(number, `${number} one`));
    const { user, owner } = await behind(number);
    if (!user) throw new Error("No user owns the number.");
    // A conversation of a user that was merged into the person, which does not have the place there yet.
    const moving = newConversation(app.id, freshId(), now, {
      type: "personal",
      isDefault: false,
      participants: [newParticipant(freshId(), { id: merged }, [])],
    });
    await putItem(table(), conversationItem(moving));
    await transact(table(), { entry: listUnderUser(app.id, merged, moving.id) });
    const clients = user.clients.map((client) => ({ ...client, conversationId: moving.id }));
    await putItem(
      table(),
      userItemAt({ ...user, clients, pendingMoves: [{ kind: "moveConversations", fromUserId: merged }] }, "1"),
    );
    expect(await send(message(number, `${number} two`), app, at(1))).toBe("stored");
    expect(await saidIn(moving.id)).toEqual([`${number} two`]);
    expect(await saidIn(owner?.conversationId)).toHaveLength(1);
  });
});
