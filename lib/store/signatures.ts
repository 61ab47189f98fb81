import type { App } from "../domain/app.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { idsOf } from "../domain/contact.ts";
import { channelMessageId, signatureKey } from "./keys.ts";
import type { Table } from "./table.ts";

/** How long a signature is remembered, in seconds: longer than any channel takes one. */
const lifetime = 24 * 3600;

/** Signatures that cover no content, each with the event that it served. */
export function signatureStore(table: Table) {
  return {
    /**
     * Remembers which event a signature serves, before the event is stored.
     *
     * @returns whether it serves this one: the first that came with it, or the same again
     */
    async serves(app: App, integrationId: string, signature: string, event: ChannelEvent, now: Date): Promise<boolean> {
      const isMessage = event.kind === "message" || event.kind === "postback";
      const said = isMessage ? (event.dedupeKey ?? event.messageId) : event.kind;
      const served = channelMessageId(app.salt, integrationId, JSON.stringify([...idsOf(event.person), said]));
      const expiresAt = Math.floor(now.getTime() / 1000) + lifetime;
      const written = await table.put(
        { ...signatureKey(app, integrationId, signature), served, expiresAt },
        { text: "attribute_not_exists(pk) OR served = :served", values: { ":served": served } },
      );
      return written.done;
    },
  };
}
