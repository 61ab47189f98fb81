import type { ChannelSample } from "../contract.ts";
import { digitsOf, randomSecret, secondsOf } from "../kit/sampleText.ts";
import { signAsMeta } from "../meta/metaSample.ts";

const phoneNumber = "106540352242922";
const account = "102290129340398";

/** Messages of WhatsApp's Cloud API. */
export const sample: ChannelSample = {
  label: "WhatsApp",
  demoFields: () => ({ appSecret: randomSecret(), phoneNumberId: phoneNumber, accountId: account }),
  write({ id, name, text, messageId }, { credentials, now }) {
    const value = {
      messaging_product: "whatsapp",
      metadata: {
        display_phone_number: "15550783881",
        phone_number_id: String(credentials.phoneNumberId ?? phoneNumber),
      },
      contacts: [{ profile: { name }, wa_id: digitsOf(id) }],
      messages: [
        { from: digitsOf(id), id: messageId, timestamp: String(secondsOf(now)), type: "text", text: { body: text } },
      ],
    };
    const entry = { id: String(credentials.accountId ?? account), changes: [{ field: "messages", value }] };
    return { object: "whatsapp_business_account", entry: [entry] };
  },
  sign: signAsMeta,
};
