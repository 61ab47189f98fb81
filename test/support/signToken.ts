import { createHmac } from "node:crypto";
import type { Credentials } from "./caller.ts";

/** A function that signs a token's header and claims. */
export type Signature = (head: string) => string;

/** Makes a signature by a secret, by default `HS256`. */
export const hmac =
  (secret: string, hash = "sha256"): Signature =>
  (head) =>
    createHmac(hash, secret).update(head).digest("base64url");

/** Signs a token with these claims, by default as HS256 by a key. */
export function signToken(
  key: Credentials,
  claims: object,
  header: object = {},
  signature: Signature = hmac(key.secret),
): string {
  const parts = [{ alg: "HS256", typ: "JWT", kid: key.id, ...header }, claims];
  const head = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${head}.${signature(head)}`;
}

/** Signs a token as a business does for a person. */
export const userToken = ({ key }: { readonly key: Credentials }, externalId: string, claims: object = {}): string =>
  signToken(key, { scope: "user", external_id: externalId, ...claims });

/** Writes an `Authorization` header with such a token. */
export const bearer = (...person: Parameters<typeof userToken>): string => `Bearer ${userToken(...person)}`;
