import * as v from "valibot";
import { refuse } from "../domain/refusal.ts";
import { text } from "./schemas.ts";

/** How a business names a user in a conversation: by id or by externalId, but not both. */
export const participantEntries = {
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  subscribeSDKClient: v.optional(v.boolean()),
};

/** The one of both names that was given; a brand keeps externalIds apart. @throws Refusal when none or both were */
export function nameOfUser(named: {
  readonly userId?: string | undefined;
  readonly userExternalId?: string | undefined;
  readonly brandId?: string | null | undefined;
}): { userId: string } | { externalId: string; brandId: string | undefined } {
  if (named.userId !== undefined && named.userExternalId === undefined) return { userId: named.userId };
  if (named.userExternalId !== undefined && named.userId === undefined)
    return { externalId: named.userExternalId, brandId: named.brandId ?? undefined };
  throw refuse.badRequest("One of userId and userExternalId is required, but not both");
}

/** A participant as a body names one. A group needs to know whether the user's SDK client is subscribed. */
export function namedMember(
  named: {
    readonly userId?: string | undefined;
    readonly userExternalId?: string | undefined;
    readonly subscribeSDKClient?: boolean | undefined;
  },
  type: "personal" | "sdkGroup",
) {
  if (type === "sdkGroup" && named.subscribeSDKClient === undefined)
    throw refuse.badRequest("should have required property 'subscribeSDKClient'");
  return { ...nameOfUser(named), subscribeSDKClient: named.subscribeSDKClient };
}
