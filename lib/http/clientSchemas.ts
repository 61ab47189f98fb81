import * as v from "valibot";
import { identityOfAddress, identityOfPhone, type LinkedIdentity } from "../domain/channelLink.ts";
import { refuse } from "../domain/refusal.ts";
import { unservedField } from "./notOffered.ts";
import { object, text } from "./schemas.ts";

const criteria = { integrationId: text(1, 64), primary: v.optional(v.boolean()) };
const phone = { ...criteria, phoneNumber: text(1, 64) };

const matchCriteria = v.variant("type", [
  object({
    type: v.literal("mailgun"),
    ...criteria,
    address: v.pipe(text(1, 320), v.rfcEmail()),
    // The subject of the mail that `message` would be: without that, it asks for nothing.
    subject: v.optional(text(1, 1024)),
  }),
  object({ type: v.literal("messagebird"), ...phone }),
  object({ type: v.literal("twilio"), ...phone }),
  object({ type: v.literal("whatsapp"), ...phone }),
]);

/** Source: the vendor's OpenAPI description, "clientCreate". */
export const clientCreate = object({
  matchCriteria,
  confirmation: object({
    type: v.picklist(["immediate", "userActivity", "prompt"]),
    message: unservedField("a message that confirms a link"),
  }),
  target: object({ conversationId: text(1, 64) }),
});

/** Whom the criteria name on their channel. @throws Refusal for a number without `+` and country code, or no address */
export function identityOf(given: v.InferOutput<typeof matchCriteria>): LinkedIdentity {
  const identity =
    given.type === "mailgun" ? identityOfAddress(given.address) : identityOfPhone(given.type, given.phoneNumber);
  if (identity) return identity;
  throw refuse.badRequest(
    given.type === "mailgun"
      ? 'matchCriteria.address should match format "email"'
      : "matchCriteria.phoneNumber should contain the + prefix and the country code",
  );
}
