import * as v from "valibot";
import type { IntegrationField } from "../../model/integration.ts";
import { unservedField } from "./notOffered.ts";
import { object, text } from "./schemas.ts";
import { isWebAddress } from "./webAddress.ts";
import { newWebhookBody } from "./webhookSchemas.ts";

/** An id that some callers give as a number, stored as its digits. */
const digits = v.pipe(
  v.number(),
  v.safeInteger("should be a safe integer"),
  v.minValue(0, "should be >= 0"),
  v.transform(String),
);

/**
 * An origin as browsers name it. Another form of it (a slash at its end, capital letters, the scheme's own port) is
 * converted to theirs, since it would never be equal to any otherwise.
 * @see https://www.rfc-editor.org/rfc/rfc6454#section-6.2
 */
const origin = v.pipe(
  text(1, 2048),
  v.check((value) => {
    if (!isWebAddress(value)) return false;
    const { href, origin } = new URL(value);
    return href === `${origin}/`;
  }, "should be an origin: a scheme and a host"),
  v.transform((value) => new URL(value).origin),
);

const values = {
  string: (field: IntegrationField): v.GenericSchema =>
    field.numeric
      ? v.union([text(1, field.maxLength ?? 1024), digits], "should be string or integer")
      : field.pattern === undefined
        ? text(1, field.maxLength ?? 1024)
        : v.pipe(
            text(1, field.maxLength ?? 1024),
            v.regex(field.pattern, `should match pattern "${field.pattern.source}"`),
          ),
  boolean: (): v.GenericSchema => v.boolean(),
  strings: (): v.GenericSchema =>
    v.pipe(v.array(text(1, 2048)), v.maxLength(100, "should NOT have more than 100 items")),
  origins: (): v.GenericSchema => v.pipe(v.array(origin), v.maxLength(100, "should NOT have more than 100 items")),
  object: (): v.GenericSchema => v.record(v.string(), v.unknown()),
};

/** Fields of the vendor's integrations that have no effect here. */
const unserved = {
  defaultResponderId: unservedField("a default responder, which a switchboard would assign"),
  showAIDisclaimer: unservedField("the AI disclaimer"),
};

/** The webhooks of a new custom integration: at most one, as the vendor has it; others are created at their own path. */
export const customWebhooks = object({
  webhooks: v.nullish(v.pipe(v.array(newWebhookBody), v.maxLength(1, "should NOT have more than 1 items"))),
});

const noWebhooks = v.nullish(
  v.custom((value) => Array.isArray(value) && value.length === 0, "are available only for custom integrations"),
);

/**
 * Makes the body schema of an integration of this kind; in a change nothing is required and `null` clears.
 * @param takesWebhooks whether `webhooks` may be in the body, which has a schema of its own
 */
export function integrationSchema(
  fields: Readonly<Record<string, IntegrationField>>,
  purpose: "create" | "change",
  takesWebhooks = false,
): v.GenericSchema<unknown, Readonly<Record<string, unknown>>> {
  const refused: v.ObjectEntries = { ...unserved, ...(takesWebhooks ? {} : { webhooks: noWebhooks }) };
  const entries = Object.entries(fields).map(([name, field]) => {
    const value = values[field.type ?? "string"](field);
    return [name, purpose === "create" && field.required ? value : v.nullish(value)] as const;
  });
  const displayName = v.nullish(text(purpose === "create" ? 0 : 1, 100));
  return v.pipe(
    object({ displayName, ...refused, ...Object.fromEntries(entries) }),
    // Empty ones have no effect and are not stored.
    v.transform((body) => Object.fromEntries(Object.entries(body).filter(([name]) => !(name in refused)))),
  );
}
