import { readSent } from "../../db/items/sentItem.ts";
import { sentKey } from "../../db/keys.ts";
import { getItem } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { OutgoingMessage } from "../../model/channelCall.ts";
import type { ChosenClient } from "./planSending.ts";
import type { SendingNow } from "./readSending.ts";

/** Makes the form of a message that a channel's sender writes. */
export async function outgoingMessage(
  runtime: Pick<Runtime, "db">,
  sending: SendingNow,
  client: ChosenClient,
): Promise<OutgoingMessage> {
  const { id, author, content, sending: wishes } = sending.message;
  const { displayName, avatarUrl } = author;
  return {
    id,
    author: { displayName, avatarUrl },
    content,
    quotedExternalId: await quotedExternalId(runtime, sending, client),
    override: wishes?.override?.[client.type]?.payload,
  };
}

/** Finds the channel's id of the message that a message answers, if that stands on the same channel. */
async function quotedExternalId(
  { db }: Pick<Runtime, "db">,
  { message, place }: SendingNow,
  client: ChosenClient,
): Promise<string | undefined> {
  const { quotedMessage: quoted } = message;
  if (quoted?.type !== "message") return quoted?.externalMessageId;
  const { id, source, author } = quoted.message;
  if (source.integrationId === client.integrationId) return source.originalMessageId;
  if (author.type !== "business") return undefined;
  const item = await getItem(db, sentKey(place.appId, place.conversationId, id, client.id));
  return item && readSent(item).externalIds[0];
}
