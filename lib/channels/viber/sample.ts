import { createHmac } from "node:crypto";
import { recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSample } from "../contract.ts";
import {
  digitsOf,
  jsonAnswer,
  jsonBodyOf,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
} from "../kit/sampleText.ts";

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
  answer({ url }, externalId) {
    const ok = '"status":0,"status_message":"ok"';
    if (url.endsWith("/get_account_info"))
      return jsonAnswer(200, `{${ok},"id":"pa:75346594275468546724","uri":"sample"}`);
    return jsonAnswer(
      200,
      url.endsWith("/send_message") ? `{${ok},"message_token":${digitsOf(externalId)}}` : `{${ok}}`,
    );
  },
  report({ externalId, personId, state }, { now }) {
    const event = state === "read" ? "seen" : state;
    const desc = state === "failed" ? ',"desc":"The message could not be delivered."' : "";
    return `{"event":"${event}","timestamp":${now.getTime()},"message_token":${digitsOf(externalId)},"user_id":${JSON.stringify(personId)}${desc}}`;
  },
  readSent(request) {
    if (!request.url.endsWith("/send_message")) return undefined;
    const { receiver, text, media, alt_text, location } = jsonBodyOf(request);
    const { lat, lon } = recordOf(location);
    const place = lat === undefined ? undefined : `${lat},${lon}`;
    const lines = [text, media, alt_text, place].filter((line) => typeof line === "string" && line !== "");
    return { personId: String(receiver), text: lines.join("\n") };
  },
};
