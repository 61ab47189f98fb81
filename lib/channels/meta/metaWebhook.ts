import type { ChannelRequest, Credentials, Reply, Verdict } from "../../model/channel.ts";
import { givenText, hmac, refused, sameSecret } from "../kit/signature.ts";

const plainText = { "content-type": "text/plain", "x-content-type-options": "nosniff" } as const;

/** The acknowledgement of Meta's products, which accept any 200; this is the body that Meta's own samples send. */
export const metaAcknowledgement: Reply = { status: 200, headers: plainText, body: "EVENT_RECEIVED" };

/**
 * Answers Meta's check of a callback URL: the challenge comes back verbatim, as plain text so that nothing in it can
 * act in a browser. https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 */
export function metaHandshake(request: ChannelRequest, credentials: Credentials): Reply | undefined {
  const mode = request.query.get("hub.mode");
  if (request.method !== "GET" || mode === null) return undefined;
  const expected = givenText(credentials, "verifyToken");
  const challenge = request.query.get("hub.challenge");
  const proven = expected !== undefined && sameSecret(request.query.get("hub.verify_token") ?? "", expected);
  if (!proven || mode !== "subscribe" || challenge === null) return { status: 403 };
  return { status: 200, headers: plainText, body: challenge };
}

/**
 * Checks `X-Hub-Signature-256` over the bytes as they came, since Meta signs its own escaped form of the JSON. The
 * older SHA-1 header is ignored. https://developers.facebook.com/docs/messenger-platform/webhooks#validate-payloads
 */
export function metaVerify(request: ChannelRequest, credentials: Credentials): Verdict {
  const appSecret = givenText(credentials, "appSecret");
  if (appSecret === undefined) return refused(401, "the integration has no appSecret");
  const signature = request.headers["x-hub-signature-256"];
  if (signature === undefined) return refused(401, "no X-Hub-Signature-256");
  const expected = `sha256=${hmac("sha256", appSecret, request.rawBody, "hex")}`;
  return sameSecret(signature, expected) ? { ok: true } : refused(401, "the signature does not match");
}
