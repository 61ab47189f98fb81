import {
  type NewConversation,
  planConversation,
  type RequestedConversation,
  startedOn,
} from "../conversations/planConversation.ts";
import { absent, compare, equals, or } from "../db/expression.ts";
import { putNewConversation } from "../db/items/conversationItem.ts";
import { messageItem } from "../db/items/messageItem.ts";
import { userItem } from "../db/items/userItem.ts";
import { firstConversationId, idempotencyRecordKey, idOfIdempotencyKey } from "../db/keys.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import type { App } from "../model/app.ts";
import { type DeviceDescription, holdsSession, withDevice } from "../model/device.ts";
import { newUser, type User, type UserFields } from "../model/user.ts";
import { resolveUser } from "./resolveUsers.ts";
import { updateUser } from "./updateUser.ts";

/** The values by which a repeated request without a user is recognised, and for how long. */
export interface IdempotencyRecord {
  readonly parts: readonly string[];
  readonly seconds: number;
}

/** A request for a conversation from a device that has no user yet. */
export interface AnonymousRequest {
  readonly idempotency: IdempotencyRecord;
  readonly device: DeviceDescription;
  /** The hash of the new session token of the device. */
  readonly session: string;
  readonly fields: UserFields;
  readonly requested: RequestedConversation;
  readonly receivedAt: Date;
}

/** The anonymous user of a request, with the conversation if both were created now. */
export interface AnonymousUser {
  readonly user: User;
  readonly created?: NewConversation;
}

/**
 * Creates an anonymous user with its conversation. A repeated request finds the user that it created the first time,
 * and gives the device another session, since the first answer may have been lost.
 */
export function createAnonymousUser(
  runtime: Pick<Runtime, "db" | "now" | "newId">,
  app: App,
  request: AnonymousRequest,
): Promise<AnonymousUser> {
  const { device, session, fields, requested, receivedAt } = request;
  const given = { ...device, session };
  let replacedUserId: string | undefined;
  return retryOnConflict(async (): Promise<AnonymousUser | typeof conflict> => {
    const person = withDevice(newUser(app.id, runtime.newId(), receivedAt, fields), given, receivedAt, runtime.newId);
    const id = firstConversationId(app.salt, person.id);
    const user = { ...person, defaultConversationId: id };
    const created = planConversation(runtime, { app, user, id, isDefault: true, requested });
    const earlierUserId = await commit(runtime, app, request, { user, created, replacedUserId });
    if (earlierUserId === undefined) return { user, created };
    const found = await resolveUser(runtime, app, { userId: earlierUserId });
    const updated =
      found &&
      (await updateUser(runtime, found, (earlier) =>
        holdsSession(earlier, device.guid) ? withDevice(earlier, given, receivedAt, runtime.newId) : undefined,
      ));
    if (updated) return { user: updated.user };
    // That user has signed in or out or is gone since: the request is a new person's.
    replacedUserId = earlierUserId;
    return conflict;
  });
}

/**
 * Stores a user with its first conversation, its messages, and the record by which a repeated request finds it.
 * @param plan `replacedUserId` is a user that a stale record names, to be replaced by the new one
 * @returns `undefined` when stored, else the id of the user that the same request created before
 */
async function commit(
  { db }: Pick<Runtime, "db">,
  app: App,
  request: AnonymousRequest,
  plan: { readonly user: User; readonly created: NewConversation; readonly replacedUserId: string | undefined },
): Promise<string | undefined> {
  const { idempotency, receivedAt } = request;
  const { user, created, replacedUserId } = plan;
  const seconds = Math.floor(receivedAt.getTime() / 1000);
  const written = await transact(db, {
    user: { put: userItem(user), condition: absent },
    conversation: putNewConversation(created.conversation, startedOn(request.device)),
    idempotency: {
      put: {
        ...idempotencyRecordKey(app.id, idOfIdempotencyKey(app.salt, ...idempotency.parts)),
        userId: user.id,
        expiresAt: seconds + idempotency.seconds,
      },
      // DynamoDB deletes expired items some time later, so the time is compared as well.
      condition: or(
        absent,
        compare("expiresAt", "<", seconds),
        ...(replacedUserId === undefined ? [] : [equals("userId", replacedUserId)]),
      ),
    },
    messages: created.messages.map((message) => ({ put: messageItem(app, created.conversation.id, message) })),
  });
  if (written.done) return undefined;
  const earlier = written.failed.idempotency?.existing;
  if (earlier === undefined) throw new Error("A new user's id was taken.");
  return earlier.userId;
}
