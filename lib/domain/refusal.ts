/** The stable codes of the platform's errors. The HTTP status of each is known in `lib/http/errors.ts` alone. */
export type RefusalCode =
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

/** A request that is answered with an error of the documented form: the caller can mend it. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** One sentence each; several only with `bad_request`. */
  readonly titles: readonly string[];

  constructor(code: RefusalCode, ...titles: readonly string[]) {
    super(`${code}: ${titles.join("; ")}`);
    this.name = "Refusal";
    this.code = code;
    this.titles = titles;
  }
}

/** The refusals that carry the same words wherever they are made. */
export const refuse = {
  unauthorized: () => new Refusal("unauthorized", "Authorization is required"),
  invalidAuth: (why: string) => new Refusal("invalid_auth", why),
  forbidden: (why = "Forbidden") => new Refusal("forbidden", why),
  appNotFound: () => new Refusal("app_not_found", "App not found"),
  userNotFound: () => new Refusal("user_not_found", "User not found"),
  conversationNotFound: () => new Refusal("conversation_not_found", "Conversation not found"),
  clientNotFound: () => new Refusal("client_not_found", "Client not found"),
  deviceNotFound: () => new Refusal("device_not_found", "Device not found"),
  integrationNotFound: () => new Refusal("integration_not_found", "Integration not found"),
  notFound: (what = "Resource not found") => new Refusal("not_found", what),
  badRequest: (...titles: readonly string[]) => new Refusal("bad_request", ...titles),
  emailTaken: () => new Refusal("conflict", "The email belongs to another user"),
  linkedElsewhere: (why: string) => new Refusal("conflict", why),
  /** What the vendor's platform offers and this one does not; `feature` in the plural or as a phrase. */
  notOffered: (feature: string) => new Refusal("not_offered", `Not offered yet: ${feature}`),
  userExists: () => new Refusal("conflict", "User already exists"),
} as const;
