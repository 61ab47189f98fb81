import { withoutStack } from "./values/withoutStack.ts";

/** The stable codes of the platform's errors. Only `lib/http/errors.ts` knows the HTTP status of each. */
export type ApiErrorCode =
  | "bad_request"
  | "unauthorized"
  | "invalid_auth"
  | "forbidden"
  | "app_not_found"
  | "user_not_found"
  | "conversation_not_found"
  | "client_not_found"
  | "device_not_found"
  | "integration_not_found"
  | "not_found"
  | "conflict"
  | "request_entity_too_large"
  | "locked"
  | "too_many_requests"
  | "not_offered";

/** An error of the request, answered in the documented form: the caller can correct it. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** One sentence each; several only with `bad_request`. */
  readonly titles: readonly string[];

  constructor(code: ApiErrorCode, ...titles: readonly string[]) {
    super(`${code}: ${titles.join("; ")}`);
    this.name = "ApiError";
    this.code = code;
    this.titles = titles;
  }
}

/** The errors that have the same words everywhere. */
export const apiError = {
  unauthorized: () => new ApiError("unauthorized", "Authorization is required"),
  invalidAuth: (why: string) => new ApiError("invalid_auth", why),
  forbidden: (why = "Forbidden") => new ApiError("forbidden", why),
  appNotFound: () => new ApiError("app_not_found", "App not found"),
  userNotFound: () => new ApiError("user_not_found", "User not found"),
  conversationNotFound: () => new ApiError("conversation_not_found", "Conversation not found"),
  clientNotFound: () => new ApiError("client_not_found", "Client not found"),
  deviceNotFound: () => new ApiError("device_not_found", "Device not found"),
  integrationNotFound: () => new ApiError("integration_not_found", "Integration not found"),
  notFound: (what = "Resource not found") => new ApiError("not_found", what),
  badRequest: (...titles: readonly string[]) => new ApiError("bad_request", ...titles),
  tooManyWebhooks: (limit: number) => new ApiError("bad_request", `An app is limited to ${limit} webhooks`),
  emailTaken: () => new ApiError("conflict", "The email belongs to another user"),
  linkedElsewhere: (why: string) => new ApiError("conflict", why),
  /** Refuses features of the vendor's platform that this one lacks, named in the plural or by a phrase. */
  notOffered: (...features: readonly string[]) =>
    new ApiError("not_offered", ...features.map((feature) => `Not offered yet: ${feature}`)),
  formAnswered: () => new ApiError("conflict", "The form was answered already"),
  userExists: () => withoutStack(() => new ApiError("conflict", "User already exists")),
} as const;
