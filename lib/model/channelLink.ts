import type { ChannelType } from "./channel.ts";
import { readMailbox } from "./values/mailbox.ts";
import { internationalFormat } from "./values/phoneNumber.ts";

/** The channels on which a business may name a person by a known number or address. */
export const linkableTypes = ["mailgun", "messagebird", "twilio", "whatsapp"] as const satisfies readonly ChannelType[];

export type LinkableType = (typeof linkableTypes)[number];

/** A person on a channel as a business names it, in the form in which the channel itself would. */
export interface LinkedIdentity {
  readonly externalId: string;
  readonly displayName: string;
  readonly info?: Readonly<Record<string, string>>;
}

/**
 * Reads the identity of a phone number in international form, apart from spaces and punctuation; `undefined` if it is
 * none. On Twilio a number of WhatsApp has the prefix `whatsapp:`, as Twilio writes it.
 */
export function identityOfPhone(type: Exclude<LinkableType, "mailgun">, text: string): LinkedIdentity | undefined {
  const [, prefix = "", number = ""] = text.match(/^(whatsapp:)?(.*)$/s) ?? [];
  const phoneNumber = number.replace(/[\s().-]/g, "");
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber) || (prefix !== "" && type !== "twilio")) return undefined;
  return {
    // WhatsApp's own ids are the digits alone.
    externalId: type === "whatsapp" ? phoneNumber.slice(1) : prefix + phoneNumber,
    displayName: internationalFormat(phoneNumber),
    info: { phoneNumber },
  };
}

/** Reads the identity of an e-mail address; `undefined` if it is none. */
export function identityOfAddress(text: string): LinkedIdentity | undefined {
  const address = readMailbox(text)?.address;
  return address === undefined ? undefined : { externalId: address, displayName: address };
}

/** Patterns of the ids for which a link may wait; other ids of a person, and other channels, are never looked up. */
const linkableIds: Readonly<Partial<Record<ChannelType, RegExp>>> = {
  // Excludes addresses that a mail only claims.
  mailgun: /^[^:]+@/,
  messagebird: /^\+\d+$/,
  twilio: /^(whatsapp:)?\+\d+$/,
  whatsapp: /^\d+$/,
} satisfies Record<LinkableType, RegExp>;

/** Tells whether a link may wait for a person of this id. */
export const mayBeLinked = (type: ChannelType, externalId: string): boolean =>
  linkableIds[type]?.test(externalId) ?? false;
