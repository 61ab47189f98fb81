import { channelSamples, signedDelivery } from "../../lib/local/channelSamples.ts";
import type { ChannelType, Credentials } from "../../lib/model/channel.ts";
import { type Caller, caller, type Credentials as Key, type Reply } from "../support/caller.ts";
import { userToken } from "../support/signToken.ts";

/** A build that is called, or a test's server with a build's items. */
export interface Callee {
  readonly url: string;
  readonly now: () => Date;
}

/** An app and its key. */
export interface MadeApp {
  readonly id: string;
  readonly key: Key;
}

/** An integration with the fields of its answer. */
export interface MadeChannel {
  readonly id: string;
  readonly type: ChannelType;
  readonly webhookUrl: string;
  readonly credentials: Credentials;
}

/** An SDK's device, with its session if it has one. */
export interface MadeDevice {
  readonly clientId: string;
  readonly integrationId: string;
  readonly appUserId?: string;
  readonly sessionToken?: string;
}

/** What a person writes on a channel. */
export interface Written {
  readonly id: string;
  readonly text: string;
  readonly messageId: string;
}

/** Makes a caller of an app's business. */
export const businessOf = ({ url }: Callee, { key }: MadeApp): Caller => caller(url, key);

/** Delivers what a person writes on a channel, signed as its provider signs. */
export function writeOn({ url, now }: Callee, channel: MadeChannel, written: Written): Promise<Reply> {
  const { type, credentials, webhookUrl } = channel;
  const target = { credentials, publicUrl: webhookUrl, now: now() };
  const payload = channelSamples[type].write({ name: "Zoë Müller", ...written }, target);
  const { method, path, headers, body } = signedDelivery(type, payload, target);
  return caller(url).send(method, path, { headers, body });
}

const clientOf = ({ clientId, integrationId }: MadeDevice) => ({
  platform: "web",
  id: clientId,
  integrationId,
  info: { vendor: "smooch", sdkVersion: "4.29.0", userAgent: "Mozilla/5.0", currentUrl: "https://shop.example/" },
});

/** Calls as an SDK on a device does, under its session, or with a token if one is given. */
export function callSdk<Body>(
  { url }: Callee,
  { id }: MadeApp,
  device: MadeDevice,
  call: { readonly method: string; readonly path: string; readonly body?: object; readonly token?: string },
): Promise<Reply<Body>> {
  const session = Buffer.from(`${device.appUserId}:${device.sessionToken}`).toString("base64");
  return caller(url).send<Body>(call.method, `/sdk/v2/apps/${id}${call.path}`, {
    ...(call.body && { body: { client: clientOf(device), ...call.body } }),
    headers: {
      "x-smooch-sdk": "web/smooch/4.29.0",
      "x-smooch-appid": id,
      "x-smooch-clientid": device.clientId,
      ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
      ...(call.token === undefined && device.sessionToken !== undefined && { authorization: `Basic ${session}` }),
    },
  });
}

/** The part of an SDK's answer that names the user. */
export interface SignedIn {
  readonly appUser: { readonly _id: string; readonly userId?: string };
  readonly conversations: readonly { readonly _id: string }[];
  readonly sessionToken?: string;
}

/** Signs a person in on a device, with its anonymous user if it has one. */
export const signIn = (
  callee: Callee,
  app: MadeApp,
  device: MadeDevice,
  person: { readonly externalId: string; readonly email?: string },
): Promise<Reply<SignedIn>> =>
  callSdk<SignedIn>(callee, app, device, {
    method: "POST",
    path: "/login",
    token: userToken(
      app,
      person.externalId,
      person.email === undefined ? {} : { email: person.email, email_verified: true },
    ),
    body: {
      integrationId: device.integrationId,
      userId: person.externalId,
      ...(device.appUserId && { appUserId: device.appUserId }),
      sessionToken: device.sessionToken ?? null,
    },
  });

/** Begins a conversation as an anonymous user, and answers the device with its session. */
export async function begin(
  callee: Callee,
  app: MadeApp,
  device: MadeDevice,
  text: string,
): Promise<MadeDevice & { readonly conversationId: string; readonly appUserId: string }> {
  const { body, text: answer } = await callSdk<SignedIn>(callee, app, device, {
    method: "POST",
    path: "/appusers",
    body: { intent: "conversation:start", conversation: { type: "personal", messages: [{ type: "text", text }] } },
  });
  const [conversation] = body.conversations ?? [];
  if (!conversation || body.sessionToken === undefined) throw new Error(`No conversation began: ${answer}`);
  return {
    ...device,
    appUserId: body.appUser._id,
    sessionToken: body.sessionToken,
    conversationId: conversation._id,
  };
}

/** Calls as a business, and fails if it is refused. */
export async function made<Body>(reply: Promise<Reply<Body>>): Promise<Body> {
  const { status, body, text } = await reply;
  if (status >= 300) throw new Error(`An item was not made: ${status} ${text}`);
  return body;
}
