import { hash, timingSafeEqual } from "node:crypto";
import { type CryptoKey, compactVerify, decodeProtectedHeader, errors } from "jose";
import { ApiError } from "../model/apiError.ts";
import { type ApiKey, scopeOfKeyId } from "../model/apiKey.ts";

/** Seconds by which the clocks of a token's issuer and ours may differ. */
const clockSkew = 60;

/** A function that finds an API key by its id; `undefined` if there is none. */
export type FindKey = (keyId: string) => Promise<ApiKey | undefined>;

const unauthorized = (why: string) => new ApiError("unauthorized", why);

/**
 * Authenticates a server-to-server call by its `Authorization` header: Basic (key id, secret) or a Bearer JWT (HS256,
 * `kid` a key id, `scope` the key's own). Source: the vendor's OpenAPI description, "API authentication".
 * @throws ApiError `unauthorized` for any fault of the credentials
 */
export async function authenticateApiKey(authorization: string | undefined, find: FindKey, now: Date): Promise<ApiKey> {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization?.trim() ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return authenticateBasic(value, find);
  if (scheme.toLowerCase() === "bearer") return authenticateBearer(value, find, now);
  throw unauthorized("Authorization is required");
}

async function authenticateBasic(value: string, find: FindKey): Promise<ApiKey> {
  const credentials = parseBasic(value);
  const key = credentials && scopeOfKeyId(credentials.name) && (await find(credentials.name));
  if (!key || !equalSecrets(credentials.password, key.secret)) throw unauthorized("Invalid credentials");
  return key;
}

async function authenticateBearer(token: string, find: FindKey, now: Date): Promise<ApiKey> {
  const { key, claims } = await verifyToken(token, find, now);
  if (claims.scope !== key.scope)
    throw unauthorized(
      typeof claims.scope === "string" && ["account", "app", "integration", "user"].includes(claims.scope)
        ? `Invalid JWT body. Cannot use ${claims.scope} scope with ${key.scope} secret key`
        : "Invalid JWT body. The scope claim is missing or unknown",
    );
  return key;
}

/** Reads the name and password of Basic credentials; `undefined` if they are malformed. RFC 7617. */
export function parseBasic(value: string): { name: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Tells whether two secrets are equal, in a time that does not depend on the place of a difference. */
function equalSecrets(given: string, expected: string): boolean {
  const digest = (secret: string) => hash("sha256", secret, "buffer");
  return timingSafeEqual(digest(given), digest(expected)) && expected.length > 0;
}

/**
 * Imported keys: to import one costs more than to verify with it, so each is imported once as long as its record is
 * cached.
 */
const imported = new WeakMap<ApiKey, Promise<CryptoKey>>();

function hmacKey(key: ApiKey): Promise<CryptoKey> {
  const cached = imported.get(key);
  if (cached) return cached;
  const importing = crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  imported.set(key, importing);
  return importing;
}

/**
 * Reads the claims of a token's payload, if it is in force. Of the times only `exp` and `nbf` count: other claims
 * (`iat`, `iss`, `aud`), in whatever form, are left to the token's issuer.
 */
function claimsInForce(payload: Uint8Array, now: Date): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw unauthorized("Invalid JWT");
  const claims: Readonly<Record<string, unknown>> = { ...parsed };
  const { exp = Number.POSITIVE_INFINITY, nbf = 0 } = claims;
  if (typeof exp !== "number" || typeof nbf !== "number") throw unauthorized("Invalid JWT");
  const seconds = Math.floor(now.getTime() / 1000);
  if (exp <= seconds - clockSkew) throw unauthorized("Invalid JWT. It has expired");
  if (nbf > seconds + clockSkew) throw unauthorized("Invalid JWT");
  return claims;
}

/**
 * Verifies an HS256 token against the key that its `kid` names, and its `exp` and `nbf`.
 *
 * @throws ApiError `unauthorized` for any other algorithm, an unknown key, a wrong signature or time
 */
export async function verifyToken(
  token: string,
  find: FindKey,
  now: Date,
): Promise<{ key: ApiKey; claims: Readonly<Record<string, unknown>> }> {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (alg !== "HS256") throw unauthorized("Invalid JWT header. The algorithm must be HS256");
    if (typeof kid !== "string" || !scopeOfKeyId(kid))
      throw unauthorized("Invalid JWT header. The kid must be a key id");
    const key = await find(kid);
    if (!key) throw unauthorized("Invalid JWT");
    const { payload } = await compactVerify(token, await hmacKey(key), { algorithms: ["HS256"] });
    return { key, claims: claimsInForce(payload, now) };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError)
      throw unauthorized("Invalid JWT");
    throw error;
  }
}
