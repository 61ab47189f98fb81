import { createHmac } from "node:crypto";
import { Webhook as Verifier } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { signDelivery } from "../../../lib/events/webhooks/signDelivery.ts";
import type { Webhook } from "../../../lib/model/events/webhook.ts";

const body = Buffer.from('{"events":[{"text":"ünï \\ud83d\\ude00"}]}');
const now = new Date();
const webhookOf = (fields: Partial<Webhook>): Webhook => ({
  ...{ id: "a".repeat(24), integrationId: "b".repeat(24), target: "https://example.org", triggers: [] },
  ...{ secret: "new secret", includeFullUser: false, includeFullSource: false, createdAt: now.toISOString() },
  ...fields,
});
const signed = (fields: Partial<Webhook>, at = now) => signDelivery(webhookOf(fields), "an-event", body, at);
/** The published verifier, as a receiver makes it of the secret. */
const verifier = (secret: string) => new Verifier(`whsec_${Buffer.from(secret).toString("base64")}`);
const until = (milliseconds: number) => new Date(now.getTime() + milliseconds).toISOString();

describe("a signature", () => {
  test.each(["0123456789abcdef0123456789abcdef", "chosen by the business: ~!", "x"])(
    "by the secret %j is accepted by the published verifier of Standard Webhooks",
    (secret) => {
      const headers = signed({ secret });
      expect(verifier(secret).verify(body.toString(), { ...headers })).toEqual(JSON.parse(body.toString()));
      expect(() => verifier(`${secret}?`).verify(body.toString(), { ...headers })).toThrow();
      expect(() => verifier(secret).verify(`${body} `, { ...headers })).toThrow();
      expect(() => verifier(secret).verify(body.toString(), { ...headers, "webhook-id": "another" })).toThrow();
    },
  );

  test("is the HMAC of id, seconds and body under the bytes of the secret", () => {
    const seconds = Math.floor(now.getTime() / 1000);
    const expected = createHmac("sha256", Buffer.from("new secret"))
      .update(`an-event.${seconds}.${body}`)
      .digest("base64");
    expect(signed({})).toEqual({
      "x-api-key": "new secret",
      "webhook-id": "an-event",
      "webhook-timestamp": String(seconds),
      "webhook-signature": `v1,${expected}`,
    });
  });

  test("during a rotation is by both secrets, and the receiver is sent the old one until it ends", () => {
    const during = signed({ previousSecret: { secret: "old secret", until: until(1) } });
    expect(during["x-api-key"]).toBe("old secret");
    for (const secret of ["new secret", "old secret"])
      expect(verifier(secret).verify(body.toString(), { ...during })).toBeTruthy();
    const ended = signed({ previousSecret: { secret: "old secret", until: until(0) } });
    expect(ended).toEqual(signed({}));
  });
});
