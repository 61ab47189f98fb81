import type { DeliveryFailure, FailureReason } from "../../model/channelCall.ts";
import { readMailbox } from "../../model/values/mailbox.ts";
import {
  idOf,
  type JsonRecord,
  lineOf,
  numberOf,
  recordOf,
  timeOf,
  withoutUndefined,
} from "../../model/values/providerValue.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import type { Reading } from "../kit/delivery.ts";
import { bracketed } from "./messageIds.ts";

/**
 * Reads an event about a mail that was sent: what became of it, or that the person wants no more.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
 */
export function* readEvent(event: JsonRecord): Generator<Reading> {
  const kind = idOf(event.event) ?? "";
  const state = stateOf(kind, event);
  const id = bracketed(recordOf(recordOf(event.message).headers)["message-id"]);
  const address = readMailbox(idOf(event.recipient) ?? "")?.address;
  const isRefusal = (kind === "unsubscribed" || kind === "complained") && address !== undefined;
  const occurredAt = timeOf(event.timestamp);
  if (state !== undefined && id !== undefined) {
    const failure = state === "failed" ? failureOf(event) : undefined;
    yield withoutUndefined<Reading & object>({ kind: "receipt", state, externalIds: [id], failure, occurredAt });
  } else if (isRefusal) {
    const person = channelPerson({ externalId: address });
    yield withoutUndefined<Reading & object>({ kind: "blocked", person, occurredAt });
  } else yield "an event of an outgoing mail";
}

function stateOf(kind: string, event: JsonRecord): "delivered" | "read" | "failed" | undefined {
  if (kind === "delivered") return "delivered";
  if (kind === "rejected" || (kind === "failed" && event.severity !== "temporary")) return "failed";
  if (kind !== "opened" && kind !== "clicked") return undefined;
  // Programs load pictures for their people, whether a mail is read or not.
  return lineOf(recordOf(event["client-info"]).bot, 64) === undefined ? "read" : undefined;
}

/** Reads why a mail did not reach the person: by Mailgun's own reason, else by the code of the other server. */
function failureOf(event: JsonRecord): DeliveryFailure {
  const status = recordOf(event["delivery-status"]);
  const reason = lineOf(event.reason, 64) ?? "";
  const said = [status.message, status.description, recordOf(event.reject).reason];
  const words = said.map((one) => lineOf(one, 450)).find((one) => one !== undefined);
  return {
    reason: reasonOf(reason, numberOf(status.code) ?? 0),
    message: words ?? "Mailgun did not deliver the mail.",
  };
}

/**
 * The reasons `suppress-*` are people that unsubscribed, complained, or whose address is known to be wrong. Codes are
 * SMTP's, where 5xx that name the mailbox are of an address that does not exist, or takes nothing any more.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-types, https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3
 */
function reasonOf(reason: string, code: number): FailureReason {
  if (reason === "suppress-unsubscribe" || reason === "suppress-complaint") return "notPermitted";
  if (reason === "suppress-bounce" || [498, 499, 550, 551, 553].includes(code)) return "unreachable";
  return reason === "old" ? "expired" : "refused";
}
