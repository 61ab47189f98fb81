import type { Credentials } from "../../model/channel.ts";
import type { ProviderRequest } from "../../model/channelCall.ts";
import { jsonRequest } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";

/**
 * The version of Meta's Graph API by whose rules requests are written; each serves for two years.
 * https://developers.facebook.com/docs/graph-api/changelog
 */
const version = "v25.0";

export const graphOrigin = "https://graph.facebook.com";

/** The API for tokens of Instagram's own login. https://developers.facebook.com/docs/instagram-platform/overview */
export const instagramOrigin = "https://graph.instagram.com";

/** A place of the Graph API, and the token that opens it. */
export interface GraphAccess {
  readonly origin?: string;
  readonly token: string;
}

/** Writes a request that reads fields. */
export const graphRead = (path: string, fields: readonly string[], access: GraphAccess): ProviderRequest => ({
  method: "GET",
  url: `${urlOf(path, access)}?fields=${encodeURI(fields.join(","))}`,
  headers: authorized(access),
});

/** Writes a request that sends or changes something. */
export const graphPost = (path: string, body: object, access: GraphAccess): ProviderRequest =>
  jsonRequest(urlOf(path, access), body, authorized(access));

const urlOf = (path: string, { origin = graphOrigin }: GraphAccess): string => `${origin}/${version}/${path}`;

/**
 * The token goes in the header, so that it stands in no URL that a proxy may log.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages#request-syntax
 */
const authorized = ({ token }: GraphAccess) => ({ authorization: `Bearer ${token.replace(notInTokens, "")}` });

/** Characters that no token has; most of them no header may have. */
const notInTokens = /[^!-~]/g;

/** Reads a credential as a part of a URL's path; empty if it is missing. */
export const pathPart = (credentials: Credentials, name: string): string =>
  encodeURIComponent(givenText(credentials, name) ?? "");

/**
 * Writes the request that sets the webhook of a Meta app for a product, with the app's own token. An app has one for
 * each product: another that is set there is replaced.
 * https://developers.facebook.com/docs/graph-api/reference/app/subscriptions
 */
export function appSubscription(
  object: "page" | "instagram",
  fields: readonly string[],
  credentials: Credentials,
  webhookUrl: string,
): readonly ProviderRequest[] {
  const [appId, appSecret] = [givenText(credentials, "appId"), givenText(credentials, "appSecret")];
  if (appId === undefined || appSecret === undefined) return [];
  const body = {
    object,
    callback_url: webhookUrl,
    verify_token: givenText(credentials, "verifyToken"),
    fields: fields.join(","),
    include_values: true,
  };
  return [graphPost(`${encodeURIComponent(appId)}/subscriptions`, body, { token: `${appId}|${appSecret}` })];
}
