import type { Api } from "./api.ts";
import type { Emitter } from "./emitter.ts";
import { nobody, type Person, remember } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal, SmoochError } from "./SmoochError.ts";
import type { SdkStorage } from "./storage.ts";
import { tellAdded } from "./tellNews.ts";
import type { Turns } from "./turns.ts";
import type { ConversationOptions, User, UserUpdate } from "./types.ts";
import { fromWireUser, toWireUpdate, updated, type WireSession } from "./wire.ts";

/** Why a user is created: somebody started a conversation, or wrote a first message. */
export type Intent = "conversation:start" | "message:appUser";

/** What happens when another person takes over this page. */
interface Hooks {
  /** At once; with the conversation that was displayed until now. */
  became(who: Person, displayedBefore: string | undefined): void;
  /** Before the person's promise resolves. */
  load(who: Person): Promise<void>;
}

/** Who uses this page. */
export type Identity = ReturnType<typeof createIdentity>;

/** Nobody at first. Every change of the person takes a turn; where it writes to storage, a turn of all tabs. */
export function createIdentity(
  api: Api,
  storage: SdkStorage,
  { inTurn, inTurnOfAllTabs, writesSeen, settled }: Turns,
  emit: Emitter["emit"],
  locale: string | undefined,
  hooks: Hooks,
) {
  let person = nobody();
  let pending: UserUpdate = {};
  /** The key by which this page is about to create a user, as long as it listens for another tab's. */
  let claim = "";

  function storedSession(): { appUserId: string; sessionToken: string } | undefined {
    const appUserId = storage.get("appUserId");
    const sessionToken = storage.get("sessionToken");
    return appUserId && sessionToken ? { appUserId, sessionToken } : undefined;
  }

  /** This browser's anonymous user, who is brought along by a login, with the proof of its session; another tab's is the newer one. */
  function anonymousSession(): ReturnType<typeof storedSession> {
    const { jwt, user, sessionToken } = person;
    if (jwt) return undefined;
    return storedSession() ?? (user && sessionToken ? { appUserId: user.id, sessionToken } : undefined);
  }

  function dropStoredSession(): void {
    storage.remove("appUserId");
    storage.remove("sessionToken");
  }

  function become(who: Person, session: WireSession = {}): void {
    if (session.appUser) who.user = fromWireUser(session.appUser);
    for (const conversation of session.conversations ?? []) remember(who, conversation);
    who.hasMore = session.conversationsPagination?.hasMore ?? false;
    const { pollInterval } = session.settings?.realtime ?? {};
    if (pollInterval) who.pollSeconds = pollInterval;
    const { displayedId } = person;
    person = who;
    hooks.became(who, displayedId);
  }

  /** Takes up the session kept in storage, if there is one and the server still knows it. */
  async function resume(): Promise<boolean> {
    const stored = storedSession();
    if (!stored) return false;
    const { appUserId, sessionToken } = stored;
    const who: Person = { ...nobody(), sessionToken, user: fromWireUser({ _id: appUserId }) };
    try {
      const session = await api.call(who, "GET", `/appusers/${appUserId}`);
      become(who, session as WireSession);
    } catch (error) {
      if (!isRefusal(error, 401, 404)) throw error;
      if (storedSession()?.sessionToken === sessionToken) dropStoredSession();
      return false;
    }
    await hooks.load(who);
    return true;
  }

  /** Takes up another tab's session, of which this page knows nothing yet. */
  async function adopt(): Promise<void> {
    if (await resume()) tellAllAdded();
  }

  function tellAllAdded(): void {
    for (const conversation of person.conversations) tellAdded(emit, conversation);
  }

  /**
   * Takes leave of a person. After an anonymous one another tab's session is taken up, else whoever writes next is somebody new; the holder of
   * a token keeps it, and with it is made anew.
   */
  async function end(who: Person): Promise<void> {
    if (who !== person) return;
    if (storedSession()?.sessionToken === who.sessionToken) dropStoredSession();
    become(nobody(who));
    for (const { id } of who.conversations) emit("conversation:removed", { conversation: { id } });
    if (who.jwt) return;
    emit("session:ended");
    await adopt();
  }

  /** Sends what `updateUser` was given while there was no user, or could not send. Whoever came in stays in, even if this fails or is refused. */
  async function sendPending(): Promise<void> {
    const update = pending;
    if (!person.user || Object.keys(update).length === 0) return;
    await updateUser({}).catch((error: unknown) => {
      if (!isUnusable(error)) pending = joined(update, pending);
    });
  }

  async function updateUser(update: UserUpdate): Promise<User | undefined> {
    const whole = joined(pending, update);
    const who = person;
    if (!who.user) {
      pending = whole;
      return undefined;
    }
    pending = {};
    const answer = await api.call(who, "PUT", `/appusers/${who.user.id}`, { body: toWireUpdate(whole) });
    const { appUser } = (answer ?? {}) as WireSession;
    who.user = appUser ? fromWireUser(appUser) : updated(who.user, whole);
    return who.user;
  }

  return {
    /** The person of this moment. */
    current: () => person,
    updateUser,
    resume: () => inTurn(resume),
    /** For use inside a turn: takes up another tab's session if this page has nobody, else makes tabs that create at once create one user. */
    async adoptIfNobody(): Promise<void> {
      if (person.user || person.jwt) return;
      await adopt();
      if (person.user || storage.get("pendingKey")) return;
      // A key says first when it was made: of those that tabs write at once, the oldest is everybody's.
      claim = Date.now().toString(16) + randomHex().slice(11);
      storage.set("pendingKey", claim);
      await writesSeen();
      // A tab that was through by now has left its session.
      await adopt();
      if (!person.user) storage.set("pendingKey", claim);
      claim = "";
    },
    /** The server knows this person no longer. */
    ended(who: Person): void {
      who.over = true;
      void inTurn(() => end(who)).catch(() => undefined);
    },
    /** Follows what another tab did to the stored session, and to the key by which a user is created. */
    followStorage(event: StorageEvent): void {
      const { newValue } = event;
      if (storage.concerns(event, "pendingKey") && newValue && newValue < claim) claim = newValue;
      if (!storage.concerns(event, "sessionToken")) return;
      void inTurn(async () => {
        // Tabs that created one user at once have a session each, and the server takes both.
        if (person.jwt || storedSession()?.appUserId === person.user?.id) return;
        await (person.user ? end(person) : adopt());
      }).catch(() => undefined);
    },
    /** Repeats `work` once if it found out that the server knows the person no longer: the repetition is somebody new. */
    async orAsSomebodyNew<T>(work: () => Promise<T>): Promise<T> {
      const before = person;
      try {
        return await work();
      } catch (error) {
        if (!before.over || !isRefusal(error, 401, 403, 404)) throw error;
        // The end takes its turn first.
        await settled();
        return work();
      }
    },
    /** For use inside a turn: creates the user with its first conversation, in one request. */
    async createUser(intent: Intent, conversation: ConversationOptions): Promise<void> {
      const { jwt, externalId } = person;
      const who = nobody(person);
      // Kept until a user came of it, so that a repetition after a lost answer, even after a reload, finds the user that was made.
      const idempotencyKey = (!jwt && storage.get("pendingKey")) || randomHex();
      const update = pending;
      pending = {};
      const create = (properties: UserUpdate) =>
        api.call(who, "POST", "/appusers", {
          body: {
            ...toWireUpdate(properties),
            ...(locale && { locale }),
            ...(externalId && { userId: externalId }),
            client: api.device(),
            intent,
            conversation: { type: "personal", ...conversation },
          },
          idempotencyKey,
        });
      const answer = await create(update)
        // A value that is refused would be refused each time, and nobody could ever begin.
        .catch((error: unknown) => {
          if (!isUnusable(error) || Object.keys(update).length === 0) throw error;
          return create({});
        })
        .catch((error: unknown) => {
          pending = joined(update, pending);
          throw error;
        });
      const session = answer as WireSession;
      const { appUser, sessionToken } = session;
      if (!jwt && appUser && sessionToken) {
        who.sessionToken = sessionToken;
        storage.set("appUserId", appUser._id);
        storage.set("sessionToken", sessionToken);
      }
      storage.remove("pendingKey");
      become(who, session);
      tellAllAdded();
      await sendPending();
    },
    async login(integrationId: string, externalId: string, jwt: string): Promise<void> {
      if (typeof externalId !== "string" || !externalId) {
        throw new SmoochError("invalid_argument", "login needs an externalId; to become anonymous again, call logout.");
      }
      if (typeof jwt !== "string" || !jwt) throw new SmoochError("invalid_argument", "login needs a jwt.");
      await inTurnOfAllTabs(async () => {
        if (person.user && person.externalId === externalId && person.jwt === jwt) return;
        const who = nobody({ externalId, jwt });
        const session = await api.call(who, "POST", "/login", {
          body: {
            integrationId,
            userId: externalId,
            ...anonymousSession(),
            ...(locale && { locale }),
            client: api.device(),
          },
        });
        dropStoredSession();
        storage.remove("pendingKey");
        // Older servers answer nothing when nobody has this externalId yet; the first conversation then creates the user.
        become(who, (session ?? {}) as WireSession);
        await hooks.load(who);
        await sendPending();
      });
    },
    logout(integrationId: string): Promise<void> {
      return inTurnOfAllTabs(async () => {
        const who = person;
        if (!who.jwt) return;
        pending = {};
        become(nobody());
        if (!who.user) return;
        const body = { client: { id: api.clientId(), integrationId } };
        const path = `/appusers/${who.user.id}/logout`;
        await api.call(who, "POST", path, { body, renew: false }).catch((error: unknown) => {
          // A token or a user that is gone has nothing left to log out.
          if (!isRefusal(error, 401, 404)) throw error;
        });
      });
    },
  };
}

/** Whether the server refused what was said, whoever said it and whenever. */
function isUnusable(error: unknown): boolean {
  return isRefusal(error, 400, 413);
}

/** Two updates as one; metadata is joined key by key. */
function joined(first: UserUpdate, second: UserUpdate): UserUpdate {
  const metadata = { ...first.metadata, ...second.metadata };
  return { ...first, ...second, ...(Object.keys(metadata).length > 0 && { metadata }) };
}
