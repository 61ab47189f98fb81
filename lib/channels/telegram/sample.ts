import type { ChannelSample } from "../contract.ts";
import { integerOf, jsonHeaders, jsonOf, randomSecret, requiredSecret, secondsOf } from "../kit/sampleText.ts";

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
};
