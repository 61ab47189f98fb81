import { channelSamples } from "../../lib/local/channelSamples.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import type { ProviderRequest } from "../../lib/model/channelCall.ts";
import { conversationsOf } from "./business.ts";
import { connect, deliver, type TestIntegration, write } from "./channelPeople.ts";
import { confide } from "./confidences.ts";
import type { Reaction, ReceivedRequest } from "./startReceiver.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";
import { userIdOnChannel } from "./tableItems.ts";
import { unique, uniqueNumber } from "./unique.ts";

/** Accounts of every channel by which messages go out, and people who write to them. */

interface SendingAccount {
  /** Fields of an integration beside those that any has. */
  readonly fields: () => Readonly<Record<string, string>>;
  /** Makes the id of a person as the channel has it. */
  readonly personId: (number: number) => string;
  /** What a message's request says of the account: a part of its path, and of its headers. */
  readonly proof: (fields: Readonly<Record<string, string>>) => {
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

const secret = (): string => unique("secret");
const bearer = (token = "") => ({ authorization: `Bearer ${token}` });
const basic = (name = "", password = "") => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const numberOf = (number: number): string => `1514556${1_000 + number}`;

export const sendingAccounts: Readonly<Record<ChannelType, SendingAccount>> = {
  whatsapp: {
    fields: () => ({ accessToken: secret(), phoneNumberId: "106540352242922" }),
    personId: numberOf,
    proof: ({ accessToken }) => ({ path: "/v25.0/106540352242922/messages", headers: bearer(accessToken) }),
  },
  messenger: {
    fields: () => ({ pageAccessToken: secret() }),
    personId: numberOf,
    proof: ({ pageAccessToken }) => ({ path: "/v25.0/me/messages", headers: bearer(pageAccessToken) }),
  },
  instagram: {
    fields: () => ({ pageAccessToken: secret() }),
    personId: numberOf,
    proof: ({ pageAccessToken }) => ({ path: "/v25.0/me/messages", headers: bearer(pageAccessToken) }),
  },
  telegram: {
    fields: () => ({ token: `${uniqueNumber()}:${secret()}` }),
    personId: numberOf,
    proof: ({ token }) => ({ path: `/bot${token}/send` }),
  },
  twilio: {
    fields: () => ({ authToken: secret(), accountSid: "AC1", messagingServiceSid: "MG1", phoneNumberSid: "" }),
    personId: (number) => `+${numberOf(number)}`,
    proof: ({ accountSid, authToken }) => ({
      path: "/2010-04-01/Accounts/AC1/Messages.json",
      headers: basic(accountSid, authToken),
    }),
  },
  line: {
    fields: () => ({ channelAccessToken: secret() }),
    personId: (number) => `U${number.toString(16).padStart(32, "0")}`,
    proof: ({ channelAccessToken }) => ({ path: "/v2/bot/message/push", headers: bearer(channelAccessToken) }),
  },
  viber: {
    fields: () => ({ token: secret() }),
    personId: (number) => `${numberOf(number)}Ab/+==`,
    proof: ({ token = "" }) => ({ path: "/pa/send_message", headers: { "x-viber-auth-token": token } }),
  },
  messagebird: {
    fields: () => ({ accessKey: secret() }),
    personId: (number) => `+${numberOf(number)}`,
    proof: ({ accessKey }) => ({ path: "/messages", headers: { authorization: `AccessKey ${accessKey}` } }),
  },
  mailgun: {
    fields: () => ({ apiKey: secret() }),
    personId: (number) => `person${number}@example.org`,
    proof: ({ apiKey }) => ({ path: "/v3/example.org/messages", headers: basic("api", apiKey) }),
  },
};

/** A person who has written on a channel, and its conversation with the business. */
export interface ChannelChat {
  readonly type: ChannelType;
  readonly account: TestIntegration;
  readonly fields: Readonly<Record<string, string>>;
  readonly personId: string;
  readonly userId: string;
  readonly conversationId: string;
  /** The id of the person's first message on the channel. */
  readonly messageId: string;
}

/** Connects an account of a channel, by which messages go out. */
export async function connectSending(app: TestApp, type: ChannelType, more: Readonly<Record<string, string>> = {}) {
  const fields = { ...sendingAccounts[type].fields(), ...more };
  for (const [name, value] of Object.entries(fields)) if (/token|key/i.test(name)) confide(value);
  const given = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value || undefined]));
  return { account: await connect(app, type, given), fields };
}

/** Lets a new person write on a channel: to a new account, unless one is named. */
export async function newChannelChat(
  server: TestServer,
  app: TestApp,
  type: ChannelType,
  on?: Pick<ChannelChat, "account" | "fields">,
): Promise<ChannelChat> {
  const { account, fields } = on ?? (await connectSending(app, type));
  const number = uniqueNumber();
  const personId = sendingAccounts[type].personId(number);
  const messageId = String(7e15 + number);
  const { status } = await write(server, account, { id: personId, text: "Hello from here", messageId });
  const userId = (await userIdOnChannel(server, personId)) ?? "";
  const [conversationId = ""] = await conversationsOf(app, userId);
  if (conversationId === "") throw new Error(`The person on ${type} has no conversation: ${status}`);
  return { type, account, fields, personId, userId, conversationId, messageId };
}

/** Reads the channel of a request from its path, which begins with it. */
export const channelOf = ({ path }: Pick<ReceivedRequest, "path">): ChannelType => {
  const type = channelTypes.find((one) => path.startsWith(`/${one}/`));
  if (type === undefined) throw new Error(`The request is for no channel: ${path}`);
  return type;
};

/** Makes of a received request the one that was written. */
function writtenRequest(request: ReceivedRequest): ProviderRequest {
  const { method, path, headers, body } = request;
  const type = channelOf(request);
  return {
    // Whatever it is, the provider's sample reads it.
    method: method as ProviderRequest["method"],
    url: `https://${type}.example${path.slice(type.length + 1)}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body,
  };
}

/** Answers a request as its provider does where all is well. */
export function answerWell(request: ReceivedRequest, externalId: string): Reaction {
  const { status, headers, body } = channelSamples[channelOf(request)].answer?.(
    writtenRequest(request),
    externalId,
  ) ?? { status: 500, headers: {}, body: "" };
  return { status, headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])), body };
}

/** Reads whom a request is for, and what the business says by it; `undefined` if it is no message. */
export function sentBy(request: ReceivedRequest): { readonly personId: string; readonly text: string } | undefined {
  const sent = channelSamples[channelOf(request)].readSent?.(writtenRequest(request));
  return sent && { ...sent, text: sent.text.split("\n\n-- \nUnsubscribe:", 1)[0] ?? "" };
}

/** Delivers the provider's report on a message; answers `undefined` where the channel has none of this kind. */
export function report(
  server: TestServer,
  { type, account, personId }: Pick<ChannelChat, "type" | "account" | "personId">,
  externalId: string,
  { state, now = new Date() }: { readonly state: "delivered" | "read" | "failed"; readonly now?: Date },
) {
  const target = { credentials: account.credentials, publicUrl: account.webhookUrl, now };
  const payload = channelSamples[type].report?.({ externalId, personId, state }, target);
  return payload === undefined ? undefined : deliver(server, account, payload);
}
