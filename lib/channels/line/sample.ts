import { createHmac } from "node:crypto";
import type { ProviderRequest } from "../../model/channelCall.ts";
import { type JsonRecord, listOf, recordOf, textOf } from "../../model/values/providerValue.ts";
import type { ChannelSample } from "../contract.ts";
import { sampleFile } from "../kit/sampleFile.ts";
import {
  digitsOf,
  jsonAnswer,
  jsonBodyOf,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
} from "../kit/sampleText.ts";

const destination = "U8e742f61d673b39c7fff3cecb7536ef0";
const push = "/v2/bot/message/push";

/** Messages of a LINE official account. */
export const sample: ChannelSample = {
  label: "LINE",
  demoFields: () => ({
    channelId: "1653912345",
    channelSecret: randomSecret(),
    channelAccessToken: randomSecret(),
  }),
  write: ({ id, text, messageId }, { now }) => ({
    destination,
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
  answer(request, externalId) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/content")) return sampleFile;
    if (pathname === "/v2/bot/info") return jsonAnswer(200, { userId: destination, basicId: "@104fb8" });
    if (pathname !== push) return jsonAnswer(pathname.endsWith("/loading/start") ? 202 : 200, {});
    const sentMessages = messagesIn(request).map((_, index) => ({
      id: digitsOf(index === 0 ? externalId : `${externalId}-${index}`),
    }));
    return jsonAnswer(200, { sentMessages });
  },
  readSent(request) {
    if (new URL(request.url).pathname !== push) return undefined;
    const personId = String(jsonBodyOf(request).to);
    return { personId, text: messagesIn(request).map(shownText).join("\n") };
  },
};

/** Reads the message objects of a push. https://developers.line.biz/en/reference/messaging-api/#send-push-message */
const messagesIn = (request: ProviderRequest): readonly JsonRecord[] =>
  listOf(jsonBodyOf(request).messages).map(recordOf);

function shownText({ text, altText, originalContentUrl, title, address }: JsonRecord): string {
  const place = [title, address].filter((line) => typeof line === "string").join(", ");
  return textOf(text ?? altText ?? originalContentUrl) ?? place;
}
