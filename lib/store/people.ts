import type { App } from "../domain/app.ts";
import type { ClientAssociation } from "../domain/conversation.ts";
import { sdkClient, withSdkClient } from "../domain/device.ts";
import { refuse } from "../domain/refusal.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import type { MergeStore } from "./merges.ts";
import type { UserStore } from "./users.ts";

/** How a caller names a user. */
export type UserName =
  | { readonly userId: string }
  | { readonly externalId: string; readonly brandId?: string | undefined };

/** A user whom a business puts in a conversation: as read, as it is from then on, and through which clients it is there. */
export interface FoundMember {
  readonly known: VersionedUser;
  readonly user: User;
  readonly clients: readonly ClientAssociation[];
}

export type People = ReturnType<typeof people>;

/** Users as requests name them, with everything that was merged into them in place. */
export function people(users: UserStore, merges: MergeStore) {
  const findPerson = async (app: App, by: UserName): Promise<VersionedUser | undefined> => {
    const found =
      "userId" in by
        ? await users.findById(app.id, by.userId)
        : await users.findByExternalId(app, by.externalId, by.brandId);
    return found && merges.settle(app, found);
  };

  return {
    findPerson,

    /**
     * The users whom a business puts in a conversation. One who is subscribed has an `sdk` client from then on.
     *
     * @throws Refusal `user_not_found`, or `bad_request` for a user who is named twice
     */
    async findMembers(
      app: App,
      named: readonly (UserName & { readonly subscribeSDKClient?: boolean | undefined })[],
      now: Date,
      newId: () => string,
    ): Promise<readonly FoundMember[]> {
      const members = await Promise.all(
        named.map(async (name) => {
          const known = await findPerson(app, name);
          if (!known) throw refuse.userNotFound();
          const user = name.subscribeSDKClient ? withSdkClient(known.user, now, newId) : known.user;
          const client = name.subscribeSDKClient ? sdkClient(user) : undefined;
          return { known, user, clients: client ? [{ type: "sdk", clientId: client.id }] : [] };
        }),
      );
      if (new Set(members.map((member) => member.user.id)).size < members.length)
        throw refuse.badRequest("participants should NOT have duplicate users");
      return members;
    },
  };
}
