import type { App } from "../domain/app.ts";
import { type Claims, identityOf, verifiedEmail, withClaims } from "../domain/claims.ts";
import type { Conversation } from "../domain/conversation.ts";
import { type DeviceDescription, deviceOfSession, withDevice, withoutSessions } from "../domain/device.ts";
import { refuse } from "../domain/refusal.ts";
import { newUser, type User, type VersionedUser } from "../domain/user.ts";
import { nameParticipant } from "./conversationItem.ts";
import { claimEmails } from "./emailItem.ts";
import { resumeDeletionAt } from "./finishDeletion.ts";
import { externalIdAddress } from "./keys.ts";
import type { MergeStore } from "./merges.ts";
import { backOff, type Table } from "./table.ts";
import { redirectItem, replaceUser, unheld } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** Who signs in, from where, and as whom they were here before. */
export interface SignIn {
  readonly externalId: string;
  readonly claims: Claims;
  readonly device: DeviceDescription;
  /** The anonymous user of the device, if it presents one. It counts only with its valid session. */
  readonly anonymous?: { readonly userId: string; readonly sessionToken: string } | undefined;
}

export interface SignedIn {
  readonly user: User;
  /** The user's first conversation, when it came along with the reading. */
  readonly conversation: Conversation | undefined;
  readonly created: boolean;
}

/** A device that was seen less than this ago is not written again. */
const seenWithin = 60_000;

/** How often a sign-in decides anew because somebody else changed what it had read. */
const attempts = 25;

/** Signing in with a verified externalId, from any number of devices and tabs at once. */
export function signInStore(table: Table, users: UserStore, merges: MergeStore) {
  /** Gives an anonymous user the externalId: same id, same history; the address leads to it from now on. */
  const upgrade = async (app: App, anonymous: VersionedUser, user: User, address: string): Promise<boolean> => {
    const first = user.defaultConversationId;
    const replacing = replaceUser(user, anonymous);
    const written = await table.transact([
      replacing,
      ...claimEmails(app, anonymous.user.identities, user),
      { put: redirectItem(app.id, address, { userId: user.id }), condition: unheld },
      ...(first === undefined ? [] : [nameParticipant(first, user)]),
    ]);
    if (written.done) await merges.settle(app, { ...anonymous, user, version: replacing.put.version });
    return written.done;
  };

  /** Changes a user who signs in; `undefined` when somebody else changed whose an email is, or took the user away. */
  const change = async (app: App, known: VersionedUser, arrive: (user: User) => User): Promise<User | undefined> => {
    const claimed = (before: User, user: User) => claimEmails(app, before.identities, user);
    const user = arrive(known.user);
    const emails = claimed(known.user, user);
    if (emails.length > 0) return (await table.transact([replaceUser(user, known), ...emails])).done ? user : undefined;
    // On however many devices at once: each that is late goes on from what the quicker one left.
    const changed = await users.change(known, (now) => {
      const next = arrive(now);
      return claimed(now, next).length > 0 ? undefined : next;
    });
    return changed?.user;
  };

  /** Whether an email is somebody's of another externalId, looked at closely: two readings may tell of different moments. */
  const isOfAnother = async (app: App, holderId: string, externalId: string): Promise<boolean> => {
    const holder = await users.follow(app.id, await users.find(app.id, holderId));
    return holder !== undefined && holder.user.externalId !== externalId;
  };

  return {
    /**
     * Signs a person in: finds the user of the externalId, or creates it, or gives the externalId to the anonymous user
     * of the device, or merges that one into the user who holds it. At any number at once, an externalId ends with one
     * user. A verified email becomes the user's identity with it. Source: the vendor's guides "Authenticating users" and
     * "Merging users".
     *
     * @throws Refusal `conflict` when the verified email is another user's; then nothing changes
     */
    async signIn(app: App, request: SignIn, now: Date, newId: () => string): Promise<SignedIn> {
      const { externalId, claims, device, anonymous } = request;
      const email = verifiedEmail(claims);
      const address = externalIdAddress(app.salt, externalId);
      const arrive = (user: User): User =>
        withClaims(withDevice({ ...withoutSessions(user), authenticated: true }, device, now, newId), claims);
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (attempt > 0) await backOff(attempt);
        const met = await users.encounter(app, address, anonymous?.userId, email);
        const guest =
          met.anonymous?.kind === "user" &&
          met.anonymous.user.externalId === undefined &&
          // A session is bound to its device: presented by another one it proves nothing.
          deviceOfSession(met.anonymous.user, anonymous?.sessionToken ?? "")?.guid === device.guid
            ? met.anonymous
            : undefined;
        const known = await users.follow(app.id, met.standing);
        if (met.emailHolderId !== undefined && !(known && identityOf(known.user, email ?? ""))) {
          if (await isOfAnother(app, met.emailHolderId, externalId)) throw refuse.emailTaken();
          continue;
        }
        if (known && guest && guest.user.id !== known.user.id) {
          const merged = await merges.merge(app, known, guest, arrive, {
            alongside: (user) => claimEmails(app, [...known.user.identities, ...guest.user.identities], user),
          });
          if (merged) return { user: merged.user, conversation: undefined, created: false };
        } else if (known) {
          const settled = await merges.settle(app, known);
          const conversation =
            met.conversation?.id === settled.user.defaultConversationId ? met.conversation : undefined;
          if (hasJustBeenSeen(settled.user, device, now) && withClaims(settled.user, claims) === settled.user)
            return { user: settled.user, conversation, created: false };
          const user = await change(app, settled, arrive);
          if (user) return { user, conversation, created: false };
        } else if (guest) {
          await resumeDeletionAt(table, app.id, met.standing);
          const arrived = { ...arrive(guest.user), externalId };
          // Conversations beyond the first may be any number, and are told of the externalId after.
          const absorbing = [...(guest.user.absorbing ?? []), guest.user.id];
          const user = guest.user.hasMoreConversations ? { ...arrived, absorbing } : arrived;
          if (await upgrade(app, guest, user, address)) return { user, conversation: undefined, created: false };
        } else {
          const outcome = await users.createAt(arrive(newUser(app.id, address, now, { externalId })), newId, (user) =>
            claimEmails(app, [], user),
          );
          if ("created" in outcome) return { user: outcome.created, conversation: undefined, created: true };
        }
      }
      throw new Error("A sign-in met a change of the same user each time it was tried.");
    },
  };
}

const hasJustBeenSeen = (user: User, device: DeviceDescription, now: Date): boolean =>
  user.authenticated &&
  user.devices.some(
    (known) =>
      known.guid === device.guid &&
      known.status === "active" &&
      known.sessions === undefined &&
      now.getTime() - Date.parse(known.lastSeen) < seenWithin,
  );
