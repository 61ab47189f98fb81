import type { ApiErrorCode } from "../model/apiError.ts";

/** The HTTP status of each error code, defined only here. */
export const statusOf: Readonly<Record<ApiErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  invalid_auth: 401,
  forbidden: 403,
  app_not_found: 404,
  user_not_found: 404,
  conversation_not_found: 404,
  client_not_found: 404,
  device_not_found: 404,
  integration_not_found: 404,
  not_found: 404,
  conflict: 409,
  request_entity_too_large: 413,
  locked: 423,
  too_many_requests: 429,
  not_offered: 501,
};

/** The two forms of an error on the wire. */
export type ErrorForm = "rest" | "sdk";

/**
 * Writes the body of an error. REST: `{"errors":[{"code","title"}]}`; Messaging SDKs:
 * `{"error":{"code","description"}}`, and they read `invalid_auth` where REST has `unauthorized`.
 */
export function errorBody(form: ErrorForm, code: string, titles: readonly string[]): object {
  return form === "rest"
    ? { errors: titles.map((title) => ({ code, title })) }
    : { error: { code, description: titles.join("; ") } };
}
