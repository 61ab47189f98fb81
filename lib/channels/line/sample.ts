import { createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { jsonHeaders, jsonOf, randomSecret, requiredSecret } from "../kit/sampleText.ts";

/** Messages of a LINE official account. */
export const sample: ChannelSample = {
  label: "LINE",
  demoFields: () => ({
    channelId: "1653912345",
    channelSecret: randomSecret(),
    channelAccessToken: randomSecret(),
  }),
  write: ({ id, text, messageId }, { now }) => ({
    destination: "U8e742f61d673b39c7fff3cecb7536ef0",
    events: [
      {
        type: "message",
        mode: "active",
        timestamp: now.getTime(),
        source: { type: "user", userId: id },
        webhookEventId: messageId,
        deliveryContext: { isRedelivery: false },
        message: { id: messageId, type: "text", text },
      },
    ],
  }),
  sign(payload, { credentials }) {
    const body = jsonOf(payload);
    const signature = createHmac("sha256", requiredSecret(credentials, "channelSecret")).update(body).digest("base64");
    return { headers: { ...jsonHeaders, "x-line-signature": signature }, body };
  },
};
