import { createHmac } from "node:crypto";
import { previousSecretOf, type Webhook } from "../../model/events/webhook.ts";

/**
 * Makes the headers by which a receiver knows that a body is from here: `X-API-Key`, as the vendor sends it, and a
 * signature over the body. The key of the signature is the bytes of the secret; a verifier of Standard Webhooks takes
 * it as `whsec_` before their Base64. Within a day of a rotation both secrets sign, and `X-API-Key` is still the old
 * one, which the receiver is sure to know.
 * @param id the event's id: equal in every attempt, so that a receiver finds what it has had
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signDelivery(webhook: Webhook, id: string, body: Buffer, now: Date): Readonly<Record<string, string>> {
  const { secret } = webhook;
  const previous = previousSecretOf(webhook, now);
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatureBy = (key: string) =>
    `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
  return {
    "x-api-key": previous ?? secret,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": [secret, ...(previous === undefined ? [] : [previous])].map(signatureBy).join(" "),
  };
}
