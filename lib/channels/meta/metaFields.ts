import type { CredentialField } from "../../model/channel.ts";

/** The fields that every integration of a Meta product needs for its webhook; `verifyToken` can be generated. */
export const metaFields = {
  verifyToken: { secret: true, generated: true },
} as const satisfies Record<string, CredentialField>;
