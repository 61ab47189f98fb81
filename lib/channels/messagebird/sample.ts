import { createHash, createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import {
  digitsOf,
  jsonAnswer,
  jsonBodyOf,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
  secondsOf,
} from "../kit/sampleText.ts";

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
  answer(request, externalId) {
    if (!request.url.endsWith("/messages"))
      return jsonAnswer(200, { payment: "prepaid", type: "credits", amount: 100 });
    const { originator, recipients, body, reference } = jsonBodyOf(request);
    const items = [{ recipient: recipients, status: "sent" }];
    return jsonAnswer(201, { id: externalId, originator, body, reference, recipients: { totalCount: 1, items } });
  },
  // MessageBird calls with these fields in the query; a flow's form of them is read alike.
  report: ({ externalId, personId, state }, { now }) =>
    state === "read"
      ? undefined
      : {
          id: externalId,
          reference: externalId,
          recipient: digitsOf(personId),
          status: state === "failed" ? "delivery_failed" : state,
          statusDatetime: now.toISOString(),
          ...(state === "failed" ? { statusErrorCode: "1", statusReason: "unknown subscriber" } : {}),
        },
  readSent(request) {
    const { recipients, body } = jsonBodyOf(request);
    return typeof recipients === "string" && typeof body === "string"
      ? { personId: `+${recipients}`, text: body }
      : undefined;
  },
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
