import { type ApiKey, scopeOfKeyId } from "../domain/apiKey.ts";
import type { Claims } from "../domain/claims.ts";
import { Refusal, refuse } from "../domain/refusal.ts";
import { type FindKey, parseBasic, verifyToken } from "./apiKeys.ts";

/** Who a Messaging SDK's request speaks for. */
export type SdkCredentials =
  /** A person proven by a token that a key of the app signed. */
  | {
      readonly kind: "token";
      readonly externalId: string;
      readonly claims: Claims;
    }
  /** An anonymous person by the session of a device; whether it is valid is the user's to say. */
  | { readonly kind: "session"; readonly userId: string; readonly sessionToken: string };

/** As the REST API counts an externalId: by characters, of which some are two of JavaScript's. */
const isTooLong = (externalId: string): boolean => externalId.length > 1024 && [...externalId].length > 1024;

/**
 * Reads an SDK's `Authorization`: Bearer with a user token, or Basic with a user id and its session token.
 *
 * A user token is HS256, signed by a key of this app, with `scope` `user` and a string `external_id` (older SDKs:
 * `appUser` and `userId`). Source: the vendor's guide "Authenticating users".
 *
 * @returns `undefined` when there is no such header
 * @throws Refusal `invalid_auth` whatever is wrong with a token
 */
export async function readSdkCredentials(
  authorization: string | undefined,
  appId: string,
  find: FindKey,
  now: Date,
): Promise<SdkCredentials | undefined> {
  if (authorization === undefined || authorization.trim() === "") return undefined;
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === "basic") {
    const basic = parseBasic(value);
    if (!basic?.name || !basic.password) throw refuse.invalidAuth("Invalid session");
    return { kind: "session", userId: basic.name, sessionToken: basic.password };
  }
  if (scheme.toLowerCase() !== "bearer") throw refuse.invalidAuth("Invalid credentials");
  // A key of any other kind, or of another app, cannot speak for a user of this one; it is as good as unknown.
  const findKeyOfApp = async (keyId: string): Promise<ApiKey | undefined> => {
    const key = scopeOfKeyId(keyId) === "app" ? await find(keyId) : undefined;
    return key?.appId === appId ? key : undefined;
  };
  try {
    const { claims } = await verifyToken(value, findKeyOfApp, now);
    if (claims.scope !== "user" && claims.scope !== "appUser")
      throw refuse.invalidAuth("Invalid JWT. The scope must be user");
    const externalId = claims.external_id ?? claims.userId;
    if (typeof externalId !== "string" || externalId === "" || !externalId.isWellFormed() || isTooLong(externalId))
      throw refuse.invalidAuth("Invalid JWT. The external_id must be a string");
    return {
      kind: "token",
      externalId,
      claims: {
        email: typeof claims.email === "string" ? claims.email : undefined,
        emailVerified: claims.email_verified === true,
        name: typeof claims.name === "string" ? claims.name : undefined,
      },
    };
  } catch (error) {
    if (error instanceof Refusal) throw refuse.invalidAuth(error.titles[0] ?? "Invalid JWT");
    throw error;
  }
}
