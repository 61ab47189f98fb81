import { hash } from "node:crypto";

/**
 * Derives the key of one of a message's requests, by which a provider knows a repeated one: a UUID, in the form of a
 * random one, since some providers check that.
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4
 */
export function keyOfRequest(messageId: string, clientId: string, place: number): string {
  const digits = hash("sha256", JSON.stringify(["request", messageId, clientId, place]));
  const variant = "89ab"[Number.parseInt(digits.slice(16, 17), 16) % 4];
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
