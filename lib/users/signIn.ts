import { readConversationRecord, showExternalId } from "../db/items/conversationItem.ts";
import { claimEmails, keyOfEmail } from "../db/items/emailItem.ts";
import {
  type AddressRecord,
  isUnassigned,
  readAddressRecord,
  redirectItem,
  replaceUser,
} from "../db/items/userItem.ts";
import { conversationKey, externalIdAddress, firstConversationId, userKey } from "../db/keys.ts";
import { getItems } from "../db/readItems.ts";
import { type Conflict, conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { verifiedEmail } from "../model/claims.ts";
import { type Conversation, withoutExpired } from "../model/conversation.ts";
import { deviceOfSession } from "../model/device.ts";
import type { StoredUser, User } from "../model/user.ts";
import { createUser } from "./createUser.ts";
import { resumeDeletionAt } from "./delete/finishDeletion.ts";
import { findUserAt, followRedirects } from "./findUser.ts";
import { finishPendingMoves } from "./merge/finishPendingMoves.ts";
import { mergeUsers } from "./merge/mergeUsers.ts";
import { isUpToDate, planSignIn, type SignIn, type SignInRecords, signedIn } from "./planSignIn.ts";
import { updateUser } from "./updateUser.ts";

type SigningIn = Pick<Runtime, "db" | "now" | "newId">;

/** The user that signed in. */
export interface SignedIn {
  readonly user: User;
  /** The user's first conversation, if it was read with the user. */
  readonly conversation: Conversation | undefined;
  readonly created: boolean;
}

/** The records for the decision, and the one at the address of the externalId. */
interface ReadRecords extends SignInRecords {
  readonly atAddress: AddressRecord | undefined;
}

/**
 * Signs a user in: finds the user of the externalId, or creates it, or gives the externalId to the device's anonymous
 * user, or merges that one into the user that has it. From any number of devices and tabs at once, an externalId ends
 * with one user. A verified email becomes the user's identity. Source: the vendor's guides "Authenticating users" and
 * "Merging users".
 * @throws ApiError `conflict` if the verified email is another user's; then nothing changes
 */
export function signIn(runtime: SigningIn, app: App, request: SignIn): Promise<SignedIn> {
  return retryOnConflict(async (): Promise<SignedIn | Conflict> => {
    const records = await readForSignIn(runtime, app, request);
    const plan = planSignIn(app, request, records, runtime.newId);
    switch (plan.kind) {
      case "check the email":
        if (await isOfAnother(runtime, app, plan.emailOwnerId, request.externalId)) throw apiError.emailTaken();
        return conflict;
      case "merge":
        return mergeGuest(runtime, app, request, plan);
      case "return":
        return signInAgain(runtime, app, request, { ...records, storedUser: plan.storedUser });
      case "upgrade":
        return upgradeGuest(runtime, app, records, plan);
      case "create": {
        const outcome = await createUser(runtime, plan.user, (user) => claimEmails(app, [], user));
        return "created" in outcome ? { user: outcome.created, conversation: undefined, created: true } : conflict;
      }
    }
  });
}

/**
 * Reads in one call the item at the address of the externalId, the first conversation of a user created there, the
 * device's anonymous user, and the owner of the email; and in further calls if the address redirects.
 */
async function readForSignIn(runtime: SigningIn, app: App, request: SignIn): Promise<ReadRecords> {
  const { externalId, claims, anonymous, device } = request;
  const email = verifiedEmail(claims);
  const address = externalIdAddress(app.salt, externalId);
  const [atAddress, conversation, ...others] = await getItems(runtime.db, [
    userKey(app.id, address),
    conversationKey(app.id, firstConversationId(app.salt, address)),
    ...(email === undefined ? [] : [keyOfEmail(app, email)]),
    ...(anonymous === undefined ? [] : [userKey(app.id, anonymous.userId)]),
  ]);
  const emailItem = email === undefined ? undefined : others.shift();
  const [guestItem] = others;
  const record = atAddress && readAddressRecord(atAddress);
  const guest = guestItem && readAddressRecord(guestItem);
  const first = readConversationRecord(conversation);
  const isProven =
    guest?.kind === "user" &&
    guest.user.externalId === undefined &&
    // A session is bound to its device: from another one it proves nothing.
    deviceOfSession(guest.user, anonymous?.sessionToken ?? "")?.guid === device.guid;
  return {
    address,
    atAddress: record,
    storedUser: await followRedirects(runtime, app.id, record),
    guest: isProven ? guest : undefined,
    conversation: first?.kind === "open" ? withoutExpired(first.conversation, runtime.now()) : undefined,
    emailOwnerId: emailItem?.userId,
  };
}

/**
 * Tells whether an email belongs to a user of another externalId, by a second reading: the first ones may be of
 * different times.
 */
async function isOfAnother(runtime: SigningIn, app: App, emailOwnerId: string, externalId: string): Promise<boolean> {
  const owner = await findUserAt(runtime, app.id, emailOwnerId);
  return owner !== undefined && owner.user.externalId !== externalId;
}

async function mergeGuest(
  runtime: SigningIn,
  app: App,
  request: SignIn,
  { storedUser, guest }: { readonly storedUser: StoredUser; readonly guest: StoredUser },
): Promise<SignedIn | Conflict> {
  const merged = await mergeUsers(runtime, app, {
    survivor: storedUser,
    discarded: guest,
    reason: "sdkLogin",
    change: (user) => signedIn(user, request, runtime.newId),
    alongside: (user) => claimEmails(app, [...storedUser.user.identities, ...guest.user.identities], user),
  });
  return merged === conflict ? conflict : { user: merged.user, conversation: undefined, created: false };
}

async function signInAgain(
  runtime: SigningIn,
  app: App,
  request: SignIn,
  { storedUser, conversation: first }: SignInRecords & { readonly storedUser: StoredUser },
): Promise<SignedIn | Conflict> {
  const current = await finishPendingMoves(runtime, app, storedUser);
  const conversation = first?.id === current.user.defaultConversationId ? first : undefined;
  if (isUpToDate(current.user, request)) return { user: current.user, conversation, created: false };
  const user = await updateSignedIn(runtime, app, current, request);
  return user === conflict ? conflict : { user, conversation, created: false };
}

/** Changes a user that signs in; answers `conflict` if an email or the user itself was taken meanwhile. */
async function updateSignedIn(
  runtime: SigningIn,
  app: App,
  storedUser: StoredUser,
  request: SignIn,
): Promise<User | Conflict> {
  const user = signedIn(storedUser.user, request, runtime.newId);
  const emails = claimEmails(app, storedUser.user.identities, user);
  if (emails.length > 0) {
    const written = await transact(runtime.db, { user: replaceUser(user, storedUser), emails });
    return written.done ? user : conflict;
  }
  // Of several devices at once, each later one continues from the state that the earlier one left.
  const changed = await updateUser(runtime, storedUser, (now) => {
    const next = signedIn(now, request, runtime.newId);
    return claimEmails(app, now.identities, next).length > 0 ? undefined : next;
  });
  return changed?.user ?? conflict;
}

/** Gives an anonymous user the externalId: same id, same history; the address then redirects to it. */
async function upgradeGuest(
  runtime: SigningIn,
  app: App,
  { address, atAddress }: ReadRecords,
  { guest, user }: { readonly guest: StoredUser; readonly user: User },
): Promise<SignedIn | Conflict> {
  await resumeDeletionAt(runtime, app.id, atAddress);
  const first = user.defaultConversationId;
  const replacing = replaceUser(user, guest);
  const written = await transact(runtime.db, {
    user: replacing,
    emails: claimEmails(app, guest.user.identities, user),
    address: { put: redirectItem(app.id, address, { userId: user.id }, atAddress), condition: isUnassigned },
    conversation: first === undefined ? undefined : showExternalId(first, user),
  });
  if (!written.done) return conflict;
  await finishPendingMoves(runtime, app, { ...guest, user, version: replacing.put.version });
  return { user, conversation: undefined, created: false };
}
