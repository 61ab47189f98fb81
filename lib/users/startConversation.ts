import { addMessage } from "../conversations/addMessage.ts";
import { findConversation } from "../conversations/findConversation.ts";
import { findMessage, listLatestMessages } from "../conversations/listMessages.ts";
import {
  type NewConversation,
  openingMessages,
  planConversation,
  type RequestedConversation,
  startedOn,
} from "../conversations/planConversation.ts";
import { absent } from "../db/expression.ts";
import {
  isOpen,
  listUnderUser,
  newConversationItem,
  putNewConversation,
  readConversation,
} from "../db/items/conversationItem.ts";
import { messageItem } from "../db/items/messageItem.ts";
import { noteMoreConversations, replaceUser } from "../db/items/userItem.ts";
import { conversationKey, firstConversationId, idOfIdempotencyKey } from "../db/keys.ts";
import { getItem, getItems } from "../db/readItems.ts";
import { type Conflict, conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact } from "../db/transact.ts";
import { updateItem } from "../db/writeItems.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { type Conversation, conversationFull, withoutExpired } from "../model/conversation.ts";
import { type DeviceDescription, withDevice } from "../model/device.ts";
import type { Message } from "../model/message.ts";
import type { StoredUser, User } from "../model/user.ts";
import { resolveUser } from "./resolveUsers.ts";
import { updateUser } from "./updateUser.ts";

type Starting = Pick<Runtime, "db" | "now" | "newId">;

/** A user's request for a conversation, on a device. */
export interface StartRequest {
  readonly app: App;
  readonly storedUser: StoredUser;
  readonly device: DeviceDescription;
  readonly requested: RequestedConversation;
  /** The idempotency key, if the request has one. */
  readonly key: string | undefined;
  /** The time at which the gateway received it: a Lambda may have had to start first. */
  readonly receivedAt: Date;
}

/** The answer to a user that has a conversation and requests another. */
export type FurtherConversation = "started" | "refused" | "the first";

export interface StartedConversation {
  readonly user: User;
  readonly conversation: Conversation;
}

/**
 * Milliseconds that a request for a first conversation is under way at most: as long as the gateway waits for a Lambda.
 */
const startsWithin = 30_000;

/**
 * Milliseconds within which equal messages of a user, in requests without an idempotency key, count as the same
 * request.
 */
const repeatedWithin = 30_000;

/**
 * Makes sure that the user of a request has a first conversation, and applies a change from the request.
 * @throws ApiError `user_not_found` for a user that is gone meanwhile
 */
export async function ensureFirstConversation(
  runtime: Starting,
  request: StartRequest,
  change: (user: User) => User,
): Promise<User> {
  return retryWithUser(runtime, request, async (storedUser) => {
    const user = change(storedUser.user);
    if (storedUser.user.defaultConversationId === undefined) {
      const started = await startFirst(runtime, request, { ...storedUser, user });
      return started === conflict ? conflict : started.user;
    }
    await addToFirst(runtime, request, storedUser.user);
    if (JSON.stringify(user) === JSON.stringify(storedUser.user)) return storedUser.user;
    return (await updateUser(runtime, storedUser, change))?.user ?? storedUser.user;
  });
}

/**
 * Starts a conversation for a user: the first one, or a further one if that is allowed. Concurrent requests for the
 * first one all get the one that is created, with the messages of each of them.
 * @throws ApiError `forbidden` for a further one if it is refused, `conversation_not_found` if the request is repeated
 * and its conversation was deleted since, `user_not_found` for a user that is gone meanwhile
 */
