import type { Browser } from "./browser.ts";
import { type Client, createClient } from "./client.ts";
import { createEmitter } from "./emitter.ts";
import { createMessenger } from "./messenger.ts";
import { SmoochError } from "./SmoochError.ts";
import type { Delegate, InitOptions, Smooch } from "./types.ts";

const DELEGATE_METHODS = ["beforeDisplay", "beforeSend", "beforePostbackSend", "onInvalidAuth"];

/**
 * An SDK that is not initialised. `defaultBaseUrl` stands in for the `configBaseUrl` option; `browser` is looked at only from `init` on, so that
 * the module can be imported where there is no window.
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
    for (const name of Object.keys(given ?? {})) {
      if (!DELEGATE_METHODS.includes(name)) {
        throw new SmoochError("invalid_argument", `${name} is not a method of a delegate.`);
      }
    }
    delegate = given ?? {};
    if (delegate.beforeDisplay) warn("beforeDisplay");
  }

  function check({ integrationId, externalId, jwt, configBaseUrl = defaultBaseUrl }: InitOptions): string {
    if (opening) throw new SmoochError("already_initialized", "Call destroy before another init.");
    if (typeof integrationId !== "string" || !integrationId) {
      throw new SmoochError("invalid_argument", "init needs an integrationId.");
    }
    if (!externalId !== !jwt) throw new SmoochError("invalid_argument", "externalId and jwt go together.");
    if (!configBaseUrl) throw new SmoochError("invalid_argument", "init needs a configBaseUrl.");
    return configBaseUrl;
  }

  return {
    async init(options) {
      const baseUrl = check(options ?? {});
      useDelegate(options.delegate ?? null);
      const mine = createClient(browser, options, baseUrl, emit, () => delegate);
      opening = mine;
      try {
        await mine.open();
      } catch (error) {
        mine.close();
        if (opening === mine) opening = undefined;
        throw error;
      }
      if (opening !== mine) throw new SmoochError("destroyed", "The SDK was destroyed while it was initialised.");
      client = mine;
      emit("ready");
    },
    destroy() {
      opening?.close();
      opening = undefined;
      client = undefined;
      delegate = {};
      emit("destroy");
      off();
    },
    // Asynchronous, so that a call before init is a rejection and not an exception.
    login: async (externalId, jwt) => ready().login(externalId, jwt),
    logout: async () => ready().logout(),
    createConversation: async (options) => ready().createConversation(options),
    updateConversation: async (id, options) => ready().updateConversation(id, options),
    getConversationById: async (id) => ready().getConversationById(id),
    getConversations: () => ready().getConversations(),
    getMoreConversations: async () => ready().getMoreConversations(),
    hasMoreConversations: () => ready().hasMoreConversations(),
    getDisplayedConversation: () => ready().getDisplayedConversation(),
    loadConversation: async (id) => ready().loadConversation(id),
    sendMessage: async (message, id) => ready().sendMessage(message, id),
    triggerPostback: async (actionId, id) => ready().triggerPostback(actionId, id),
    markAllAsRead: async (id) => ready().markAllAsRead(id),
    startTyping: async (id) => ready().startTyping(id),
    stopTyping: async (id) => ready().stopTyping(id),
    getUser: () => ready().getUser(),
    updateUser: async (update) => ready().updateUser(update),
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
