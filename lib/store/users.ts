import type { App } from "../domain/app.ts";
import { identityOf } from "../domain/claims.ts";
import { type Conversation, withoutLapsed } from "../domain/conversation.ts";
import { idPattern } from "../domain/id.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import { readConversation } from "./conversationItem.ts";
import { keyOfEmail } from "./emailItem.ts";
import { resumeDeletionAt } from "./finishDeletion.ts";
import { conversationKey, externalIdAddress, firstConversationId, userKey } from "./keys.ts";
import { absent, backOff, type Operation, type Table, type Written } from "./table.ts";
import { readStanding, redirectItem, replaceUser, type Standing, userItem, vacant } from "./userItem.ts";

/** How many redirects lead to a user at most: each merge of a merged user adds one. */
const redirectLimit = 10;

/** What a sign-in or a person on a channel meets, read in one call. */
export interface Encounter {
  readonly standing: Standing | undefined;
  /** The first conversation of the user at the address, if that user is born there and has one. */
  readonly conversation: Conversation | undefined;
  readonly anonymous: Standing | undefined;
  /** The id of the user whose identity the email is, or of one merged into that user since. */
  readonly emailHolderId: string | undefined;
}

export type UserStore = ReturnType<typeof userStore>;

/** Users. A user with an externalId is born at the address of that externalId, so creating is one conditional write. */
export function userStore(table: Table) {
  const find = async (appId: string, userId: string): Promise<Standing | undefined> => {
    const item = await table.get(userKey(appId, userId));
    return item && readStanding(item);
  };

  /** The user that a standing leads to, following redirects. */
  const follow = async (appId: string, standing: Standing | undefined): Promise<VersionedUser | undefined> => {
    let at = standing;
    for (let step = 0; at?.kind === "redirect" && step < redirectLimit; step++) at = await find(appId, at.userId);
    return at?.kind === "user" ? at : undefined;
  };

  /**
   * Puts a user at its address: where nobody stands in one conditional write, and behind a vacancy under a fresh id,
   * after what the deletion there has left to do.
   *
   * @param alongside what else the birth brings, all or nothing
   * @returns the user as created, or what stood in the way: at the address, unless it was something alongside
   */
  const createAt = async (
    user: User,
    freshId: () => string,
    alongside: (user: User) => readonly Operation[] = () => [],
  ): Promise<{ created: User } | { standing: Standing | undefined }> => {
    const written = await putNew(user, alongside(user));
    if (written.done) return { created: user };
    const standing = written.standing && readStanding(written.standing);
    if (standing?.kind !== "vacancy") return { standing };
    await resumeDeletionAt(table, user.appId, standing);
    const successor = { ...user, id: freshId() };
    const succeeded = await table.transact([
      { put: userItem(successor), condition: absent },
      { put: redirectItem(user.appId, user.id, { userId: successor.id }), condition: vacant },
      ...alongside(successor),
    ]);
    if (succeeded.done) return { created: successor };
    const successorOfOther = succeeded.failed[1] || undefined;
    return { standing: successorOfOther?.standing && readStanding(successorOfOther.standing) };
  };

  const putNew = async (user: User, alongside: readonly Operation[]): Promise<Written> => {
    const item = userItem(user);
    if (alongside.length > 0) {
      const written = await table.transact([{ put: item, condition: absent }, ...alongside]);
      return written.done ? written : { done: false, standing: (written.failed[0] || undefined)?.standing };
    }
    const written = await table.put(item, absent);
    return written.done || written.standing?.version === item.version ? { done: true } : written;
  };

  return {
    find,
    follow,
    createAt,

    /** The id at which the user of an externalId is born. */
    addressOf: (app: App, externalId: string, brandId?: string): string =>
      externalIdAddress(app.salt, externalId, brandId),

    /** The id of the first conversation of a user with this id. */
    firstConversationId: (app: App, userId: string): string => firstConversationId(app.salt, userId),

    /**
     * Replaces a user as it was read.
     *
     * @returns the user as it stands now, or what stands in the way
     */
    async replace(
      user: User,
      known: Omit<VersionedUser, "user">,
    ): Promise<{ replaced: VersionedUser } | { standing: Standing | undefined }> {
      const { put, condition } = replaceUser(user, known);
      const written = await table.put(put, condition);
      if (written.done || written.standing?.version === put.version)
        return { replaced: { ...known, user, version: put.version } };
      return { standing: written.standing && readStanding(written.standing) };
    },

    /**
     * Changes a user as it stands now, however often others change it meanwhile.
     *
     * @param change answers `undefined` for a user it will not change
     * @returns `undefined` when the user is gone or was not to be changed
     */
    async change(known: VersionedUser, change: (user: User) => User | undefined): Promise<VersionedUser | undefined> {
      let now = known;
      for (let attempt = 0; ; attempt++) {
        const user = change(now.user);
        if (user === undefined) return undefined;
        const outcome = await this.replace(user, now);
        if ("replaced" in outcome) return outcome.replaced;
        if (outcome.standing?.kind !== "user") return undefined;
        now = outcome.standing;
        await backOff(attempt);
      }
    },

    /** The user whom a path names: by id first, then by externalId. One call, and one more behind a redirect. */
    async findByIdOrExternalId(app: App, name: string, brandId?: string): Promise<VersionedUser | undefined> {
      const address = externalIdAddress(app.salt, name, brandId);
      const ids = idPattern.test(name) ? [address, name] : [address];
      const [atAddress, atId] = await table.getAll(ids.map((id) => userKey(app.id, id)));
      const byId = atId && readStanding(atId);
      return byId?.kind === "user" ? byId : follow(app.id, atAddress && readStanding(atAddress));
    },

    /** The user of this very id: nobody for the id of one who was merged away or deleted. */
    async findById(appId: string, userId: string): Promise<VersionedUser | undefined> {
      const standing = await find(appId, userId);
      return standing?.kind === "user" ? standing : undefined;
    },

    /** The user of an externalId: of a brand's users, if one is given. */
    async findByExternalId(app: App, externalId: string, brandId?: string): Promise<VersionedUser | undefined> {
      return follow(app.id, await find(app.id, externalIdAddress(app.salt, externalId, brandId)));
    },

    /** The user whose identity an email is: of a brand's users, if one is given. */
    async findByEmail(app: App, email: string, brandId?: string): Promise<User | undefined> {
      const item = await table.get(keyOfEmail(app, email, brandId));
      const known = item && (await follow(app.id, await find(app.id, item.userId)));
      // The user may have lost the identity between the two readings.
      return known && identityOf(known.user, email) ? known.user : undefined;
    },

    /**
     * What stands at an address, the first conversation of a user born there, an anonymous user, and whose an email is,
     * in one call.
     */
    async encounter(app: App, address: string, anonymousId?: string, email?: string): Promise<Encounter> {
      const [atAddress, conversation, ...others] = await table.getAll([
        userKey(app.id, address),
        conversationKey(app.id, firstConversationId(app.salt, address)),
        ...(email === undefined ? [] : [keyOfEmail(app, email)]),
        ...(anonymousId === undefined ? [] : [userKey(app.id, anonymousId)]),
      ]);
      const holder = email === undefined ? undefined : others.shift();
      const [anonymous] = others;
      return {
        standing: atAddress && readStanding(atAddress),
        conversation:
          conversation === undefined || conversation.mergedInto !== undefined
            ? undefined
            : withoutLapsed(readConversation(conversation), new Date()),
        anonymous: anonymous && readStanding(anonymous),
        emailHolderId: holder?.userId,
      };
    },
  };
}
