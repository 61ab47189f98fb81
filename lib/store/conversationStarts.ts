import type { App } from "../domain/app.ts";
import { type Conversation, withoutLapsed } from "../domain/conversation.ts";
import { type DeviceDescription, withDevice } from "../domain/device.ts";
import { refuse } from "../domain/refusal.ts";
import {
  type AskedConversation,
  type Clock,
  type FurtherOne,
  type StartedConversation,
  startConversation,
} from "../domain/startConversation.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import { conversationItem, createConversation, enterConversation, readConversation } from "./conversationItem.ts";
import type { ConversationStore } from "./conversations.ts";
import { conversationKey, firstConversationId, idempotentId } from "./keys.ts";
import { messageItem } from "./messageItem.ts";
import type { People } from "./people.ts";
import { absent, type Table } from "./table.ts";
import { noteMoreConversations, replaceUser } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** A user's request for a conversation, on a device. */
export interface StartRequest {
  readonly app: App;
  readonly person: VersionedUser;
  readonly device: DeviceDescription;
  readonly asked: AskedConversation;
  /** The idempotency key, where the request has one. */
  readonly key: string | undefined;
  readonly receivedAt: Date;
}

export interface Started {
  readonly user: User;
  readonly conversation: Conversation;
}

/** Conversations that a user starts, each of them once however often it is asked for. */
export function conversationStarts(
  table: Table,
  users: UserStore,
  conversations: ConversationStore,
  findPerson: People["findPerson"],
) {
  const reread = async (app: App, { user }: VersionedUser): Promise<VersionedUser> => {
    const standing = await findPerson(app, { userId: user.id });
    if (!standing) throw refuse.userNotFound();
    return standing;
  };

  /** The id that follows from the idempotency key of a user's request. */
  const idOfRequest = ({ app, person, key }: StartRequest): string | undefined =>
    key ? idempotentId(app.salt, person.user.id, "conversation", key) : undefined;

  const storeMessages = (app: App, { conversation, messages }: StartedConversation) =>
    messages.map((message) => ({ put: messageItem(app, conversation.id, message) }));

  /** Makes the first conversation of a user who has none; `undefined` when the user changed since it was read. */
  const startFirst = async (
    request: StartRequest,
    person: VersionedUser,
    clock: Clock,
  ): Promise<Started | undefined> => {
    const { app, device, asked, receivedAt } = request;
    const id = firstConversationId(app.salt, person.user.id);
    const user = { ...withDevice(person.user, device, receivedAt, clock.newId), defaultConversationId: id };
    const started = startConversation(app, user, { id, isDefault: true }, asked, clock);
    const written = await table.transact([
      replaceUser(user, person),
      { put: { ...conversationItem(started.conversation), requestId: idOfRequest(request) }, condition: absent },
      ...storeMessages(app, started),
    ]);
    return written.done ? { user, conversation: started.conversation } : undefined;
  };

  /** The conversation that a request of this id made before: the user's first, or one under that very id. */
  const findRequested = async (user: User, requestId: string): Promise<Conversation | undefined> => {
    const items = await table.getAll(
      [requestId, user.defaultConversationId ?? requestId].map((id) => conversationKey(user.appId, id)),
    );
    const made = items.find((item) => item?.id === requestId || item?.requestId === requestId);
    return made && withoutLapsed(readConversation(made), new Date());
  };

  /** The first conversation, if it was made while this request was under way: of requests in flight at once it answers all. */
  const madeMeanwhile = async (user: User, receivedAt: Date): Promise<Conversation | undefined> => {
    const first = await conversations.find(user.appId, user.defaultConversationId ?? "");
    return first && Date.parse(first.createdAt) >= receivedAt.getTime() ? first : undefined;
  };

  return {
    /** The user with a first conversation, which is made when there is none, and with a change that the request brings. */
    async withFirst(request: StartRequest, change: (user: User) => User, clock: Clock): Promise<User> {
      for (let { person } = request; ; person = await reread(request.app, person)) {
        const user = change(person.user);
        if (person.user.defaultConversationId !== undefined) {
          const same = JSON.stringify(user) === JSON.stringify(person.user);
          return same ? person.user : ((await users.change(person, change))?.user ?? person.user);
        }
        const started = await startFirst(request, { ...person, user }, clock);
        if (started) return started.user;
      }
    },

    /**
     * Makes a conversation for a user: the first one, or a further one where that is allowed.
     *
     * @throws Refusal `forbidden` for a further one where it is refused, `conversation_not_found` where the request comes
     *   again and what it made has been deleted since
     */
    async start(request: StartRequest, further: FurtherOne, clock: Clock): Promise<Started> {
      const { app, device, asked, receivedAt } = request;
      const requestId = idOfRequest(request);
      for (let { person } = request; ; person = await reread(app, person)) {
        if (person.user.defaultConversationId === undefined) {
          const started = await startFirst(request, person, clock);
          if (started) return started;
          continue;
        }
        const standing = requestId
          ? await findRequested(person.user, requestId)
          : await madeMeanwhile(person.user, receivedAt);
        if (standing) return { user: person.user, conversation: standing };
        if (further !== "started") {
          const first =
            further === "the first" && (await conversations.find(app.id, person.user.defaultConversationId));
          if (first) return { user: person.user, conversation: first };
          throw refuse.forbidden("The user cannot create more conversations");
        }
        const user = withDevice(person.user, device, receivedAt, clock.newId);
        const place = { id: requestId ?? clock.newId(), isDefault: false };
        const started = startConversation(app, user, place, asked, clock);
        const written = await table.transact([
          createConversation(started.conversation),
          ...started.conversation.participants.flatMap((one) => [
            enterConversation(app.id, one.userId, place.id),
            noteMoreConversations(app.id, one),
          ]),
          ...storeMessages(app, started),
        ]);
        if (written.done) return { user: { ...user, hasMoreConversations: true }, conversation: started.conversation };
        const made = await conversations.find(app.id, place.id);
        if (made) return { user, conversation: made };
        if (written.failed[0]) throw refuse.conversationNotFound();
      }
    },
  };
}
