/**
 * Cross-origin rules as data: the stack configures the HTTP API with them, the local server answers by them. Any origin
 * may call, since a caller is identified by its credentials and no cookie is used.
 */
export const cors = {
  origin: "*",
  methods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  /** Listed one by one: a `*` would not cover `authorization` (Fetch standard, "CORS-safelisted request-header"). */
  headers: [
    "authorization",
    "content-type",
    "idempotency-key",
    "pragma",
    "x-smooch-appid",
    "x-smooch-appname",
    "x-smooch-clientid",
    "x-smooch-push",
    "x-smooch-sdk",
    "x-zendesk-integrationid",
  ],
  maxAgeSeconds: 86_400,
} as const;
