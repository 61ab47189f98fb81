import { idOf, listOf, recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSender } from "../contract.ts";
import { plainText, splitText, type TextLimit } from "../kit/fallback.ts";
import { isPublicUrl } from "../kit/formRequest.ts";
import {
  accepted,
  answered,
  isSuccess,
  jsonRequest,
  laterBecause,
  refusedFor,
  resultOfStatus,
} from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";

const api = "https://rest.messagebird.com";

/**
 * SMS by MessageBird. Files are links: an MMS needs a number that is registered for it.
 * https://developers.messagebird.com/api/sms-messaging/
 */
export const send: ChannelSender = {
  needs: ["accessKey", "originator"],
  origins: [api],
  reports: true,
  // The reference is for reports alone: a second message with it is sent, too.
  idempotent: false,
  write({ content }, { credentials, recipient, webhookUrl }, key) {
    const text = plainText(content);
    return splitText(text, limitOf(text)).map((body, place) =>
      jsonRequest(
        `${api}/messages`,
        {
          originator: givenText(credentials, "originator") ?? "",
          // Several are joined by commas, as in the vendor's own library.
          recipients: recipient.externalId.replace(/^\+/, ""),
          body,
          datacoding: "auto",
          // Without a reference there are no reports.
          reference: key(place),
          ...(isPublicUrl(webhookUrl) ? { reportUrl: webhookUrl } : {}),
        },
        authorization(credentials.accessKey),
      ),
    );
  },
  /** https://developers.messagebird.com/api/#api-errors */
  read(answer) {
    const fields = answered(answer);
    const { code, description, parameter } = recordOf(listOf(fields.errors)[0]);
    if (isSuccess(answer) && code === undefined) return accepted(idOf(fields.id));
    if (code === 2) return refusedFor("wrongCredentials", description);
    if (code === 25) return refusedFor("notPermitted", description);
    if (code === 99) return laterBecause(description);
    if (code === 9 || code === 10) return refusedFor(reasonOfParameter(parameter), description);
    return resultOfStatus(answer, description);
  },
  check: (credentials) => ({
    method: "GET",
    url: `${api}/balance`,
    headers: authorization(credentials.accessKey),
  }),
};

const authorization = (accessKey: unknown) => ({ authorization: `AccessKey ${accessKey ?? ""}` });

/** Reads the reason of a refusal from the parameter that is wrong. */
function reasonOfParameter(parameter: unknown): "unreachable" | "notPermitted" | "refused" {
  if (parameter === "recipient" || parameter === "recipients") return "unreachable";
  return parameter === "originator" ? "notPermitted" : "refused";
}

/** The characters of the GSM alphabet, and those that count as two. https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/ */
const gsm =
  /^[\n\r !-Z_a-z\u00a1\u00a3-\u00a5\u00a7\u00bf\u00c4-\u00c7\u00c9\u00d1\u00d6\u00d8\u00dc\u00df\u00e0\u00e4-\u00e9\u00ec\u00f1\u00f2\u00f6\u00f8\u00f9\u00fcΔΦΓΛΩΠΨΣΘΞ[\\\]^{|}~€]*$/;
const double = /[[\\\]^{|}~€]/;

/**
 * The length of a text: nine parts of an SMS, of 153 characters of the GSM alphabet or 67 of any other.
 * https://developers.messagebird.com/api/sms-messaging/
 */
function limitOf(text: string): TextLimit {
  if (!gsm.test(text)) return { size: 603, in: "units" };
  return { size: double.test(text) ? 688 : 1377, in: "units" };
}
