import type { App } from "../domain/app.ts";
import { type Conversation, conversationFull, withoutLapsed } from "../domain/conversation.ts";
import { type DeviceDescription, withDevice } from "../domain/device.ts";
import type { Message } from "../domain/message.ts";
import { refuse } from "../domain/refusal.ts";
import {
  type AskedConversation,
  type Clock,
  type FurtherOne,
  openingWords,
  type StartedConversation,
  startConversation,
} from "../domain/startConversation.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import { conversationItem, createConversation, enterConversation, open, readConversation } from "./conversationItem.ts";
import type { ConversationStore } from "./conversations.ts";
import { conversationKey, firstConversationId, idempotentId } from "./keys.ts";
import { messageItem } from "./messageItem.ts";
import { messageStore } from "./messages.ts";
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
  /** When the gateway received it: a Lambda may have had to start first. */
  readonly receivedAt: Date;
}

/** How long a request is under way at most that makes a first conversation: as long as the gateway waits for a Lambda. */
const beginsWithin = 30_000;

/** Words of a request without an idempotency key that a user said less than this before are those of the same request. */
const repeatedWithin = 30_000;

/** When a message counts as received that its sender said after another, of which a later copy of the request may have come first. */
const receivedAfter = (before: Message | undefined, { received }: Message): string =>
  before === undefined || before.received < received
    ? received
    : new Date(Date.parse(before.received) + 1).toISOString();

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
  const messages = messageStore(table);

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
    // Until the request is answered, others are under way with it, whenever they came.
    const beginsUntil = (time: number) => new Date(time).toISOString();
    const item = {
      ...conversationItem(started.conversation),
      requestId: idOfRequest(request),
      beginsUntil: beginsUntil(Date.parse(started.conversation.createdAt) + beginsWithin),
    };
    const written = await table.transact([
      replaceUser(user, person),
      { put: item, condition: absent },
      ...storeMessages(app, started),
    ]);
    if (!written.done) return undefined;
    const begun = { text: "SET beginsUntil = :now", values: { ":now": beginsUntil(clock.now().getTime()) } };
    await table.update(conversationKey(app.id, id), begun, open);
    return { user, conversation: started.conversation };
  };

  /** The conversation that a request of this id made before: the user's first, or one under that very id. */
  const findRequested = async (user: User, requestId: string): Promise<Conversation | undefined> => {
    const items = await table.getAll(
      [requestId, user.defaultConversationId ?? requestId].map((id) => conversationKey(user.appId, id)),
    );
    const made = items.find((item) => item?.id === requestId || item?.requestId === requestId);
    return made && withoutLapsed(readConversation(made), new Date());
  };

  /**
   * Whether a user's first conversation was made while this request was under way: it had none as the request read it, is
   * younger than the request, or was not yet the answer to the request that made it. Of requests in flight at once it
   * answers all.
   */
  const madeMeanwhile = async ({ app, person, receivedAt }: StartRequest, first: Conversation): Promise<boolean> => {
    if (person.user.defaultConversationId === undefined || Date.parse(first.createdAt) >= receivedAt.getTime())
      return true;
    const item = await table.get(conversationKey(app.id, first.id));
    return item?.beginsUntil > receivedAt.toISOString();
  };

  /**
   * Adds a message to a conversation, whatever else changes in it meanwhile.
   *
   * @returns the message as it stands there, which another copy of the request may have said before
   * @throws Refusal `locked` when the conversation is full
   */
  const say = async (app: App, conversationId: string, message: Message): Promise<Message> => {
    for (;;) {
      const conversation = await conversations.find(app.id, conversationId);
      if (!conversation) throw refuse.conversationNotFound();
      const outcome = await messages.add(app, conversation, message);
      if (outcome === "full") throw conversationFull();
      if (outcome === "exists") return (await messages.find(conversation, message.id)) ?? message;
      if (outcome === "added") return message;
    }
  };

  /**
   * Says in a conversation that another request began what this one brings: each of it once, however often it comes. The
   * idempotency key tells; without one, that the user said the same a moment ago.
   *
   * @returns the conversation with what was said
   */
  const sayIn = async (
    conversation: Conversation,
    request: StartRequest,
    user: User,
    clock: Clock,
  ): Promise<Conversation> => {
    const { app, asked, key } = request;
    const words = openingWords(app, user, asked, clock);
    if (words.length === 0) return conversation;
    const recent = key ? [] : (await messages.latest(conversation)).messages;
    const since = request.receivedAt.getTime() - repeatedWithin;
    const said = recent.filter((one) => one.author.userId === user.id && Date.parse(one.received) >= since);
    let before: Message | undefined;
    for (const [index, message] of words.entries()) {
      const id = key ? idempotentId(app.salt, user.id, "opening", key, String(index)) : message.id;
      before =
        said.find((one) => one.content.text === message.content.text) ??
        (await say(app, conversation.id, { ...message, id, received: receivedAfter(before, message) }));
    }
    return (await conversations.find(app.id, conversation.id)) ?? conversation;
  };

  /** Says in the user's first conversation what a request brings, unless it is the one that made it. */
  const sayInFirst = async (request: StartRequest, user: User, clock: Clock): Promise<void> => {
    if (!request.asked.messages?.length) return;
    const requestId = idOfRequest(request);
    if (requestId && (await findRequested(user, requestId))) return;
    const first = await conversations.find(user.appId, user.defaultConversationId ?? "");
    if (first) await sayIn(first, request, user, clock);
  };

  return {
    /** The user with a first conversation, which is made when there is none, and with a change that the request brings. */
    async withFirst(request: StartRequest, change: (user: User) => User, clock: Clock): Promise<User> {
      for (let { person } = request; ; person = await reread(request.app, person)) {
        const user = change(person.user);
        if (person.user.defaultConversationId !== undefined) {
          await sayInFirst(request, person.user, clock);
          const same = JSON.stringify(user) === JSON.stringify(person.user);
          return same ? person.user : ((await users.change(person, change))?.user ?? person.user);
        }
        const started = await startFirst(request, { ...person, user }, clock);
        if (started) return started.user;
      }
    },

    /**
     * Makes a conversation for a user: the first one, or a further one where that is allowed. Requests for the first one
     * that are under way at once get the one that is made, with what each of them says in it.
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
        const standing = requestId ? await findRequested(person.user, requestId) : undefined;
        if (standing) return { user: person.user, conversation: standing };
        // Where a user may have several, another key asks for another one.
        if (further !== "started" || !requestId) {
          const first = await conversations.find(app.id, person.user.defaultConversationId);
          if (first && (further === "the first" || (await madeMeanwhile(request, first))))
            return { user: person.user, conversation: await sayIn(first, request, person.user, clock) };
        }
        if (further !== "started") throw refuse.forbidden("The user cannot create more conversations");
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
