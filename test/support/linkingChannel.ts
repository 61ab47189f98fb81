import { beforeAll } from "vitest";
import type { ChannelDelivery } from "../../lib/channels/inbound/channelDelivery.ts";
import { confirmLink } from "../../lib/channels/links/confirmLink.ts";
import { type LinkRequest, linkClient } from "../../lib/channels/links/linkClient.ts";
import { findOpenConversation } from "../../lib/conversations/findConversation.ts";
import type { Db } from "../../lib/db/db.ts";
import { conversationItem } from "../../lib/db/items/conversationItem.ts";
import { redirectItem } from "../../lib/db/items/userItem.ts";
import { channelAddress } from "../../lib/db/keys.ts";
import { conflict } from "../../lib/db/retryOnConflict.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import type { ChannelEvent } from "../../lib/model/channel.ts";
import type { Client } from "../../lib/model/client.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/model/conversation.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { readIdentities } from "../../lib/users/channelIdentity.ts";
import { readAddress } from "../../lib/users/findUser.ts";
import { app } from "./app.ts";
import { newTable } from "./newTable.ts";
import { runtimeOf } from "./runtimeOf.ts";
import { freshId, uniqueNumber } from "./unique.ts";
import { userItemAt } from "./userItemAt.ts";

export { app };
export const whatsapp = { id: "whatsapp", type: "whatsapp" } as const;
export const now = new Date();

export const freshNumber = () => `1514${String(uniqueNumber()).padStart(7, "0")}`;
export const addressOf = (externalId: string) => channelAddress(app.salt, whatsapp.id, externalId);

/** The fields of a link request that differ from one that makes the client active and the primary one. */
type Asked = Pick<LinkRequest, "storedUser" | "conversation"> & Partial<LinkRequest>;

/** Makes a message from a number. */
export const spoke = (externalId: string, more: Partial<ChannelEvent["person"]> = {}): ChannelEvent => ({
  kind: "message",
  person: { externalId, aliases: [], ...more },
  messageId: freshId(),
  content: { type: "text", text: "It is me" },
});

/** Makes a table of a test file's own, and the functions that link clients in it. */
export function linkingChannel() {
  let db: Db;
  beforeAll(async () => {
    db = await newTable();
  });

  /** Reads a user as it is stored. */
  const at = async (userId: string) => {
    const record = await readAddress({ db }, app.id, userId);
    if (record?.kind !== "user") throw new Error("No user stands there.");
    return record;
  };
  const identityAt = async (externalId: string) => (await readIdentities({ db }, app, whatsapp, [externalId]))[0];
  const clientsIn = async (conversation: Conversation, userId: string) =>
    (await findOpenConversation({ db }, app.id, conversation.id))?.participants
      .find((one) => one.userId === userId)
      ?.clientAssociations.map(({ clientId }) => clientId);

  /** Stores a user in a conversation, its default one. */
  const person = async (fields: Partial<User> = {}) => {
    const user: User = { ...newUser(app.id, freshId(), now), ...fields };
    const conversation = newConversation(app.id, freshId(), now, {
      type: "personal",
      isDefault: true,
      participants: [newParticipant(freshId(), user, [{ type: "sdk", clientId: "sdk" }])],
    });
    const storedUser = { user: { ...user, defaultConversationId: conversation.id }, version: "1" };
    await putItem(db, userItemAt(storedUser.user, "1"));
    await putItem(db, conversationItem(conversation));
    return { storedUser, conversation };
  };

  /** Stores a user that writes from a number already. */
  const writer = async (externalId: string, fields: Partial<User> = {}) => {
    const client: Client = {
      id: freshId(),
      type: "whatsapp",
      status: "active",
      integrationId: whatsapp.id,
      externalId,
      linkedAt: now.toISOString(),
    };
    const made = await person({ clients: [client], ...fields });
    const to = { userId: made.storedUser.user.id, clientId: client.id, conversationId: made.conversation.id };
    await putItem(db, redirectItem(app.id, addressOf(externalId), to));
    return { ...made, client };
  };

  const link = (externalId: string, asked: Asked, through = db) =>
    linkClient({ ...runtimeOf(through), newId: freshId }, app, {
      integration: whatsapp,
      identity: { externalId, displayName: `+${externalId}`, info: { phoneNumber: `+${externalId}` } },
      primary: true,
      confirmed: true,
      receivedAt: now,
      ...asked,
    });

  /** Links, and expects success. */
  const linked = async (externalId: string, asked: Asked): Promise<Client> => {
    const client = await link(externalId, asked);
    if (client === conflict) throw new Error("The link is not made.");
    return client;
  };

  /** Confirms the link that waits for a number. */
  const confirm = async (externalId: string, event = spoke(externalId)): Promise<void> => {
    const identity = await identityAt(externalId);
    if (!identity?.pendingLink) throw new Error("No client waits there.");
    const delivery: ChannelDelivery = { app, integration: whatsapp, event, receivedAt: now };
    await confirmLink({ db }, delivery, { ...identity, pendingLink: identity.pendingLink });
  };

  return { table: () => db, at, identityAt, clientsIn, person, writer, link, linked, confirm };
}
