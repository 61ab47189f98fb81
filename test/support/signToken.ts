import { createHmac } from "node:crypto";
import type { Credentials } from "./caller.ts";

/** Signs a token's header and claims. */
export type Signature = (head: string) => string;

/** A signature by a secret, as `HS256` unless another hash is named. */
export const hmac =
  (secret: string, hash = "sha256"): Signature =>
  (head) =>
    createHmac(hash, secret).update(head).digest("base64url");

/** A token with these claims, signed as HS256 by a key unless header and signature say otherwise. */
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

/** A token as a business signs it for a person. */
export const userToken = ({ key }: { readonly key: Credentials }, externalId: string, claims: object = {}): string =>
  signToken(key, { scope: "user", external_id: externalId, ...claims });

/** The value of `Authorization` with such a token. */
export const bearer = (...person: Parameters<typeof userToken>): string => `Bearer ${userToken(...person)}`;
