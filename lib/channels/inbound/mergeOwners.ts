import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { IdentityOwner, StoredUser } from "../../model/user.ts";
import { findUserById } from "../../users/findUser.ts";
import { mergeUsers } from "../../users/merge/mergeUsers.ts";
import type { ChannelDelivery } from "./channelDelivery.ts";

/** A user that a channel shows to be the same person as another. */
interface SamePerson {
  readonly owner: IdentityOwner | undefined;
  /** The user, if it was read already. */
  readonly storedUser?: StoredUser | undefined;
}

/**
 * Merges two users that turned out to be one person. Answers `distinct`, and changes nothing, if each has an externalId
 * of its own.
 */
export async function mergeOwners(
  runtime: Pick<Runtime, "db">,
  { app, integration }: Pick<ChannelDelivery, "app" | "integration">,
  one: SamePerson,
  other: SamePerson,
): Promise<"merged" | "distinct" | Conflict> {
  const [first, second] = await Promise.all(
    [one, other].map(({ owner, storedUser }) => storedUser ?? findUserById(runtime, app.id, owner?.userId ?? "")),
  );
  if (!first || !second) return conflict;
  const [survivor, discarded] = inOrderOfSurvival(first, second);
  if (discarded.user.externalId !== undefined) return "distinct";
  const merged = await mergeUsers(runtime, app, {
    survivor,
    discarded,
    reason: "channelLinking",
    provenIntegrationId: integration.id,
  });
  return merged === conflict ? conflict : "merged";
}

/** Orders two users that are one person: the survivor is the one with an externalId, else the older one. */
function inOrderOfSurvival(one: StoredUser, other: StoredUser): [StoredUser, StoredUser] {
  const isNamed = ({ user }: StoredUser) => user.externalId !== undefined;
  if (isNamed(one) !== isNamed(other)) return isNamed(one) ? [one, other] : [other, one];
  return one.user.signedUpAt <= other.user.signedUpAt ? [one, other] : [other, one];
}
