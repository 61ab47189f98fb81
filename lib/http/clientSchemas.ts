import * as v from "valibot";
import { identityOfAddress, identityOfPhone, type LinkedIdentity } from "../domain/channelLink.ts";
import { refuse } from "../domain/refusal.ts";
import { author, imageContent, textContent } from "./messageSchemas.ts";
import { object, text } from "./schemas.ts";

const criteria = { integrationId: text(1, 64), primary: v.optional(v.boolean()) };
const phone = { ...criteria, phoneNumber: text(1, 64) };

const matchCriteria = v.variant("type", [
  object({
    type: v.literal("mailgun"),
    ...criteria,
    address: v.pipe(text(1, 320), v.rfcEmail()),
    subject: v.optional(text(1, 1024)),
  }),
  object({ type: v.literal("messagebird"), ...phone }),
  object({ type: v.literal("twilio"), ...phone }),
  object({ type: v.literal("whatsapp"), ...phone }),
]);

const linkingContent = v.pipe(
  v.variant("type", [textContent, imageContent]),
  v.check(({ actions }) => !actions?.some(({ type }) => type !== "link"), "should have no 'actions' but links"),
);

/** Source: the vendor's OpenAPI description, "clientCreate". The message is for a provider to send; none is called. */
export const clientCreate = object({
  matchCriteria,
  confirmation: object({
    type: v.picklist(["immediate", "userActivity", "prompt"]),
    message: v.optional(object({ author, content: linkingContent })),
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
