import type { Credentials } from "../../model/channel.ts";
import type { CallResult, LatestReceived, OutgoingMessage, ProviderRequest } from "../../model/channelCall.ts";
import { claimedAddress } from "../../model/client.ts";
import { lineOf, recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSender, SendTarget } from "../contract.ts";
import { basicAuthorization, type FormValues, formRequest } from "../kit/formRequest.ts";
import { accepted, answered, isSuccess, refusedFor, resultOfStatus } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { mailBody } from "./mailBody.ts";
import { bracketed } from "./messageIds.ts";

const api = "https://api.mailgun.net";

/**
 * Mail by Mailgun: the answer to the person's latest mail, if there is one, in its thread.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-http
 */
export const send: ChannelSender = {
  needs: ["apiKey", "domain", "incomingAddress"],
  // A domain in Europe is known at the other alone.
  origins: [api, "https://api.eu.mailgun.net"],
  reports: true,
  // Mailgun sends a mail again whose `Message-Id` it sent before; the person's provider may drop the second one.
  idempotent: false,
  answers: true,
  write: (message, target, key) => [
    request(target.credentials, `/v3/${pathPart(target.credentials.domain)}/messages`, mailOf(message, target, key(0))),
  ],
  read(answer): CallResult {
    const fields = answered(answer);
    const words = lineOf(fields.message, 500) ?? lineOf(answer.body, 200);
    if (isSuccess(answer)) return accepted(bracketed(fields.id));
    // https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-http
    if (answer.status === 400 && /'?to'? parameter is not a valid address/i.test(words ?? ""))
      return refusedFor("unreachable", words);
    // The account has no such domain in this region: the integration is wrong, and not the person.
    if (answer.status === 404) return refusedFor("wrongCredentials", words);
    return answer.status === 402 ? refusedFor("notPermitted", words) : resultOfStatus(answer, words);
  },
  /** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains/get-v4-domains--name- */
  check: (credentials) => ({
    method: "GET",
    url: `${api}/v4/domains/${pathPart(credentials.domain)}`,
    headers: basicAuthorization("api", credentials.apiKey),
  }),
  /**
   * Registers a route for mails, and a webhook for what becomes of ours.
   * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/routes,
   * https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domain-webhooks/post-v4-domains--domain--webhooks
   */
  register: (credentials, webhookUrl) => [
    request(credentials, "/v3/routes", {
      priority: "0",
      description: "Sunroom",
      expression: `match_recipient("${quotable(credentials.incomingAddress)}")`,
      action: `forward("${quotable(webhookUrl)}")`,
    }),
    request(credentials, `/v4/domains/${pathPart(credentials.domain)}/webhooks`, {
      url: webhookUrl,
      event_types: ["delivered", "opened", "clicked", "permanent_fail", "unsubscribed", "complained"],
    }),
  ],
};

const pathPart = (value: unknown): string => encodeURIComponent(String(value ?? "").toWellFormed());

const quotable = (value: unknown): string => String(value ?? "").replace(/["\\\s]/g, "");

const request = (credentials: Credentials, path: string, values: FormValues): ProviderRequest =>
  formRequest(api + path, values, basicAuthorization("api", credentials.apiKey));

function mailOf(message: OutgoingMessage, target: SendTarget, key: string): FormValues {
  const { credentials, recipient, latest } = target;
  const address = givenText(credentials, "fromAddress") ?? givenText(credentials, "incomingAddress") ?? "";
  const name = lineOf(message.author.displayName, 128);
  const domain = givenText(credentials, "domain") ?? "";
  return {
    from: name === undefined ? address : `"${name.replace(/["\\\p{Cc}]/gu, "")}" <${address}>`,
    to: claimedAddress(recipient.externalId),
    subject: message.subject ?? answeredSubject(latest) ?? `New message from ${name ?? address}`,
    ...mailBody(message.content, { unsubscribe: credentials.hideUnsubscribeLink !== true }),
    "h:Reply-To": address,
    // The id may be the sender's own. https://documentation.mailgun.com/en/latest/faqs.html
    "h:Message-Id": /^[a-z0-9.-]+$/i.test(domain) ? `<${key}@${domain}>` : undefined,
    ...threadOf(message, latest),
  };
}

/** Writes the subject of an answer, once however long the thread is. */
function answeredSubject(latest: LatestReceived | undefined): string | undefined {
  const subject = lineOf(recordOf(latest?.raw).subject, 900)?.replace(/\s+/g, " ");
  if (subject === undefined) return undefined;
  return /^(?:re|aw|sv|antw|rif|res)\s*:/i.test(subject) ? subject : `Re: ${subject}`;
}

/** Ids that `References` has: the first one, and the latest. */
const threadLength = 12;

/** Names the mail that is answered, and those before it. https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4 */
function threadOf({ quotedExternalId }: OutgoingMessage, latest: LatestReceived | undefined): FormValues {
  const answeredId = bracketed(quotedExternalId) ?? bracketed(latest?.externalId);
  if (answeredId === undefined) return {};
  const { References: references, "In-Reply-To": parent } = recordOf(latest?.raw);
  const before = bracketed(latest?.externalId) === answeredId ? idsIn(references ?? parent) : [];
  const [first, ...more] = [...new Set([...before, answeredId])];
  return {
    "h:In-Reply-To": answeredId,
    "h:References": [first, ...more.slice(1 - threadLength)].join(" "),
  };
}

const idsIn = (header: unknown): readonly string[] =>
  typeof header === "string" ? (header.slice(0, 16_384).match(/<[^<>\s]{1,250}>/g) ?? []) : [];
