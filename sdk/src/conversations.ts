import type { Api } from "./api.ts";
import type { Browser } from "./browser.ts";
import type { Emitter } from "./emitter.ts";
import type { Identity, Intent } from "./identity.ts";
import { displayedOf, type Person, remember, replace } from "./person.ts";
import { createPoller } from "./poller.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal, SmoochError } from "./SmoochError.ts";
import { tellAdded, tellNews } from "./tellNews.ts";
import type { Turns } from "./turns.ts";
import type {
  Conversation,
  ConversationOptions,
  ConversationUpdate,
  Delegate,
  Message,
  OutgoingMessage,
} from "./types.ts";
import { createTyping } from "./typing.ts";
import type { WireConversation, WireConversationAnswer, WireMessage, WireSession } from "./wire.ts";

const DEFAULT_POLL_SECONDS = 5;

/** What the conversations of a client depend on. `mayStartSeveral` says whether the app lets a person have more than one. */
interface Context {
  browser: Browser;
  api: Api;
  identity: Identity;
  turns: Turns;
  emit: Emitter["emit"];
  delegate: () => Delegate;
  mayStartSeveral: () => boolean;
  pollInterval: number | undefined;
}

/** The conversations of whoever uses this page. */
export function createConversations(context: Context) {
  const { browser, api, identity, turns, emit, delegate, mayStartSeveral } = context;
  const { current } = identity;
  const creating = new Map<string, Promise<Conversation>>();
  let sending: Promise<unknown> = Promise.resolve();
  let connected = false;
  let lost = false;

  const interval = () => context.pollInterval ?? (current().pollSeconds ?? DEFAULT_POLL_SECONDS) * 1000;
  const poller = createPoller(browser, interval, watch);
  const typing = createTyping(browser, (type, id) => act(type, id, false));

  function callAbout(who: Person, method: string, id: string, rest: string, options?: Parameters<Api["call"]>[3]) {
    return api.call(who, method, `/conversations/${encodeURIComponent(id)}${rest}`, options);
  }

  /** Takes what the server says about a conversation, and tells the page what is new in it. */
  function learn(who: Person, wire: WireConversation, messages?: WireMessage[]): Conversation {
    const { before, after } = remember(who, wire, messages);
    if (before && who === current()) tellNews(emit, who, before, after);
    return after;
  }

  /** Takes an answer that holds a conversation with its messages. */
  function take(who: Person, answer: unknown, id = ""): Conversation {
    const { conversation = { _id: id }, messages } = answer as WireConversationAnswer;
    const taken = learn(who, conversation, messages);
    who.loaded.add(taken.id);
    return taken;
  }

  function display(who: Person, id: string | undefined): void {
    typing.forget();
    connected = lost = false;
    who.displayedId = id;
    if (id) poller.start();
    else poller.stop();
  }

  /** Shows the conversation that was displayed until now if the person has it, else the most recent one. */
  function show(who: Person, displayedBefore?: string): void {
    const kept = who.conversations.find(({ id }) => id === displayedBefore);
    display(who, (kept ?? who.conversations[0])?.id);
  }

  /** The given id, else that of the displayed conversation. */
  function orDisplayed(id: string | undefined): string {
    const { displayedId, user } = current();
    const chosen = id ?? displayedId;
    if (!chosen || !user) throw new SmoochError("conversation_not_found", "There is no such conversation.", 404);
    return chosen;
  }

  async function fetchMessages(who: Person, id: string): Promise<void> {
    take(who, await callAbout(who, "GET", id, "/messages", { retry: false }), id);
  }

  /** Fetches the displayed conversation's messages; a failure is left to the poller. */
  async function load(who: Person): Promise<void> {
    if (who.displayedId) await fetchMessages(who, who.displayedId).catch(() => undefined);
  }

  /** Fetches ten of the person's conversations, the latest first. */
  async function fetchConversations(who: Person, offset: number): Promise<Conversation[]> {
    const answer = await api.call(who, "GET", `/appusers/${who.user?.id}/conversations?offset=${offset}`);
    const { conversations = [], conversationsPagination } = answer as WireSession;
    who.hasMore = conversationsPagination?.hasMore ?? false;
    return conversations.map((conversation) => learn(who, conversation));
  }

  /** The poller's look at the displayed conversation. */
  async function watch(): Promise<void> {
    const who = current();
    const id = who.displayedId;
    if (!id) return;
    const data = { conversation: { id } };
    const stillDisplayed = () => who === current() && who.displayedId === id;
    if (lost) emit("reconnecting", data);
    lost = false;
    try {
      await fetchMessages(who, id);
      if (!stillDisplayed() || connected) return;
      connected = true;
      emit("connected", data);
    } catch (error) {
      if (!stillDisplayed()) return;
      if (connected) emit("disconnected", data);
      lost = connected;
      connected = false;
      if (isRefusal(error, 404)) {
        who.conversations = who.conversations.filter((one) => one.id !== id);
        display(who, undefined);
        emit("conversation:removed", data);
      }
      throw error;
    }
  }

  /** The conversation to go on with, displayed; where this page knows of none, one that was started elsewhere. */
  async function existing(who: Person): Promise<Conversation | null> {
    const displayed = displayedOf(who);
    if (displayed) return displayed;
    const found = who.conversations.length > 0 ? [] : await fetchConversations(who, 0);
    show(who);
    for (const conversation of found) tellAdded(emit, conversation);
    await load(who);
    return displayedOf(who);
  }

  /** A new user's conversation with all its messages, of which the answer holds the latest only; and it may be older than this request. */
  async function whole(
    who: Person,
    created: Conversation,
    { messages = [] }: ConversationOptions,
  ): Promise<Conversation> {
    if (created.messages.length === messages.length) who.loaded.add(created.id);
    else await load(who);
    return displayedOf(who) ?? created;
  }

  /** Takes a turn, so that calls at the same time make one user, in all tabs, and each sees what the one before it made. */
  function start(intent: Intent, options: ConversationOptions): Promise<Conversation> {
    return turns.inTurnOfAllTabs(async () => {
      await identity.adoptIfNobody();
      if (!current().user) {
        await identity.createUser(intent, options);
        const created = displayedOf(current());
        if (created) return whole(current(), created, options);
      }
      const who = current();
      const asked = Object.keys(options).length > 0;
      const another = intent === "conversation:start" && (mayStartSeveral() || asked);
      const going = another ? null : await existing(who);
      if (going) return going;
      try {
        const answer = await api.call(who, "POST", `/appusers/${who.user?.id}/conversations`, {
          body: { client: api.device(), intent, type: "personal", ...options },
          idempotencyKey: randomHex(),
        });
        const added = take(who, answer);
        display(who, added.id);
        tellAdded(emit, added);
        return added;
      } catch (error) {
        // There is one already, which another device may have started just now.
        const standing = isRefusal(error, 403) ? await existing(who) : null;
        if (!standing || asked) throw error;
        return standing;
      }
    });
  }

  function author(who: Person) {
    return { role: "appUser", appUserId: who.user?.id, client: api.device() };
  }

  async function act(type: string, id: string, retry: boolean): Promise<void> {
    const who = current();
    await callAbout(who, "POST", id, "/activity", { body: { activity: { type }, author: author(who) }, retry });
  }

  async function deliver(message: OutgoingMessage, conversationId: string | undefined): Promise<Message> {
    const id = conversationId ?? current().displayedId ?? (await start("message:appUser", {})).id;
    const who = current();
    const changed = delegate().beforeSend?.({ ...message }, { conversation: { id } }) ?? message;
    const answer = await callAbout(who, "POST", orDisplayed(id), "/messages", {
      body: { message: { ...changed, role: "appUser" }, author: author(who) },
      idempotencyKey: randomHex(),
    });
    const { conversation = { _id: id }, messages = [] } = answer as WireConversationAnswer;
    const ids = new Set(messages.map(({ _id }) => _id));
    const sent = learn(who, conversation, messages).messages.find((one) => ids.has(one.id));
    if (!sent) throw new SmoochError("unhandled_error", "The server answered no message.");
    return sent;
  }

  async function getConversationById(id?: string): Promise<Conversation> {
    const who = current();
    const chosen = orDisplayed(id);
    return take(who, await callAbout(who, "GET", chosen, ""), chosen);
  }

  return {
    show,
    load,
    close(): void {
      poller.stop();
      typing.forget();
    },
    /** Calls with the same options share what is under way. */
    createConversation(options: ConversationOptions = {}): Promise<Conversation> {
      const key = JSON.stringify(options);
      let shared = creating.get(key);
      if (!shared) {
        const work = () => start("conversation:start", options);
        shared = identity.orAsSomebodyNew(work).finally(() => creating.delete(key));
        creating.set(key, shared);
      }
      return shared;
    },
    async updateConversation(id: string, update: ConversationUpdate): Promise<Conversation> {
      const who = current();
      const body = { client: api.device(), ...update };
      const answer = await callAbout(who, "PUT", orDisplayed(id), "", { body });
      const { conversation = { _id: id, ...update } } = answer as WireConversationAnswer;
      return learn(who, conversation);
    },
    getConversationById,
    async loadConversation(id: string): Promise<Conversation> {
      const who = current();
      const conversation = await getConversationById(id);
      if (who === current()) display(who, conversation.id);
      return conversation;
    },
    async getMoreConversations(): Promise<Conversation[]> {
      const who = current();
      return who.user ? fetchConversations(who, who.conversations.length) : [];
    },
    sendMessage(given: string | OutgoingMessage, conversationId?: string): Promise<Message> {
      const message = typeof given === "string" ? { type: "text", text: given } : given;
      const work = () => deliver(message, conversationId);
      const mine = sending.then(() => (conversationId ? work() : identity.orAsSomebodyNew(work)));
      sending = mine.catch(() => undefined);
      return mine;
    },
    async triggerPostback(actionId: string, conversationId?: string): Promise<void> {
      const who = current();
      const id = orDisplayed(conversationId);
      const postback = delegate().beforePostbackSend?.({ actionId }, { conversation: { id } }) ?? { actionId };
      await callAbout(who, "POST", id, "/postback", { body: { postback, author: author(who) } });
    },
    async markAllAsRead(id?: string): Promise<void> {
      const who = current();
      const chosen = orDisplayed(id);
      await act("conversation:read", chosen, true);
      const before = who.conversations.find((one) => one.id === chosen);
      const userId = who.user?.id;
      if (!before || !userId || who !== current()) return;
      const lastRead = Date.now() / 1000;
      const participants = before.participants.map((one) =>
        one.userId === userId ? { ...one, unreadCount: 0, lastRead } : one,
      );
      const after = { ...before, participants };
      replace(who, before, after);
      tellNews(emit, who, before, after);
      emit("conversation:read", { role: "user", userId, lastRead }, { conversation: { id: chosen } });
    },
    startTyping: async (id?: string) => typing.start(orDisplayed(id)),
    stopTyping: async (id?: string) => typing.stop(orDisplayed(id)),
  };
}
