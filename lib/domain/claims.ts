import { nameParts } from "./channelPerson.ts";
import { lineOf } from "./providerValue.ts";
import { type EmailIdentity, mergeProfile, type Profile, type User } from "./user.ts";

/** What a person's signed token says beyond who it is. */
export interface Claims {
  readonly email?: string | undefined;
  /** Whether the token says so of its email; without it the address proves nothing. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
}

/** How many email identities a user has at most; the vendor documents no limit, an item needs one. */
const identityLimit = 10;

const limits = { email: 128, name: 128 } as const;

/**
 * The form in which addresses are compared. The part before the `@` may be case-sensitive by RFC 5321, but no provider
 * of note makes it so; two people told apart by case alone would be one pretending to be the other.
 */
export const comparableEmail = (email: string): string => email.normalize("NFC").toLowerCase();

/** The claimed address, if it can be one: what is malformed or beyond the API's limit is no address, and no error. */
function emailOf(claims: Claims): string | undefined {
  const line = lineOf(claims.email, Number.MAX_SAFE_INTEGER);
  return line !== undefined && line.length <= limits.email && /^[^\s@]+@[^\s@]+$/.test(line) ? line : undefined;
}

/** The user's identity of this address, whatever its case. */
export const identityOf = (user: User, email: string): EmailIdentity | undefined =>
  user.identities.find((identity) => comparableEmail(identity.value) === comparableEmail(email));

/** The address that a token proves. Source: the vendor's guide "Email identities": both claims are needed. */
export const verifiedEmail = (claims: Claims): string | undefined =>
  claims.emailVerified === true ? emailOf(claims) : undefined;

/**
 * The user after a sign-in with these claims: a verified email becomes an identity, an empty name and an empty
 * `profile.email` are filled, and what the business or the person said stays. The same user, by identity, when nothing
 * is new. Which claims reach the profile is not documented; the vendor shows a token's name and email to agents.
 */
export function withClaims(user: User, claims: Claims): User {
  const email = emailOf(claims);
  const verified = verifiedEmail(claims);
  const gains = verified !== undefined && !identityOf(user, verified) && user.identities.length < identityLimit;
  const filled: Profile = {
    ...(user.profile.email === undefined && email !== undefined ? { email } : {}),
    ...(user.profile.givenName === undefined && user.profile.surname === undefined ? nameOf(claims) : {}),
  };
  if (!gains && Object.keys(filled).length === 0) return user;
  return {
    ...user,
    profile: mergeProfile(user.profile, filled),
    identities: gains
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
