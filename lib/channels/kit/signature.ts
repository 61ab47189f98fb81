import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Credentials, Verdict } from "../../model/channel.ts";

/** Computes the HMAC of `data`; a string is taken as UTF-8. */
export function hmac(
  algorithm: "sha1" | "sha256" | "sha384" | "sha512",
  key: string,
  data: string | Uint8Array,
  encoding: "hex" | "base64" | "base64url",
): string {
  return createHmac(algorithm, key).update(data).digest(encoding);
}

/** Computes the SHA-256 in lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Tells whether two secrets are equal, in a time that depends on neither their content nor their lengths. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Reads a field that is a string of at least one character: an empty secret counts as missing. */
export function givenText(credentials: Credentials, name: string): string | undefined {
  const value = credentials[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Refuses a delivery that is not its provider's, or not provably so. The reason is for the log. */
export function refused(status: 400 | 401 | 403 | 406, reason: string): Verdict {
  return { ok: false, status, reason };
}
