import * as v from "valibot";
import { apiError } from "../../model/apiError.ts";
import { identityOfAddress, identityOfPhone, type LinkedIdentity } from "../../model/channelLink.ts";
import { unservedField } from "./notOffered.ts";
import { object, text } from "./schemas.ts";

const criteria = { integrationId: text(1, 64), primary: v.optional(v.boolean()) };
const phone = { ...criteria, phoneNumber: text(1, 64) };

const matchCriteria = v.variant("type", [
  object({
    type: v.literal("mailgun"),
    ...criteria,
    address: v.pipe(text(1, 320), v.rfcEmail()),
    // The subject of a mail for `message`: without that, it has no effect.
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

/**
 * Reads the identity that the criteria name on their channel. @throws ApiError for a number without `+` and country
 * code, or no address
 */
export function identityOf(criteria: v.InferOutput<typeof matchCriteria>): LinkedIdentity {
  const identity =
    criteria.type === "mailgun"
      ? identityOfAddress(criteria.address)
      : identityOfPhone(criteria.type, criteria.phoneNumber);
  if (identity) return identity;
  throw apiError.badRequest(
    criteria.type === "mailgun"
      ? 'matchCriteria.address should match format "email"'
      : "matchCriteria.phoneNumber should contain the + prefix and the country code",
  );
}
