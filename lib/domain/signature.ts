import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Credentials, Verdict } from "./channel.ts";

/** The HMAC of `data`, which is taken as UTF-8 when it is a string. */
export function hmac(
  algorithm: "sha1" | "sha256" | "sha384" | "sha512",
  key: string,
  data: string | Uint8Array,
  encoding: "hex" | "base64" | "base64url",
): string {
  return createHmac(algorithm, key).update(data).digest(encoding);
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Whether two secrets are the same, in a time that tells neither their content nor their lengths. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A field's value if it is a string of at least one character: an empty secret is no secret. */
export function givenText(credentials: Credentials, name: string): string | undefined {
  const value = credentials[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A delivery that is not its provider's, or cannot be shown to be. The reason is for the log. */
export function refused(status: 400 | 401 | 403 | 406, reason: string): Verdict {
  return { ok: false, status, reason };
}
