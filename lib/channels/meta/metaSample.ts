import { createHmac } from "node:crypto";
import type { ChannelSample, SamplePayload, SamplePerson } from "../contract.ts";
import { jsonHeaders, jsonOf, requiredSecret } from "../kit/sampleText.ts";

/** Signs as Meta does: characters beyond ASCII are escaped, and the escaped bytes are signed. */
export const signAsMeta: ChannelSample["sign"] = (payload, { credentials }) => {
  const body = jsonOf(payload).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const signature = createHmac("sha256", requiredSecret(credentials, "appSecret")).update(body).digest("hex");
  return { headers: { ...jsonHeaders, "x-hub-signature-256": `sha256=${signature}` }, body };
};

/** Writes a text message as Messenger and Instagram deliver it. */
export function messagingPayload(
  object: "page" | "instagram",
  account: unknown,
  { id, text, messageId }: SamplePerson,
  now: Date,
): SamplePayload {
  const event = {
    sender: { id },
    recipient: { id: String(account) },
    timestamp: now.getTime(),
    message: { mid: messageId, text },
  };
  return { object, entry: [{ id: String(account), time: now.getTime(), messaging: [event] }] };
}
