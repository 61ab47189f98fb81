/**
 * The rejection of every promise of the SDK. `code` and `description` are the server's own; `status` is the HTTP
 * status, 0 if there was no answer. Codes of the SDK itself: `network_error`, `not_initialized`, `already_initialized`,
 * `invalid_argument`, `invalid_config`, `destroyed`.
 */
export class SmoochError extends Error {
  readonly code: string;
  readonly description: string;
  readonly status: number;

  constructor(code: string, description: string, status = 0) {
    super(description);
    this.name = "SmoochError";
    this.code = code;
    this.description = description;
    this.status = status;
  }
}

/** Tells whether the server answered one of the statuses. */
export function isRefusal(error: unknown, ...statuses: number[]): boolean {
  return error instanceof SmoochError && statuses.includes(error.status);
}
