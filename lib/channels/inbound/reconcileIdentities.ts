import { replaceUser } from "../../db/items/userItem.ts";
import { profileFingerprint } from "../../db/keys.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import type { ChannelPerson } from "../../model/channel.ts";
import { holdsIdentity } from "../../model/client.ts";
import type { IdentityOwner, StoredUser, User } from "../../model/user.ts";
import {
  assignIdentity,
  finishDeletionsAt,
  isAsRead,
  readIdentities,
  type StoredIdentity,
  unassignIdentity,
} from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { idsGivenUp, seenOnChannel, withClientStatus } from "./channelClient.ts";
import { type ChannelDelivery, cameBefore } from "./channelDelivery.ts";
import { reportedStatus } from "./channelEvent.ts";
import { mergeOwners } from "./mergeOwners.ts";

type Receiving = Pick<Runtime, "db">;

/** The owner of a person's identities, and the user if it was read. */
export interface ReconciledOwner {
  readonly owner: IdentityOwner;
  readonly storedUser: StoredUser | undefined;
}

/** The decision on a person's identities, of which at least one has an owner. */
type ReconciliationPlan =
  /** All have one owner, and the event brings nothing new of the person. */
  | { readonly kind: "settled" }
  /** They have two owners, who are one person. */
  | { readonly kind: "merge"; readonly other: StoredIdentity }
  /** Identities are assigned, or the client is changed, or a redelivery must be told from news. */
  | {
      readonly kind: "update";
      readonly unassigned: readonly StoredIdentity[];
      readonly news: readonly StoredIdentity[];
      /** Whether there is anything to write once the message is known to be new. */
      readonly changes: boolean;
    };

/**
 * Merges the users behind the identities of one person, if they are several, and assigns every identity to the
 * survivor.
 * @returns the owner; `repeated` for a message that was stored before with an outdated description of the person; or
 * `conflict` if anything changed since it was read
 */
export async function reconcileIdentities(
  runtime: Receiving,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<ReconciledOwner | "repeated" | Conflict> {
  // A user at one of the addresses was read with it already.
  const first = identities.find(({ storedUser }) => storedUser !== undefined) ?? identities.find(({ owner }) => owner);
  if (!first?.owner) return conflict;
  const reconciled = { owner: first.owner, storedUser: first.storedUser };
  const plan = planReconciliation(delivery, identities, { ...first, owner: first.owner });
  if (plan.kind === "settled") return reconciled;
  if (await cameBefore(runtime, delivery, identities)) return "repeated";
  if (plan.kind === "merge") {
    const merged = await mergeOwners(runtime, delivery, first, plan.other);
    // Two users that the business itself keeps apart are not merged because a channel shows them as one.
    return merged === "distinct" ? reconciled : conflict;
  }
  return plan.changes ? commitReconciliation(runtime, delivery, identities, { ...reconciled, ...plan }) : reconciled;
}

/** Decides on a person's identities by the records that were read. */
function planReconciliation(
  { app, event, receivedAt }: ChannelDelivery,
  identities: readonly StoredIdentity[],
  first: StoredIdentity & { readonly owner: IdentityOwner },
): ReconciliationPlan {
  const other = identities.find(({ owner }) => owner && owner.userId !== first.owner.userId);
  if (other) return { kind: "merge", other };
  const unassigned = identities.filter(({ owner }) => owner === undefined);
  // The user behind an address that redirects was not read, nor need be while the channel reports nothing new.
  const news = identities.filter(
    ({ owner }) =>
      owner &&
      first.storedUser === undefined &&
      (reportedStatus(event) !== undefined || isNews(app, owner.profileFingerprint, event.person)),
  );
  // The user at the address had the identity before.
  const taken = identities.some(({ record, owner, storedUser }) => record?.kind === "user" && owner && !storedUser);
  const { storedUser, owner } = first;
  const changed =
    storedUser !== undefined && applyEvent(storedUser.user, owner.clientId, { event, receivedAt }) !== storedUser.user;
  const changes = unassigned.length > 0 || news.length > 0 || changed;
  return changes || taken ? { kind: "update", unassigned, news, changes } : { kind: "settled" };
}

/** Applies an event's description and status to a user's client. Answers the same object if nothing is new. */
function applyEvent(
  user: User,
  clientId: string,
  { event, receivedAt }: Pick<ChannelDelivery, "event" | "receivedAt">,
): User {
  const at = event.occurredAt ?? receivedAt;
  const status = reportedStatus(event);
  const described = seenOnChannel(user, clientId, event.person, at);
  return status === undefined ? described : withClientStatus(described, clientId, status, at);
}

async function commitReconciliation(
  runtime: Receiving,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
  plan: ReconciledOwner & { readonly unassigned: readonly StoredIdentity[]; readonly news: readonly StoredIdentity[] },
): Promise<ReconciledOwner | Conflict> {
  const { app, integration, event } = delivery;
  const { owner, unassigned, news } = plan;
  const storedUser = plan.storedUser ?? (await findUserById(runtime, app.id, owner.userId));
  if (!storedUser || !isAsRead(identities, storedUser)) return conflict;
  const isStillOwned = ({ externalId, owner }: StoredIdentity) =>
    owner === undefined ||
    storedUser.user.clients.some((one) => one.id === owner.clientId && holdsIdentity(one, integration.id, externalId));
  // The client may have lost an id since the identities were read.
  if (!identities.every(isStillOwned)) return conflict;
  await finishDeletionsAt(runtime, app, unassigned);
  const user = applyEvent(storedUser.user, owner.clientId, delivery);
  const isOwned = ({ externalId }: StoredIdentity) =>
    user.clients.some((one) => one.id === owner.clientId && holdsIdentity(one, integration.id, externalId));
  const replacing = replaceUser(user, storedUser);
  const givenUp = idsGivenUp(storedUser.user, user, owner.clientId);
  const former = givenUp.length === 0 ? [] : await readIdentities(runtime, app, integration, givenUp);
  const fingerprint = reportedStatus(event) === "blocked" ? undefined : profileFingerprint(app.salt, event.person);
  const written = await transact(runtime.db, {
    user: replacing,
    // A number that is older than the client's own is not assigned.
    unassigned: unassigned
      .filter(isOwned)
      .flatMap((identity) =>
        assignIdentity(app, identity, { ...owner, userId: user.id, profileFingerprint: fingerprint }),
      ),
    news: news.flatMap((identity) =>
      assignIdentity(app, identity, { ...(identity.owner ?? owner), profileFingerprint: fingerprint }),
    ),
    former: former.flatMap((identity) => unassignIdentity(app, identity, owner.clientId)),
  });
  return written.done ? { owner, storedUser: { ...storedUser, user, version: replacing.put.version } } : conflict;
}

/**
 * Tells whether an event may change the client behind an address that redirects: it is blocked, was never described, or
 * is described differently. While the fingerprint is the same, a message need not read the client.
 */
const isNews = (app: App, fingerprint: string | undefined, person: ChannelPerson): boolean =>
  fingerprint === undefined ||
  ((person.displayName !== undefined || person.avatarUrl !== undefined) &&
    fingerprint !== profileFingerprint(app.salt, person));
