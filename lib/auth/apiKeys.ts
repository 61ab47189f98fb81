import { createHash, timingSafeEqual } from "node:crypto";
import { type CryptoKey, compactVerify, decodeProtectedHeader, errors } from "jose";
import { type ApiKey, scopeOfKeyId } from "../domain/apiKey.ts";
import { Refusal } from "../domain/refusal.ts";

/** Seconds that the clocks of a token's maker and ours may differ. */
const clockSkew = 60;

/** Finds an API key by its id; `undefined` when there is none. */
export type FindKey = (keyId: string) => Promise<ApiKey | undefined>;

const unauthorized = (why: string) => new Refusal("unauthorized", why);

/**
 * Authenticates a server-to-server call by its `Authorization` header: Basic (key id, secret) or a Bearer JWT (HS256,
 * `kid` a key id, `scope` the key's own). Source: the vendor's OpenAPI description, "API authentication".
 *
 * @throws Refusal `unauthorized` whatever is wrong with the credentials
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

/** The name and password of Basic credentials, or `undefined` when they are malformed. RFC 7617. */
export function parseBasic(value: string): { name: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Whether two secrets are equal, in a time that tells nothing of where they differ. */
function equalSecrets(given: string, expected: string): boolean {
  const digest = (secret: string) => createHash("sha256").update(secret).digest();
  return timingSafeEqual(digest(given), digest(expected)) && expected.length > 0;
}

/** Importing a key costs more than verifying with it, so each is imported once as long as its record is cached. */
const imported = new WeakMap<ApiKey, Promise<CryptoKey>>();

function hmacKey(key: ApiKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known) return known;
  const made = crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  imported.set(key, made);
  return made;
}

/**
 * The claims of a token's payload, if it is in force. Of the times only `exp` and `nbf` count: what else a token says of
 * itself (`iat`, `iss`, `aud`), in whatever form, is its maker's own.
 */
function claimsInForce(payload: Uint8Array, now: Date): Readonly<Record<string, unknown>> {
  const said: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  if (typeof said !== "object" || said === null || Array.isArray(said)) throw unauthorized("Invalid JWT");
  const claims: Readonly<Record<string, unknown>> = { ...said };
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
 * @throws Refusal `unauthorized` for any other algorithm, an unknown key, a wrong signature or time
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
