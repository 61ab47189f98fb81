import * as v from "valibot";
import { apiError } from "../../model/apiError.ts";
import { identityOfAddress, identityOfPhone, type LinkedIdentity } from "../../model/channelLink.ts";
import { author } from "./author.ts";
import { hasOneForm, hasText, needsText, oneForm } from "./content/content.ts";
import { imageContent } from "./content/imageContent.ts";
import { textContent } from "./content/textContent.ts";
import { override } from "./messagePost.ts";
import { emptyAsAbsent, unservedField } from "./notOffered.ts";
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

const isLinkAlone = (content: { readonly type: string; readonly actions?: readonly { readonly type: string }[] }) =>
  (content.actions ?? []).every(({ type }) => type === "link");

/** Bytes of a message as JSON: it stands in the user until it is sent. */
const messageBytes = 16 * 1024;

/** A message of the business to the person of a link. It joins no conversation, so all that is for one is refused. */
const confirmationMessage = v.pipe(
  object({
    author: v.pipe(
      author,
      v.check(({ type }) => type === "business", 'should have the type "business"'),
    ),
    content: v.pipe(
      v.variant("type", [textContent, imageContent]),
      v.check((content) => hasText(content), needsText),
      v.check((content) => hasOneForm(content), oneForm),
      v.check((content) => isLinkAlone(content), 'should have actions of type "link" alone'),
    ),
    override: emptyAsAbsent(override),
    metadata: unservedField("metadata of a message that confirms a link"),
    destination: unservedField("a destination of a message that confirms a link"),
    schema: unservedField("a schema of a message that confirms a link"),
  }),
  v.check(
    (message) => Buffer.byteLength(JSON.stringify(message)) <= messageBytes,
    `should NOT be larger than ${messageBytes} bytes`,
  ),
);

/** Source: the vendor's OpenAPI description, "clientCreate". */
export const clientCreate = object({
  matchCriteria,
  confirmation: object({
    type: v.picklist(["immediate", "userActivity", "prompt"]),
    message: emptyAsAbsent(confirmationMessage),
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
