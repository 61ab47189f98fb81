import type { App } from "../domain/app.ts";
import { type DeviceDescription, holdsSession, withDevice } from "../domain/device.ts";
import {
  type AskedConversation,
  type Clock,
  type StartedConversation,
  startConversation,
} from "../domain/startConversation.ts";
import { newUser, type User, type UserFields } from "../domain/user.ts";
import { createConversation } from "./conversationItem.ts";
import { birthKey, firstConversationId, idempotentId } from "./keys.ts";
import { messageItem } from "./messageItem.ts";
import type { People } from "./people.ts";
import { absent, type Table } from "./table.ts";
import { userItem } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** What an anonymous request is known by, should it come twice, and for how long. */
export interface BirthMark {
  readonly parts: readonly string[];
  readonly seconds: number;
}

/** Somebody who starts a conversation without being anybody yet. */
export interface Newcomer {
  readonly device: DeviceDescription;
  /** The hash of the session token that the device gets. */
  readonly session: string;
  readonly fields: UserFields;
  readonly asked: AskedConversation;
}

/** The births of anonymous SDK users: each with its first conversation, once for a request that may come twice. */
export function birthStore(table: Table, users: UserStore, findPerson: People["findPerson"]) {
  /**
   * Creates a user with its first conversation and messages, in one transaction.
   *
   * @param replaced the user that a stale mark names, to be replaced by the new one
   * @returns `undefined` when created, else the id of the user that the same request made before
   */
  const create = async (
    app: App,
    mark: BirthMark,
    user: User,
    { conversation, messages }: StartedConversation,
    now: Date,
    replaced?: string,
  ): Promise<string | undefined> => {
    const seconds = Math.floor(now.getTime() / 1000);
    const written = await table.transact([
      { put: userItem(user), condition: absent },
      createConversation(conversation),
      {
        put: {
          ...birthKey(app.id, idempotentId(app.salt, ...mark.parts)),
          userId: user.id,
          expiresAt: seconds + mark.seconds,
        },
        // DynamoDB deletes what expired some time later, so the clock is asked as well.
        condition: {
          text: `attribute_not_exists(pk) OR expiresAt < :now${replaced === undefined ? "" : " OR userId = :replaced"}`,
          values: { ":now": seconds, ...(replaced === undefined ? {} : { ":replaced": replaced }) },
        },
      },
      ...messages.map((message) => ({ put: messageItem(app, conversation.id, message) })),
    ]);
    if (written.done) return undefined;
    const earlier = written.failed[2];
    if (!earlier || earlier.standing === undefined) throw new Error("A new user's id was taken.");
    return earlier.standing.userId;
  };

  return {
    /**
     * Makes an anonymous user with its conversation. A request that comes twice finds the user whom it made the first
     * time, and gives the device a session of its own, since the first answer may never have arrived.
     *
     * @returns the user, and the conversation if both were made now
     */
    async bear(
      app: App,
      mark: BirthMark,
      { device, session, fields, asked }: Newcomer,
      now: Date,
      clock: Clock,
    ): Promise<{ readonly user: User; readonly born?: StartedConversation }> {
      let replaced: string | undefined;
      for (;;) {
        const person = withDevice(newUser(app.id, clock.newId(), now, fields), device, now, clock.newId, session);
        const id = firstConversationId(app.salt, person.id);
        const user = { ...person, defaultConversationId: id };
        const born = startConversation(app, user, { id, isDefault: true }, asked, clock);
        const earlier = await create(app, mark, user, born, now, replaced);
        if (earlier === undefined) return { user, born };
        const found = await findPerson(app, { userId: earlier });
        const again =
          found &&
          (await users.change(found, (known) =>
            holdsSession(known, device.guid) ? withDevice(known, device, now, clock.newId, session) : undefined,
          ));
        if (again) return { user: again.user };
        // That user has signed in or out or is gone since: whoever asks now is a new person.
        replaced = earlier;
      }
    },
  };
}
