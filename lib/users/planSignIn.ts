import type { App } from "../model/app.ts";
import { type Claims, identityOf, verifiedEmail, withClaims } from "../model/claims.ts";
import type { Conversation } from "../model/conversation.ts";
import { type DeviceDescription, withDevice, withoutSessions } from "../model/device.ts";
import { newUser, type PendingMove, type StoredUser, type User } from "../model/user.ts";

/** A sign-in: the externalId that a token proves, the device, and the device's anonymous user until now. */
export interface SignIn {
  readonly externalId: string;
  readonly claims: Claims;
  readonly device: DeviceDescription;
  /** The anonymous user of the device, if the request names one. It counts only with its valid session. */
  readonly anonymous?: { readonly userId: string; readonly sessionToken: string } | undefined;
  readonly receivedAt: Date;
}

/** The records that a sign-in reads. */
export interface SignInRecords {
  /** The id with which the user of the externalId would be created. */
  readonly address: string;
  /** The user of the externalId. */
  readonly storedUser: StoredUser | undefined;
  /** The anonymous user of the device, proven by its session. */
  readonly guest: StoredUser | undefined;
  /** The first conversation of the user at the address, if the user was created there and has one. */
  readonly conversation: Conversation | undefined;
  /** The id of the user that has the verified email as an identity, or of one merged into that user since. */
  readonly emailOwnerId: string | undefined;
}

/** The decision on a sign-in. */
export type SignInPlan =
  /** The verified email may be another user's. */
  | { readonly kind: "check the email"; readonly emailOwnerId: string }
  /** The guest is merged into the user. */
  | { readonly kind: "merge"; readonly storedUser: StoredUser; readonly guest: StoredUser }
  /** The user signs in again. */
  | { readonly kind: "return"; readonly storedUser: StoredUser }
  /** The guest gets the externalId. */
  | { readonly kind: "upgrade"; readonly guest: StoredUser; readonly user: User }
  | { readonly kind: "create"; readonly user: User };

/** Milliseconds after its last sight for which a device is not written again. */
const seenWithin = 60_000;

/** Decides on a sign-in by the records it read. */
export function planSignIn(
  app: App,
  request: SignIn,
  { address, storedUser, guest, emailOwnerId }: SignInRecords,
  newId: () => string,
): SignInPlan {
  const email = verifiedEmail(request.claims);
  if (emailOwnerId !== undefined && !(storedUser && identityOf(storedUser.user, email ?? "")))
    return { kind: "check the email", emailOwnerId };
  if (storedUser) {
    const isOther = guest !== undefined && guest.user.id !== storedUser.user.id;
    return isOther ? { kind: "merge", storedUser, guest } : { kind: "return", storedUser };
  }
  if (guest) return { kind: "upgrade", guest, user: upgraded(guest.user, request, newId) };
  const { externalId, receivedAt } = request;
  return { kind: "create", user: signedIn(newUser(app.id, address, receivedAt, { externalId }), request, newId) };
}

/** Signs a user in: authenticated, on the device, with the claims of the token, and without any session. */
export function signedIn(user: User, { claims, device, receivedAt }: SignIn, newId: () => string): User {
  const authenticated = { ...withoutSessions(user), authenticated: true };
  return withClaims(withDevice(authenticated, device, receivedAt, newId), claims);
}

/** Gives an anonymous user an externalId: its conversations beyond the first may be any number, and show it later. */
function upgraded(guest: User, request: SignIn, newId: () => string): User {
  const user = { ...signedIn(guest, request, newId), externalId: request.externalId };
  if (!guest.hasMoreConversations) return user;
  const pendingMoves: readonly PendingMove[] = [...(guest.pendingMoves ?? []), { kind: "showExternalId" }];
  return { ...user, pendingMoves };
}

/** Tells whether a sign-in changes nothing: the device was just seen, and the token claims nothing new. */
export const isUpToDate = (user: User, { claims, device, receivedAt }: SignIn): boolean =>
  user.authenticated &&
  user.devices.some(
    (one) =>
      one.guid === device.guid &&
      one.status === "active" &&
      one.sessions === undefined &&
      receivedAt.getTime() - Date.parse(one.lastSeen) < seenWithin,
  ) &&
  withClaims(user, claims) === user;
