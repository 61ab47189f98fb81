import { beforeAll } from "vitest";
import { receiveChannelEvent } from "../../lib/channels/inbound/receiveChannelEvent.ts";
import type { Db } from "../../lib/db/db.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { readMessage } from "../../lib/db/items/messageItem.ts";
import { channelAddress, channelMessageId, conversationKey, messageKey, messagePrefix } from "../../lib/db/keys.ts";
import { getItem, queryItems } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import type { App } from "../../lib/model/app.ts";
import type { ChannelEvent, ChannelPerson } from "../../lib/model/channel.ts";
import { newConversation, newParticipant } from "../../lib/model/conversation.ts";
import { newId } from "../../lib/model/id.ts";
import { readIdentities } from "../../lib/users/channelIdentity.ts";
import { findUserById } from "../../lib/users/findUser.ts";
import { app } from "./app.ts";
import { intercept } from "./intercept.ts";
import { newTable } from "./newTable.ts";
import { runtimeOf } from "./runtimeOf.ts";
import { userItemAt } from "./userItemAt.ts";

export { app };
export const whatsapp = { id: "b".repeat(24), type: "whatsapp" } as const;

/** The time of the tests of a file, and times some seconds after it. */
export const now = new Date();
export const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

let count = 0;
export const freshNumber = () => `1514555${++count}`;
export const freshId = () => newId(new Date());

export const addressOf = (externalId: string) => channelAddress(app.salt, whatsapp.id, externalId);
export const messageIdOf = (messageId: string) => channelMessageId(app.salt, whatsapp.id, messageId);

export const person = (externalId: string, ...aliases: readonly string[]): ChannelPerson => ({ externalId, aliases });

/** Makes a text message with its id as the text. */
export const message = (externalId: string, messageId: string, more: Partial<ChannelEvent> = {}) =>
  ({
    kind: "message",
    person: person(externalId),
    messageId,
    content: { type: "text", text: messageId },
    ...more,
  }) as ChannelEvent;

/** Makes a table of a test file's own, and the functions that deliver to it and read it. */
export function receivingChannel() {
  let db: Db;
  beforeAll(async () => {
    db = await newTable();
  });

  /** Receives an event, through the test's own table if it gives one. */
  const send = (event: ChannelEvent, of: App = app, receivedAt = now, through = db) =>
    receiveChannelEvent(runtimeOf(through), { app: of, integration: whatsapp, event, receivedAt });

  /** Reads the user that owns a number. */
  const behind = async (externalId: string, of: App = app) => {
    const [identity] = await readIdentities({ db }, of, whatsapp, [externalId]);
    const owner = identity?.owner;
    const storedUser = owner && (await findUserById({ db }, app.id, owner.userId));
    return { identity, owner, user: storedUser?.user };
  };

  const conversationOf = async (id: string | undefined) => {
    const item = id === undefined ? undefined : await getItem(db, conversationKey(app.id, id));
    return item && readConversation(item);
  };

  const messageIn = async (conversationId: string | undefined, id: string) => {
    const item = await getItem(db, messageKey(app.id, conversationId ?? "", id));
    return item && readMessage(item);
  };

  /** Reads the texts of a conversation. */
  const saidIn = async (conversationId = "") => {
    const { pk } = conversationKey(app.id, conversationId);
    const { items } = await queryItems(db, { partition: pk, prefix: messagePrefix, limit: 99 });
    return items
      .map(readMessage)
      .map(({ content }) => content.text)
      .sort();
  };

  /** Makes a user that writes from a number into a group with another one. */
  const inGroup = async (number: string) => {
    await send(message(number, `${number} one`));
    const { user, owner } = await behind(number);
    if (!user || !owner) throw new Error("No user owns the number.");
    const members = [user.id, "other"].map((userId) => newParticipant(freshId(), { id: userId }, []));
    const group = newConversation(app.id, freshId(), now, {
      type: "sdkGroup",
      isDefault: false,
      participants: members,
    });
    await putItem(db, conversationItem(group));
    const clients = user.clients.map((client) => ({ ...client, conversationId: group.id }));
    await putItem(db, userItemAt({ ...user, clients }, "1"));
    return { user, owner, group };
  };

  /** Wraps the table so that each single write is repeated, as the SDK does after a lost answer. */
  const repeating = (): Db =>
    intercept(db, async ({ name }, call) => {
      if (name === "PutItem" || name === "UpdateItem") await call().catch(refused);
      return call();
    });

  return { table: () => db, send, behind, conversationOf, messageIn, saidIn, inGroup, repeating };
}

/** Loses the first answer, including a failed condition. */
function refused(error: Error): void {
  if (error.name !== "ConditionalCheckFailedException") throw error;
}