export async function startConversation(
  runtime: Starting,
  request: StartRequest,
  further: FurtherConversation,
): Promise<StartedConversation> {
  return retryWithUser(runtime, request, async (storedUser) => {
    const { user } = storedUser;
    if (user.defaultConversationId === undefined) return startFirst(runtime, request, storedUser);
    const requestId = idOfRequest(request);
    const existing = requestId && (await findRequested(runtime, user, requestId));
    if (existing) return { user, conversation: existing };
    // If a user may have several, another key requests another one.
    if (further !== "started" || !requestId) {
      const first = await findConversation(runtime, user.appId, user.defaultConversationId);
      if (first && (further === "the first" || (await wasMadeMeanwhile(runtime, request, first))))
        return { user, conversation: await addOpeningMessages(runtime, request, user, first) };
    }
    if (further !== "started") throw apiError.forbidden("The user cannot create more conversations");
    return startFurther(runtime, request, user);
  });
}

/** Runs an attempt with the user as it was read with the request, and after a conflict with the user as it is then. */
function retryWithUser<Outcome>(
  runtime: Starting,
  { app, storedUser }: StartRequest,
  attempt: (storedUser: StoredUser) => Promise<Outcome | Conflict>,
): Promise<Outcome> {
  let current: StoredUser | undefined = storedUser;
  return retryOnConflict(async () => {
    current ??= await resolveUser(runtime, app, { userId: storedUser.user.id });
    if (!current) throw apiError.userNotFound();
    const outcome = await attempt(current);
    if (outcome === conflict) current = undefined;
    return outcome;
  });
}

/** Derives the id of the conversation that a request creates from its idempotency key. */
const idOfRequest = ({ app, storedUser, key }: StartRequest): string | undefined =>
  key ? idOfIdempotencyKey(app.salt, storedUser.user.id, "conversation", key) : undefined;

const putMessages = (app: App, { conversation, messages }: NewConversation): readonly Operation[] =>
  messages.map((message) => ({ put: messageItem(app, conversation.id, message) }));

/** Starts the first conversation of a user that has none. */
async function startFirst(
  runtime: Starting,
  request: StartRequest,
  storedUser: StoredUser,
): Promise<StartedConversation | Conflict> {
  const { app, device, requested, receivedAt } = request;
  const id = firstConversationId(app.salt, storedUser.user.id);
  const user = { ...withDevice(storedUser.user, device, receivedAt, runtime.newId), defaultConversationId: id };
  const started = planConversation(runtime, { app, user, id, isDefault: true, requested });
  // Other requests are under way with this one until it is answered, whenever they came.
  const beginsUntil = (time: number) => new Date(time).toISOString();
  const item = {
    ...newConversationItem(started.conversation, startedOn(device)),
    requestId: idOfRequest(request),
    beginsUntil: beginsUntil(Date.parse(started.conversation.createdAt) + startsWithin),
  };
  const written = await transact(runtime.db, {
    user: replaceUser(user, storedUser),
    conversation: { put: item, condition: absent },
    messages: putMessages(app, started),
  });
  if (!written.done) return conflict;
  const answered = { set: { beginsUntil: beginsUntil(runtime.now().getTime()) } };
  await updateItem(runtime.db, conversationKey(app.id, id), answered, isOpen);
  return { user, conversation: started.conversation };
}

/** Starts a conversation beyond the first. */
async function startFurther(
  runtime: Starting,
  request: StartRequest,
  before: User,
): Promise<StartedConversation | Conflict> {
  const { app, device, requested, receivedAt } = request;
  const user = withDevice(before, device, receivedAt, runtime.newId);
  const id = idOfRequest(request) ?? runtime.newId();
  const started = planConversation(runtime, { app, user, id, isDefault: false, requested });
  const written = await transact(runtime.db, {
    conversation: putNewConversation(started.conversation, startedOn(device)),
    participants: started.conversation.participants.flatMap((one) => [
      listUnderUser(app.id, one.userId, id),
      noteMoreConversations(app.id, one),
    ]),
    messages: putMessages(app, started),
  });
  if (written.done) return { user: { ...user, hasMoreConversations: true }, conversation: started.conversation };
  const existing = await findConversation(runtime, app.id, id);
  if (existing) return { user, conversation: existing };
  if (written.failed.conversation) throw apiError.conversationNotFound();
  return conflict;
}

