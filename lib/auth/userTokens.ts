import { ApiError, apiError } from "../model/apiError.ts";
import { type ApiKey, scopeOfKeyId } from "../model/apiKey.ts";
import type { Claims } from "../model/claims.ts";
import { type FindKey, parseBasic, verifyToken } from "./apiKeys.ts";

/** The user for which a Messaging SDK's request is made. */
export type SdkCredentials =
  /** A user proven by a token that a key of the app signed. */
  | {
      readonly kind: "token";
      readonly externalId: string;
      readonly claims: Claims;
    }
  /** An anonymous user with the session of a device; the user's record tells whether it is valid. */
  | { readonly kind: "session"; readonly userId: string; readonly sessionToken: string };

/** Counts characters as the REST API does for an externalId: some are two of JavaScript's. */
const isTooLong = (externalId: string): boolean => externalId.length > 1024 && [...externalId].length > 1024;

/**
 * Reads an SDK's `Authorization`: Bearer with a user token, or Basic with a user id and its session token.
 * A user token is HS256, signed by a key of this app, with `scope` `user` and a string `external_id` (older SDKs:
 * `appUser` and `userId`). Source: the vendor's guide "Authenticating users".
 * @returns `undefined` if there is no such header
 * @throws ApiError `invalid_auth` for any fault of a token
 */
export async function readSdkCredentials(
  authorization: string | undefined,
  appId: string,
  find: FindKey,
  now: Date,
): Promise<SdkCredentials | undefined> {
  if (authorization === undefined || authorization.trim() === "") return undefined;
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === "basic") return readSession(value);
  if (scheme.toLowerCase() !== "bearer") throw apiError.invalidAuth("Invalid credentials");
  return readUser(await verifyUserToken(value, appId, find, now));
}

function readSession(value: string): SdkCredentials {
  const credentials = parseBasic(value);
  if (!credentials?.name || !credentials.password) throw apiError.invalidAuth("Invalid session");
  return { kind: "session", userId: credentials.name, sessionToken: credentials.password };
}

type TokenClaims = Readonly<Record<string, unknown>>;

async function verifyUserToken(token: string, appId: string, find: FindKey, now: Date): Promise<TokenClaims> {
  // A key of any other kind, or of another app, cannot sign for a user of this app; it counts as unknown.
  const findKeyOfApp = async (keyId: string): Promise<ApiKey | undefined> => {
    const key = scopeOfKeyId(keyId) === "app" ? await find(keyId) : undefined;
    return key?.appId === appId ? key : undefined;
  };
  try {
    return (await verifyToken(token, findKeyOfApp, now)).claims;
  } catch (error) {
    if (error instanceof ApiError) throw apiError.invalidAuth(error.titles[0] ?? "Invalid JWT");
    throw error;
  }
}

function readUser(claims: TokenClaims): SdkCredentials {
  if (claims.scope !== "user" && claims.scope !== "appUser")
    throw apiError.invalidAuth("Invalid JWT. The scope must be user");
  const externalId = claims.external_id ?? claims.userId;
  if (typeof externalId !== "string" || externalId === "" || !externalId.isWellFormed() || isTooLong(externalId))
    throw apiError.invalidAuth("Invalid JWT. The external_id must be a string");
  return {
    kind: "token",
    externalId,
    claims: {
      email: typeof claims.email === "string" ? claims.email : undefined,
      emailVerified: claims.email_verified === true,
      name: typeof claims.name === "string" ? claims.name : undefined,
    },
  };
}
