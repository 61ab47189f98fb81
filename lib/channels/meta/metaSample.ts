import { createHmac } from "node:crypto";
import type { ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import { type JsonRecord, recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSample, SamplePayload, SamplePerson } from "../contract.ts";
import { jsonAnswer, jsonBodyOf, jsonHeaders, jsonOf, requiredSecret } from "../kit/sampleText.ts";

/** Signs as Meta does: characters beyond ASCII are escaped, and the escaped bytes are signed. */
export const signAsMeta: ChannelSample["sign"] = (payload, { credentials }) => {
  const body = jsonOf(payload).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const signature = createHmac("sha256", requiredSecret(credentials, "appSecret")).update(body).digest("hex");
  return { headers: { ...jsonHeaders, "x-hub-signature-256": `sha256=${signature}` }, body };
};

/** Writes an answer of the Graph API. */
export const graphAnswer = (body: JsonRecord): ProviderAnswer => jsonAnswer(200, body);

/**
 * Answers a request of Messenger's or Instagram's as Meta does: a message by its id, anything else by its success.
 * @param account what is answered of the account
 */
export function messagingAnswer(request: ProviderRequest, externalId: string, account: JsonRecord): ProviderAnswer {
  if (request.method === "GET") return graphAnswer(account);
  const { recipient, message } = jsonBodyOf(request);
  const { id } = recordOf(recipient);
  if (id === undefined) return graphAnswer({ success: true });
  return graphAnswer(message === undefined ? { recipient_id: id } : { recipient_id: id, message_id: externalId });
}

/** Writes the report that a person read or got a message, as Messenger and Instagram deliver it. */
export function messagingReport(
  object: "page" | "instagram",
  account: unknown,
  { personId, ...report }: { readonly personId: string } & JsonRecord,
  now: Date,
): SamplePayload {
  const event = {
    sender: { id: personId },
    recipient: { id: String(account) },
    timestamp: now.getTime(),
    ...report,
  };
  return { object, entry: [{ id: String(account), time: now.getTime(), messaging: [event] }] };
}

/** Reads whom a message of Messenger's or Instagram's is for, and the words in it, of its buttons and pictures too. */
export function messagingText(
  request: ProviderRequest,
): { readonly personId: string; readonly text: string } | undefined {
  const { recipient, message } = jsonBodyOf(request);
  const { id } = recordOf(recipient);
  if (typeof id !== "string" || message === undefined) return undefined;
  return { personId: id, text: wordsIn(message).join("\n") };
}

/** The fields of a message in which people read something. */
const shownFields: ReadonlySet<string> = new Set(
  ["text", "body", "caption", "title", "subtitle", "description", "url", "image_url", "link", "name", "address"].concat(
    "display_text",
    "filename",
  ),
);

/** Lists what people read in a message, in its order. */
export function wordsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  return Object.entries(recordOf(value)).flatMap(([name, part]) => {
    if (typeof part !== "string") return wordsIn(part);
    return shownFields.has(name) ? [part] : [];
  });
}

/** Writes a text message as Messenger and Instagram deliver it. */
export function messagingPayload(
  object: "page" | "instagram",
  account: unknown,
  { id, text, messageId }: SamplePerson,
  now: Date,
): SamplePayload {
  const event = {
    sender: { id },
    recipient: { id: String(account) },
    timestamp: now.getTime(),
    message: { mid: messageId, text },
  };
  return { object, entry: [{ id: String(account), time: now.getTime(), messaging: [event] }] };
}
