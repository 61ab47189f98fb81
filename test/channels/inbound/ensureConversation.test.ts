import { describe, expect, test } from "vitest";
import { conversationItem } from "../../../lib/db/items/conversationItem.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { conversationKey, firstConversationId } from "../../../lib/db/keys.ts";
import { deleteItem, putItem } from "../../../lib/db/writeItems.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import {
  addressOf,
  app,
  at,
  freshId,
  freshNumber,
  message,
  now,
  person,
  receivingChannel,
} from "../../support/receivingChannel.ts";
import { userItemAt } from "../../support/userItemAt.ts";

const { table, send, behind, conversationOf, saidIn } = receivingChannel();

describe("what an event asks for", () => {
  /** Makes a user that writes from a fresh number, in a conversation. */
  const writer = async () => {
    const number = freshNumber();
    await send(message(number, `${number} one`));
    const { user, owner } = await behind(number);
    if (!user) throw new Error("No user owns the number.");
    return { number, user, conversationId: owner?.conversationId ?? "" };
  };

  test("is said in a new default conversation where the old one is gone, or was left", async () => {
    for (const leaves of ["gone", "gone and no default"]) {
      const { number, user, conversationId } = await writer();
      await deleteItem(table(), conversationKey(app.id, conversationId));
      if (leaves === "gone and no default")
        await putItem(table(), userItemAt({ ...user, defaultConversationId: undefined }, "1"));
      expect(await send(message(number, `${number} two`))).toBe("stored");
      const after = await behind(number);
      expect(after.user?.defaultConversationId).toBe(firstConversationId(app.salt, user.id));
      expect(await conversationOf(after.owner?.conversationId)).toMatchObject({ messageCount: 1, isDefault: true });
    }
    const { number, user, conversationId } = await writer();
    const left = await conversationOf(conversationId);
    if (!left) throw new Error("The conversation is gone.");
    await putItem(table(), conversationItem({ ...left, participants: [], messageCount: 1 }));
    const other = newConversation(app.id, freshId(), now, {
      type: "personal",
      isDefault: true,
      participants: [newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }])],
    });
    await putItem(table(), conversationItem(other));
    await putItem(table(), userItemAt({ ...user, defaultConversationId: other.id }, "1"));
    expect(await send(message(number, `${number} two`))).toBe("stored");
    expect(await conversationOf(other.id)).toMatchObject({
      messageCount: 1,
      participants: [{ clientAssociations: [{ type: "whatsapp" }, { clientId: "sdk" }] }],
    });
    expect((await behind(number)).owner?.conversationId).toBe(other.id);
  });

  test("gives every id of the person the new place, where the old conversation is gone", async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await send(message(one, `${one} one`, { person: person(one, two) }));
    const { user, owner } = await behind(two);
    const [client] = user?.clients ?? [];
    if (!user || !client) throw new Error("No user owns the number.");
    // Heard elsewhere, in a conversation that lapsed and was merged into another since.
    const elsewhere = newConversation(app.id, freshId(), now, {
      type: "personal",
      isDefault: false,
      participants: [newParticipant(freshId(), user, [])],
    });
    const lapsed = { ...elsewhere, lapsesAt: new Date(0).toISOString() };
    await putItem(table(), { ...conversationItem(lapsed), mergedInto: "another" });
    await putItem(table(), userItemAt({ ...user, clients: [{ ...client, conversationId: elsewhere.id }] }, "1"));
    const to = { userId: user.id, clientId: client.id, conversationId: elsewhere.id };
    await putItem(table(), redirectItem(app.id, addressOf(two), to));
    expect(await send(message(two, `${one} two`, { person: person(two, one) }), app, at(1))).toBe("stored");
    for (const number of [one, two]) expect((await behind(number)).owner?.conversationId).toBe(owner?.conversationId);
    expect(await saidIn(elsewhere.id)).toEqual([]);
    expect(await saidIn(owner?.conversationId)).toHaveLength(2);
    await deleteItem(table(), conversationKey(app.id, owner?.conversationId ?? ""));
    expect(await send(message(one, `${one} three`), app, at(2))).toBe("stored");
    expect(await conversationOf((await behind(one)).owner?.conversationId)).toMatchObject({
      participants: [{ clientAssociations: [{ type: "whatsapp", clientId: client.id }] }],
    });
  });
});
