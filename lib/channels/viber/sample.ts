import { createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { digitsOf, jsonHeaders, jsonOf, randomSecret, requiredSecret } from "../kit/sampleText.ts";

/** Messages of a Viber bot. */
export const sample: ChannelSample = {
  label: "Viber",
  demoFields: () => ({ token: randomSecret() }),
  // Written by hand, because a token of 64 bits is no JavaScript number.
  write({ id, name, text, messageId }, { now }) {
    const sender = JSON.stringify({ id, name, language: "en", country: "CA", api_version: 1 });
    const message = JSON.stringify({ type: "text", text });
    return `{"event":"message","timestamp":${now.getTime()},"message_token":${digitsOf(messageId)},"sender":${sender},"message":${message}}`;
  },
  sign(payload, { credentials }) {
    const body = jsonOf(payload);
    const signature = createHmac("sha256", requiredSecret(credentials, "token")).update(body).digest("hex");
    return { headers: { ...jsonHeaders, "x-viber-content-signature": signature }, body };
  },
};
