import type { App } from "../domain/app.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { areOfTwo, hasKinds, numbersOf, withoutIds } from "../domain/channelIds.ts";
import { idsOfClient } from "../domain/client.ts";
import { idsOf, isBeforeNumber, withoutId } from "../domain/contact.ts";
import { type Address, type ChannelIntegration, leadNowhere } from "./channelAddresses.ts";
import { cameBefore } from "./channelMessages.ts";
import type { Table } from "./table.ts";
import { replaceUser } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** An event with the addresses of those ids that are its person's. */
interface Claim {
  readonly event: ChannelEvent;
  readonly addresses: readonly Address[];
}

/** Numbers that a network gave to somebody else: by the user id beside a number, its new person is known as another. */
export function numberClaims(table: Table, users: UserStore) {
  return {
    /**
     * Takes a number from the user who has it, where an event shows it with the user id of somebody else. The user stays
     * reachable by the user id, and the number is nobody's until the event is decided anew: each of the two steps is one
     * write, and an event that comes again after the first takes the second. An event from before the user had the number
     * takes nothing: it is decided as if it did not name the number.
     *
     * @returns `again` where the number was taken, or changed since it was read; `repeated` for a message that was stored
     *   when it came before
     */
    async settle(
      app: App,
      integration: ChannelIntegration,
      event: ChannelEvent,
      addresses: readonly Address[],
      now: Date,
    ): Promise<Claim | "again" | "repeated"> {
      const ids = idsOf(event.person);
      const asItIs = { event, addresses };
      if (event.kind === "identityChanged" || !hasKinds(integration.type, ids)) return asItIs;
      const numbers = numbersOf(integration.type, ids);
      const others = addresses.filter(({ externalId }) => !numbers.includes(externalId));
      for (const address of addresses) {
        const { holder, externalId } = address;
        if (!holder || others.includes(address) || others.some((one) => one.holder?.clientId === holder.clientId))
          continue;
        const known = holder.known ?? (await users.findById(app.id, holder.userId));
        const client = known?.user.clients.find(({ id }) => id === holder.clientId);
        if (!known || !client || !areOfTwo(client.type, idsOfClient(client), ids)) continue;
        if (await cameBefore(table, app, integration, event, addresses)) return "repeated";
        if (isBeforeNumber(client, event.occurredAt ?? now))
          return {
            event: { ...event, person: withoutIds(integration.type, event.person, numbers) },
            addresses: others,
          };
        await table.transact([
          replaceUser(withoutId(known.user, client.id, externalId), known),
          ...leadNowhere(app, address, client.id),
        ]);
        return "again";
      }
      return asItIs;
    },
  };
}
