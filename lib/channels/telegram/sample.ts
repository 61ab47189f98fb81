import type { ProviderRequest } from "../../model/channelCall.ts";
import type { JsonRecord } from "../../model/values/providerValue.ts";
import type { ChannelSample } from "../contract.ts";
import { sampleFile } from "../kit/sampleFile.ts";
import {
  integerOf,
  jsonAnswer,
  jsonBodyOf,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
  secondsOf,
} from "../kit/sampleText.ts";

/** Updates of a Telegram bot. */
export const sample: ChannelSample = {
  label: "Telegram",
  demoFields: () => ({ token: `192033615:${randomSecret()}` }),
  write({ id, name, text, messageId }, { now }) {
    const [first_name, last_name] = [name.split(" ")[0], name.split(" ").slice(1).join(" ") || undefined];
    const personId = integerOf(id);
    return {
      update_id: integerOf(messageId),
      message: {
        message_id: integerOf(messageId),
        from: { id: personId, is_bot: false, first_name, last_name, language_code: "en" },
        chat: { id: personId, type: "private", first_name, last_name },
        date: secondsOf(now),
        text,
      },
    };
  },
  sign: (payload, { credentials }) => ({
    headers: { ...jsonHeaders, "x-telegram-bot-api-secret-token": requiredSecret(credentials, "secretToken") },
    body: jsonOf(payload),
  }),
  answer(request, externalId) {
    const { method, body } = callIn(request);
    if (request.url.includes("/file/bot")) return sampleFile;
    return jsonAnswer(200, { ok: true, result: resultOf(method, body, externalId) });
  },
  readSent(request) {
    const { method, body } = callIn(request);
    if (!method.startsWith("send") || method === "sendChatAction") return undefined;
    const { chat_id, text, caption, photo, animation, video, audio, voice, document, title, latitude, longitude } =
      body;
    const file = photo ?? animation ?? video ?? audio ?? voice ?? document;
    const place = latitude === undefined ? undefined : `${latitude},${longitude}`;
    const lines = [text ?? caption, file, title, place].filter((line) => typeof line === "string");
    return { personId: String(chat_id), text: lines.join("\n") };
  },
};

/** Reads the method and the parameters of a call. https://core.telegram.org/bots/api#making-requests */
const callIn = (request: ProviderRequest) => ({
  method: new URL(request.url).pathname.split("/").at(-1) ?? "",
  body: jsonBodyOf(request),
});

function resultOf(method: string, { chat_id, text }: JsonRecord, externalId: string): unknown {
  const bot = { id: 192033615, is_bot: true, first_name: "Sample", username: "sample_bot" };
  if (method === "getMe") return bot;
  if (method === "getFile") return { file_id: externalId, file_path: `photos/${externalId}.png` };
  if (!method.startsWith("send") || method === "sendChatAction") return true;
  return { message_id: integerOf(externalId), from: bot, chat: { id: chat_id, type: "private" }, date: 0, text };
}
