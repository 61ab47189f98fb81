import { createHash, createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { formHeaders, formOf, randomSecret, requiredSecret, secondsOf } from "../kit/sampleText.ts";

/** Mail that a route of Mailgun forwards. */
export const sample: ChannelSample = {
  label: "Mailgun",
  demoFields: () => ({
    apiKey: randomSecret(),
    signingKey: randomSecret(),
    domain: "demo.mailgun.example",
    incomingAddress: "hello@demo.mailgun.example",
  }),
  write({ id, name, text, messageId }, { credentials }) {
    const address = id.includes("@") ? id : `${id}@example.com`;
    return {
      recipient: String(credentials.incomingAddress ?? "mytestemail@sandbox123.mailgun.org"),
      sender: address,
      from: `"${name.replaceAll(/["\\]/g, "")}" <${address}>`,
      subject: "Hello",
      "Message-Id": `<${messageId}@example.com>`,
      "X-Mailgun-Spf": "Pass",
      "body-plain": text,
      "stripped-text": text,
    };
  },
  sign(payload, { credentials, now }) {
    const timestamp = String(secondsOf(now));
    const token = createHash("sha256")
      .update(`${timestamp} ${formOf(payload)}`)
      .digest("hex")
      .slice(0, 50);
    const key = String(credentials.signingKey || requiredSecret(credentials, "apiKey"));
    const signature = createHmac("sha256", key)
      .update(timestamp + token)
      .digest("hex");
    const fields = formOf({ ...Object.fromEntries(formOf(payload)), timestamp, token, signature });
    return { headers: formHeaders, body: fields.toString() };
  },
};
