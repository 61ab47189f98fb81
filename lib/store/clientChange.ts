import type { App } from "../domain/app.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { idsOf, renamedOnChannel, withClientStatus } from "../domain/contact.ts";
import type { VersionedUser } from "../domain/user.ts";
import {
  type Address,
  type ChannelIntegration,
  finishDeletionsAt,
  type Holder,
  leadNowhere,
  leadTo,
  readAddresses,
} from "./channelAddresses.ts";
import { clientRemoval } from "./clientRemoval.ts";
import type { Table } from "./table.ts";
import { replaceUser } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** What became of a change; `again` when anything changed since it was read. */
type Changed = "updated" | "repeated" | "ignored" | "again";

/** Makes two users one who turned out to be one person on an integration. */
type Merge = (
  app: App,
  integration: ChannelIntegration,
  one: Holder,
  two: Holder,
) => Promise<"merged" | "again" | "distinct">;

/** What a channel tells of a known person's client: that it is blocked, or not any more, or stands for other ids. */
export function clientChange(table: Table, users: UserStore, merge: Merge) {
  const removal = clientRemoval(table);

  /** Gives somebody's client other ids: the addresses of the old ones are nobody's from then on. */
  const rename = async (
    app: App,
    integration: ChannelIntegration,
    event: ChannelEvent & { readonly kind: "identityChanged" },
    addresses: readonly Address[],
    holder: Holder & { readonly known: VersionedUser },
    now: Date,
  ): Promise<Changed> => {
    const { known, clientId } = holder;
    const at = event.occurredAt ?? now;
    const renamed = ({ user }: VersionedUser, id: string) => user.clients.find((one) => one.id === id)?.renamedAt ?? "";
    // The news is older than the id that this client has: it was about somebody's number before.
    if (renamed(known, clientId) > at.toISOString()) return "repeated";
    const old = idsOf(event.person).filter((id) => !event.to.includes(id));
    const incoming = await readAddresses(table, app, integration, event.to);
    const present = incoming.find((address) => address.holder && address.holder.clientId !== clientId)?.holder;
    // Who wrote from the new id already is the same person. What the old ids lead to is then decided anew.
    if (present) {
      const isOwn = present.userId === known.user.id;
      const other = isOwn ? known : (present.known ?? (await users.findById(app.id, present.userId)));
      // Unless that one has the id by this very news, and who has the old one now is somebody else.
      if (other && renamed(other, present.clientId) >= at.toISOString()) return "repeated";
      if (!isOwn) return (await merge(app, integration, holder, present)) === "distinct" ? "ignored" : "again";
      const [client, heir] = [clientId, present.clientId].map((id) => known.user.clients.find((one) => one.id === id));
      if (client && heir) await removal.remove(app, known, client, heir);
      return "again";
    }
    await finishDeletionsAt(table, app, incoming);
    const user = renamedOnChannel(known.user, clientId, old, event.to, at);
    const written = await table.transact([
      replaceUser(user, known),
      ...incoming
        .filter((address) => address.holder === undefined)
        .flatMap((address) => leadTo(app, address, { ...holder, userId: user.id })),
      ...addresses
        .filter((address) => old.includes(address.externalId))
        .flatMap((address) => leadNowhere(app, address, clientId)),
    ]);
    return written.done ? "updated" : "again";
  };

  return async (
    app: App,
    integration: ChannelIntegration,
    event: ChannelEvent,
    addresses: readonly Address[],
    now: Date,
  ): Promise<Changed> => {
    const holder = addresses.find((address) => address.holder)?.holder;
    const known = holder && (holder.known ?? (await users.findById(app.id, holder.userId)));
    if (!holder || !known) return "ignored";
    if (event.kind === "identityChanged") return rename(app, integration, event, addresses, { ...holder, known }, now);
    const status = event.kind === "blocked" ? "blocked" : "active";
    const user = withClientStatus(known.user, holder.clientId, status, event.occurredAt ?? now);
    if (user === known.user) return "repeated";
    // Where an address leads elsewhere, the next message is to look at the client again: it may be blocked no more.
    const marks = addresses.flatMap((address) =>
      address.holder && !address.holder.known ? leadTo(app, address, { ...address.holder, told: undefined }) : [],
    );
    const written =
      marks.length === 0
        ? "replaced" in (await users.replace(user, known))
        : (await table.transact([replaceUser(user, known), ...marks])).done;
    return written ? "updated" : "again";
  };
}