/** Finds the conversation that an earlier request of this id created: the user's first, or one with exactly this id. */
async function findRequested({ db, now }: Starting, user: User, requestId: string): Promise<Conversation | undefined> {
  const items = await getItems(
    db,
    [requestId, user.defaultConversationId ?? requestId].map((id) => conversationKey(user.appId, id)),
  );
  const existing = items.find((item) => item?.id === requestId || item?.requestId === requestId);
  return existing && withoutExpired(readConversation(existing), now());
}

/**
 * Tells whether a user's first conversation was created while this request was under way: the user had none when the
 * request read it, the conversation is younger than the request, or the request that created it was not answered yet.
 */
async function wasMadeMeanwhile(
  { db }: Starting,
  { app, storedUser, receivedAt }: StartRequest,
  first: Conversation,
): Promise<boolean> {
  if (storedUser.user.defaultConversationId === undefined || Date.parse(first.createdAt) >= receivedAt.getTime())
    return true;
  const item = await getItem(db, conversationKey(app.id, first.id));
  return item?.beginsUntil > receivedAt.toISOString();
}

/** Adds the messages of a request to the user's first conversation, unless the request created it. */
async function addToFirst(runtime: Starting, request: StartRequest, user: User): Promise<void> {
  if (!request.requested.messages?.length) return;
  const requestId = idOfRequest(request);
  if (requestId && (await findRequested(runtime, user, requestId))) return;
  const first = await findConversation(runtime, user.appId, user.defaultConversationId ?? "");
  if (first) await addOpeningMessages(runtime, request, user, first);
}

/**
 * Adds the messages of a request to a conversation that another request started: each once, however often the request
 * is repeated. A repetition is recognised by the idempotency key; without one, by equal messages of the user a moment
 * ago.
 * @returns the conversation with the messages
 */
async function addOpeningMessages(
  runtime: Starting,
  request: StartRequest,
  user: User,
  conversation: Conversation,
): Promise<Conversation> {
  const { app, requested, key } = request;
  const messages = openingMessages(runtime, app, user, requested);
  if (messages.length === 0) return conversation;
  const recent = key ? [] : (await listLatestMessages(runtime, conversation)).messages;
  const since = request.receivedAt.getTime() - repeatedWithin;
  const sent = recent.filter((one) => one.author.userId === user.id && Date.parse(one.received) >= since);
  let before: Message | undefined;
  for (const [index, message] of messages.entries()) {
    const id = key ? idOfIdempotencyKey(app.salt, user.id, "opening", key, String(index)) : message.id;
    const received = receivedAfter(before, message);
    before =
      sent.find((one) => one.content.text === message.content.text) ??
      (await addMessageRetrying(runtime, app, conversation.id, { ...message, id, received }));
  }
  return (await findConversation(runtime, app.id, conversation.id)) ?? conversation;
}

/** Computes the time of a message that follows another, which a later copy of the request may have added first. */
const receivedAfter = (before: Message | undefined, { received }: Message): string =>
  before === undefined || before.received < received
    ? received
    : new Date(Date.parse(before.received) + 1).toISOString();

/**
 * Adds a message to a conversation, whatever else changes in it meanwhile.
 * @returns the stored message, which another copy of the request may have added before
 * @throws ApiError `locked` if the conversation is full
 */
async function addMessageRetrying(
  runtime: Starting,
  app: App,
  conversationId: string,
  message: Message,
): Promise<Message> {
  return retryOnConflict(async () => {
    const conversation = await findConversation(runtime, app.id, conversationId);
    if (!conversation) throw apiError.conversationNotFound();
    const outcome = await addMessage(runtime, app, conversation, message);
    if (outcome === "full") throw conversationFull();
    if (outcome === "exists") return (await findMessage(runtime, conversation, message.id)) ?? message;
    return outcome === conflict ? conflict : message;
  });
}
