import { createHash, createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import {
  formHeaders,
  formOf,
  jsonAnswer,
  jsonHeaders,
  jsonOf,
  randomSecret,
  requiredSecret,
  secondsOf,
} from "../kit/sampleText.ts";
import { bracketed } from "./messageIds.ts";

/** Makes the id of a mail as Mailgun would; one that is such an id stays, without its brackets. */
const mailIdOf = (id: string, domain: string): string =>
  bracketed(id)?.slice(1, -1) ?? `${createHash("sha256").update(id).digest("hex").slice(0, 24)}@${domain}`;

const failure = {
  severity: "permanent",
  reason: "bounce",
  "delivery-status": { code: 550, message: "5.1.1 The email account that you tried to reach does not exist" },
} as const;

/** Mail that a route of Mailgun forwards. */
export const sample: ChannelSample = {
  label: "Mailgun",
  demoFields: () => ({
    apiKey: randomSecret(),
    signingKey: randomSecret(),
    domain: "demo.mailgun.example",
    incomingAddress: "hello@demo.mailgun.example",
  }),
  write({ id, name, text, messageId }, { credentials }) {
    const address = id.includes("@") ? id : `${id}@example.com`;
    return {
      recipient: String(credentials.incomingAddress ?? "mytestemail@sandbox123.mailgun.org"),
      sender: address,
      from: `"${name.replaceAll(/["\\]/g, "")}" <${address}>`,
      subject: "Hello",
      "Message-Id": `<${messageId}@example.com>`,
      "X-Mailgun-Spf": "Pass",
      "body-plain": text,
      "stripped-text": text,
    };
  },
  answer(request, externalId) {
    const path = URL.canParse(request.url) ? new URL(request.url).pathname : "";
    const domain = path.match(/^\/v3\/([^/]+)\/messages$/)?.[1];
    if (domain !== undefined)
      return jsonAnswer(200, { id: `<${mailIdOf(externalId, domain)}>`, message: "Queued. Thank you." });
    return jsonAnswer(200, { message: "Done" });
  },
  report: ({ externalId, personId, state }, { credentials, now }) => ({
    "event-data": {
      event: { delivered: "delivered", read: "opened", failed: "failed" }[state],
      id: createHash("sha256").update(`${externalId} ${state}`).digest("base64url").slice(0, 22),
      timestamp: now.getTime() / 1000,
      recipient: personId,
      message: { headers: { "message-id": mailIdOf(externalId, String(credentials.domain ?? "mailgun.example")) } },
      ...(state === "failed" ? failure : {}),
    },
  }),
  readSent(request) {
    const form = formOf(request.body ?? "");
    const personId = form.get("to");
    return personId === null ? undefined : { personId, text: form.get("text") ?? "" };
  },
  sign(payload, { credentials, now }) {
    const timestamp = String(secondsOf(now));
    const event = typeof payload === "string" ? undefined : payload["event-data"];
    const token = createHash("sha256")
      .update(`${timestamp} ${event === undefined ? formOf(payload) : JSON.stringify(event)}`)
      .digest("hex")
      .slice(0, 50);
    const key = String(credentials.signingKey || requiredSecret(credentials, "apiKey"));
    const signature = createHmac("sha256", key)
      .update(timestamp + token)
      .digest("hex");
    if (event !== undefined)
      return {
        headers: jsonHeaders,
        body: jsonOf({ signature: { timestamp, token, signature }, "event-data": event }),
      };
    const fields = formOf({ ...Object.fromEntries(formOf(payload)), timestamp, token, signature });
    return { headers: formHeaders, body: fields.toString() };
  },
};
