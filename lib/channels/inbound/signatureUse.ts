import { absent, equals, or } from "../../db/expression.ts";
import { channelMessageId, signatureKey } from "../../db/keys.ts";
import type { Runtime } from "../../db/runtime.ts";
import { putItem } from "../../db/writeItems.ts";
import type { ChannelDelivery } from "./channelDelivery.ts";
import { idsOfPerson, isMessage } from "./channelEvent.ts";

/** Seconds that a signature is remembered: longer than any channel accepts one. */
const lifetimeSeconds = 24 * 3600;

/**
 * Binds a signature that covers no content to an event, before the event is stored.
 * @returns whether the signature is valid for this event: the first that came with it, or the same again
 */
export async function useSignature(
  { db }: Pick<Runtime, "db">,
  { app, integration, event, receivedAt }: ChannelDelivery,
  signature: string,
): Promise<boolean> {
  const eventKey = isMessage(event) ? (event.dedupeKey ?? event.messageId) : event.kind;
  const served = channelMessageId(app.salt, integration.id, JSON.stringify([...idsOfPerson(event.person), eventKey]));
  const expiresAt = Math.floor(receivedAt.getTime() / 1000) + lifetimeSeconds;
  const item = { ...signatureKey(app, integration.id, signature), served, expiresAt };
  return (await putItem(db, item, or(absent, equals("served", served)))).done;
}
