import { randomBytes } from "node:crypto";
import type { ChannelType } from "../domain/channel.ts";

const secret = () => randomBytes(16).toString("hex");

/** Fields of an integration of each channel as somebody with an account there would give them; the secrets are random. */
export const demoCredentials: Readonly<Record<ChannelType, Readonly<Record<string, string>>>> = {
  instagram: { appId: "482910563781", appSecret: secret(), pageAccessToken: secret(), businessId: "17841444303043201" },
  line: { channelId: "1653912345", channelSecret: secret(), channelAccessToken: secret() },
  mailgun: {
    apiKey: secret(),
    signingKey: secret(),
    domain: "demo.mailgun.example",
    incomingAddress: "hello@demo.mailgun.example",
  },
  messagebird: { accessKey: secret(), signingKey: secret(), originator: "12262121021" },
  messenger: { appId: "482910563781", appSecret: secret(), pageAccessToken: secret(), pageId: "106731941223392" },
  telegram: { token: `192033615:${secret()}` },
  twilio: {
    accountSid: "ACa1b4c65ee0722712fab89867cb14eac7",
    authToken: secret(),
    phoneNumberSid: "PN0674df59ee0c80819c02ceb8bf1a39ee",
  },
  viber: { token: secret() },
  whatsapp: { appSecret: secret(), phoneNumberId: "106540352242922", accountId: "102290129340398" },
};
