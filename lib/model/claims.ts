import { type EmailIdentity, mergeProfile, type Profile, type User } from "./user.ts";
import { nameParts } from "./values/personName.ts";
import { lineOf } from "./values/providerValue.ts";

/** The claims of a user's signed token beside its identity. */
export interface Claims {
  readonly email?: string | undefined;
  /** Whether the token declares its email verified; otherwise the address proves nothing. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
}

/** Number of email identities of a user. The vendor documents no limit, but an item needs one. */
const identityLimit = 10;

const limits = { email: 128, name: 128 } as const;

/**
 * Converts an address to the form in which addresses are compared. The part before the `@` may be case-sensitive by RFC
 * 5321, but no large provider makes it so; two users who differ by case alone would be one pretending to be the other.
 */
export const comparableEmail = (email: string): string => email.normalize("NFC").toLowerCase();

/** Reads the claimed address; one that is malformed or beyond the API's limit counts as absent and is no error. */
function emailOf(claims: Claims): string | undefined {
  const line = lineOf(claims.email, Number.MAX_SAFE_INTEGER);
  return line !== undefined && line.length <= limits.email && /^[^\s@]+@[^\s@]+$/.test(line) ? line : undefined;
}

/** Finds the user's identity of this address, whatever its case. */
export const identityOf = (user: User, email: string): EmailIdentity | undefined =>
  user.identities.find((identity) => comparableEmail(identity.value) === comparableEmail(email));

/** Reads the address that a token proves. Source: the vendor's guide "Email identities": both claims are needed. */
export const verifiedEmail = (claims: Claims): string | undefined =>
  claims.emailVerified === true ? emailOf(claims) : undefined;

/**
 * Applies the claims of a sign-in to a user: a verified email becomes an identity, an empty name and an empty
 * `profile.email` are filled, and values from the business or the user stay. Answers the same object if nothing
 * changes. The vendor does not document which claims reach the profile; it shows a token's name and email to agents.
 */
export function withClaims(user: User, claims: Claims): User {
  const email = emailOf(claims);
  const verified = verifiedEmail(claims);
  const isNewIdentity = verified !== undefined && !identityOf(user, verified) && user.identities.length < identityLimit;
  const filled: Profile = {
    ...(user.profile.email === undefined && email !== undefined ? { email } : {}),
    ...(user.profile.givenName === undefined && user.profile.surname === undefined ? nameOf(claims) : {}),
  };
  if (!isNewIdentity && Object.keys(filled).length === 0) return user;
  return {
    ...user,
    profile: mergeProfile(user.profile, filled),
    identities: isNewIdentity
      ? // `embed` is the vendor's word for an address from the token of an embedded widget or SDK.
        [...user.identities, { type: "email", value: verified, verification: "embed" }]
      : user.identities,
  };
}

function nameOf(claims: Claims): Profile {
  const { givenName, surname } = nameParts(claims.name);
  const first = lineOf(givenName, limits.name);
  const last = lineOf(surname, limits.name);
  return { ...(first === undefined ? {} : { givenName: first }), ...(last === undefined ? {} : { surname: last }) };
}
