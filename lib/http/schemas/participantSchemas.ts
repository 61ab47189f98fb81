import * as v from "valibot";
import { apiError } from "../../model/apiError.ts";
import { text } from "./schemas.ts";

/** The names of a user in a conversation, for a business: by id or by externalId, but not both. */
export const participantEntries = {
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  subscribeSDKClient: v.optional(v.boolean()),
};

/**
 * Reads the one of both names that was given; a brand keeps externalIds apart. @throws ApiError if none or both were
 */
export function nameOfUser(named: {
  readonly userId?: string | undefined;
  readonly userExternalId?: string | undefined;
  readonly brandId?: string | null | undefined;
}): { userId: string } | { externalId: string; brandId: string | undefined } {
  if (named.userId !== undefined && named.userExternalId === undefined) return { userId: named.userId };
  if (named.userExternalId !== undefined && named.userId === undefined)
    return { externalId: named.userExternalId, brandId: named.brandId ?? undefined };
  throw apiError.badRequest("One of userId and userExternalId is required, but not both");
}

/** Reads a participant's name from a body. In a group it must tell whether the user's SDK client is subscribed. */
export function namedMember(
  named: {
    readonly userId?: string | undefined;
    readonly userExternalId?: string | undefined;
    readonly subscribeSDKClient?: boolean | undefined;
  },
  type: "personal" | "sdkGroup",
) {
  if (type === "sdkGroup" && named.subscribeSDKClient === undefined)
    throw apiError.badRequest("should have required property 'subscribeSDKClient'");
  return { ...nameOfUser(named), subscribeSDKClient: named.subscribeSDKClient };
}
