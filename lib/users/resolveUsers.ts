import type { Runtime } from "../db/runtime.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import type { ClientAssociation } from "../model/conversation.ts";
import { sdkClient, withSdkClient } from "../model/device.ts";
import type { StoredUser, User } from "../model/user.ts";
import { findUserByExternalId, findUserById } from "./findUser.ts";
import { finishPendingMoves } from "./merge/finishPendingMoves.ts";

/** A caller's name of a user. */
export type UserName =
  | { readonly userId: string }
  | { readonly externalId: string; readonly brandId?: string | undefined };

/**
 * A user that a business puts in a conversation: as it was read, as it will be, and the clients through which it takes
 * part.
 */
export interface ResolvedUser {
  readonly storedUser: StoredUser;
  readonly user: User;
  readonly clients: readonly ClientAssociation[];
}

/** Finds a user by its name, after it has finished any pending moves of a merge. */
export async function resolveUser(
  runtime: Pick<Runtime, "db">,
  app: App,
  name: UserName,
): Promise<StoredUser | undefined> {
  const found =
    "userId" in name
      ? await findUserById(runtime, app.id, name.userId)
      : await findUserByExternalId(runtime, app, name.externalId, name.brandId);
  return found && finishPendingMoves(runtime, app, found);
}

/**
 * Finds the users that a business puts in a conversation. A subscribed user gets an `sdk` client.
 * @throws ApiError `user_not_found`, or `bad_request` for a user that is named twice
 */
export async function resolveUsers(
  runtime: Pick<Runtime, "db" | "newId">,
  app: App,
  named: readonly (UserName & { readonly subscribeSDKClient?: boolean | undefined })[],
  receivedAt: Date,
): Promise<readonly ResolvedUser[]> {
  const users = await Promise.all(
    named.map(async (name) => {
      const storedUser = await resolveUser(runtime, app, name);
      if (!storedUser) throw apiError.userNotFound();
      const user = name.subscribeSDKClient
        ? withSdkClient(storedUser.user, receivedAt, runtime.newId)
        : storedUser.user;
      const client = name.subscribeSDKClient ? sdkClient(user) : undefined;
      return { storedUser, user, clients: client ? [{ type: "sdk", clientId: client.id }] : [] };
    }),
  );
  if (new Set(users.map(({ user }) => user.id)).size < users.length)
    throw apiError.badRequest("participants should NOT have duplicate users");
  return users;
}
