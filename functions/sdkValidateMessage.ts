import * as v from "valibot";
import { formFields } from "../lib/http/schemas/content/formContent.ts";
import { formAnswers } from "../lib/http/schemas/content/formResponseContent.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { nullAsAbsent } from "../lib/http/schemas/sdkSchemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { requireAnswers } from "../lib/model/content/formAnswers.ts";
import { sdkRuntime } from "../lib/runtime.ts";

const formResponse = object({ fields: formAnswers });

export const body = nullAsAbsent(
  object({
    // The vendor does not document its form: what cannot be read as one is left to the check of the whole answer.
    form: v.fallback(v.optional(object({ fields: formFields })), undefined),
    formResponse,
  }),
);

/**
 * Checks the answers that a person gave so far against the form that the SDK shows. It stores nothing, and names no
 * conversation: the whole answer is checked against the stored form when it is sent.
 */
export const handler = personOperation("sdkValidateMessage", body, sdkRuntime, async ({ body }) => {
  if (body.form) requireAnswers(body.form, body.formResponse.fields);
  return { status: 200, body: {} };
});
