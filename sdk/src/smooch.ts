import type { Browser } from "./browser.ts";
import type { Client } from "./client.ts";
import {
  getConversationById,
  getConversations,
  getDisplayedConversation,
  getMoreConversations,
  hasMoreConversations,
  loadConversation,
  updateConversation,
} from "./conversations.ts";
import { createEmitter } from "./emitter.ts";
import { login, logout } from "./login.ts";
import { markAllAsRead, sendMessage, startTyping, stopTyping, triggerPostback } from "./messages.ts";
import { createMessenger } from "./messenger.ts";
import { closeClient, createClient, openClient } from "./openClient.ts";
import { SmoochError } from "./SmoochError.ts";
import { createConversation } from "./startConversation.ts";
import type { Delegate, InitOptions, Smooch } from "./types.ts";
import { getUser, updateUser } from "./user.ts";

const DELEGATE_METHODS = ["beforeDisplay", "beforeSend", "beforePostbackSend", "onInvalidAuth"];

/** Methods of an initialised SDK that answer a promise. */
const PROMISED = {
  login,
  logout,
  createConversation,
  updateConversation,
  getConversationById,
  getMoreConversations,
  loadConversation,
  sendMessage,
  triggerPostback,
  markAllAsRead,
  startTyping,
  stopTyping,
  updateUser,
};

/** Methods of an initialised SDK that answer at once. */
const IMMEDIATE = { getConversations, hasMoreConversations, getDisplayedConversation, getUser };

type OfClient<A extends unknown[], R> = (client: Client, ...args: A) => R;

/** Methods bound to their client. */
type Bound<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends OfClient<infer A, infer R> ? (...args: A) => R : never;
};

function bind<Methods extends object>(
  methods: Methods,
  give: (method: OfClient<unknown[], unknown>) => unknown,
): Bound<Methods> {
  // Object.fromEntries forgets the names, which are those of `methods`.
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, give(method)])) as Bound<Methods>;
}

/**
 * Makes an SDK that is not initialised. `defaultBaseUrl` replaces a missing `configBaseUrl` option; `browser` is read
 * only from `init` on, so that the module can be imported without a window.
 */
export function createSmooch(browser: Browser, defaultBaseUrl?: string): Smooch {
  const { on, off, emit } = createEmitter();
  const { warn, warnOfEvent, methods } = createMessenger();
  let opening: Client | undefined;
  let client: Client | undefined;
  let delegate: Delegate = {};

  function ready(): Client {
    if (!client) throw new SmoochError("not_initialized", "Call init first, and wait for its promise.");
    return client;
  }

  function useDelegate(given: Delegate | null): void {
    delegate = checkedDelegate(given ?? {});
    if (delegate.beforeDisplay) warn("beforeDisplay");
  }

  return {
    async init(options) {
      if (opening) throw new SmoochError("already_initialized", "Call destroy before another init.");
      const baseUrl = checkedBaseUrl(defaultBaseUrl, options ?? {});
      useDelegate(options.delegate ?? null);
      const mine = createClient({ browser, options, emit, delegate: () => delegate });
      opening = mine;
      try {
        await openClient(mine, baseUrl);
      } catch (error) {
        closeClient(mine);
        if (opening === mine) opening = undefined;
        throw error;
      }
      if (opening !== mine) throw new SmoochError("destroyed", "The SDK was destroyed while it was initialised.");
      client = mine;
      emit("ready");
    },
    destroy() {
      if (opening) closeClient(opening);
      opening = client = undefined;
      delegate = {};
      emit("destroy");
      off();
    },
    // Asynchronous, so that a call before init is a rejection and not an exception.
    ...bind(
      PROMISED,
      (method) =>
        async (...args: unknown[]) =>
          method(ready(), ...args),
    ),
    ...bind(
      IMMEDIATE,
      (method) =>
        (...args: unknown[]) =>
          method(ready(), ...args),
    ),
    setDelegate(given) {
      ready();
      useDelegate(given);
    },
    on(event, listener) {
      warnOfEvent(event);
      on(event, listener);
    },
    off,
    ...methods,
  };
}

/** Chooses the base URL of the configuration. Throws for invalid options of `init`. */
function checkedBaseUrl(
  defaultBaseUrl: string | undefined,
  { integrationId, externalId, jwt, configBaseUrl = defaultBaseUrl }: Partial<InitOptions>,
): string {
  if (typeof integrationId !== "string" || !integrationId) {
    throw new SmoochError("invalid_argument", "init needs an integrationId.");
  }
  if (!externalId !== !jwt) throw new SmoochError("invalid_argument", "externalId and jwt go together.");
  if (!configBaseUrl) throw new SmoochError("invalid_argument", "init needs a configBaseUrl.");
  return configBaseUrl;
}

function checkedDelegate(given: Delegate): Delegate {
  for (const name of Object.keys(given)) {
    if (!DELEGATE_METHODS.includes(name)) {
      throw new SmoochError("invalid_argument", `${name} is not a method of a delegate.`);
    }
  }
  return given;
}
