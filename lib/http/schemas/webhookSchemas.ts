import * as v from "valibot";
import { type WebhookTrigger, webhookLimit, webhookTriggers } from "../../model/events/webhook.ts";
import { address, object } from "./schemas.ts";
import { isWebAddress } from "./webAddress.ts";

/**
 * Tells whether a URL may be the target of events. Credentials in it are refused, since answers and logs would show them;
 * and so is a character that a URL does not have and that readers of one drop.
 */
function isTarget(value: string): boolean {
  if (/[\s\p{C}]/u.test(value) || !isWebAddress(value)) return false;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}

const target = address(2048, isTarget);

const isTrigger = (value: string): value is WebhookTrigger => webhookTriggers.some((trigger) => trigger === value);

/** The events of which a webhook hears, each once; at least one. */
const triggers = v.pipe(
  v.array(v.string()),
  v.minLength(1, "should NOT have fewer than 1 items"),
  v.maxLength(100, "should NOT have more than 100 items"),
  v.rawCheck<string[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const value of dataset.value)
      if (!isTrigger(value)) addIssue({ message: `has an unknown trigger: ${value.slice(0, 64).toWellFormed()}` });
  }),
  v.transform((values) => [...new Set(values)].filter(isTrigger)),
  v.metadata({ items: { enum: webhookTriggers } }),
);

/** A secret stands in a header, so it has no character that a header cannot hold, or loses at its ends. */
const secret = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,128}$/, "should be 1 to 128 visible ASCII characters"),
  v.metadata({ minLength: 1, maxLength: 128, pattern: "^[!-~]+$" }),
);

const options = {
  secret: v.optional(secret),
  includeFullUser: v.optional(v.boolean()),
  includeFullSource: v.optional(v.boolean()),
};

/** The body of a new webhook. */
export const newWebhookBody = object({ target, triggers, ...options });

/** The body of a change of a webhook; what it leaves out stays. */
export const webhookChangeBody = object({ target: v.optional(target), triggers: v.optional(triggers), ...options });

/** The webhooks in an update of their integration: each named by its id or its target, or else a new one. */
export const webhookEntries = v.pipe(
  v.array(object({ id: v.optional(v.string()), ...webhookChangeBody.entries })),
  v.maxLength(webhookLimit, `should NOT have more than ${webhookLimit} items`),
);
