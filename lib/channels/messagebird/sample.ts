import { createHash, createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { digitsOf, jsonHeaders, jsonOf, randomSecret, requiredSecret, secondsOf } from "../kit/sampleText.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** SMS by MessageBird. */
export const sample: ChannelSample = {
  label: "MessageBird",
  demoFields: () => ({ accessKey: randomSecret(), signingKey: randomSecret(), originator: "12262121021" }),
  write: ({ id, text, messageId }, { credentials, now }) => ({
    id: messageId,
    originator: digitsOf(id),
    recipient: String(credentials.originator ?? "12262121021"),
    body: text,
    createdDatetime: now.toISOString(),
  }),
  sign(payload, { credentials, publicUrl, now }) {
    const body = jsonOf(payload);
    const issued = secondsOf(now);
    const claims = {
      iss: "MessageBird",
      nbf: issued,
      exp: issued + 60,
      jti: sha256(`${issued} ${body}`).slice(0, 32),
      url_hash: sha256(publicUrl),
      ...(body === "" ? {} : { payload_hash: sha256(body) }),
    };
    const signed = [{ alg: "HS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const key = requiredSecret(credentials, "signingKey");
    const signature = createHmac("sha256", key).update(signed).digest("base64url");
    return { headers: { ...jsonHeaders, "messagebird-signature-jwt": `${signed}.${signature}` }, body };
  },
};
