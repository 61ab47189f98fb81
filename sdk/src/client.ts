import { createApi } from "./api.ts";
import type { Browser } from "./browser.ts";
import { createConversations } from "./conversations.ts";
import type { Emitter } from "./emitter.ts";
import { createIdentity } from "./identity.ts";
import { displayedOf } from "./person.ts";
import { openStorage } from "./storage.ts";
import { createTransport } from "./transport.ts";
import { createTurns } from "./turns.ts";
import type { Delegate, InitOptions } from "./types.ts";
import type { WireConfig } from "./wire.ts";

/** One initialised SDK, from `init` to `destroy`. */
export type Client = ReturnType<typeof createClient>;

/** Joins the parts of the SDK for one integration. */
export function createClient(
  browser: Browser,
  options: InitOptions,
  configBaseUrl: string,
  emit: Emitter["emit"],
  delegate: () => Delegate,
) {
  const { integrationId, locale, pollInterval } = options;
  const life = new AbortController();
  const storage = openStorage(() => browser[options.browserStorage ?? "localStorage"], integrationId);
  const transport = createTransport(browser, life.signal);
  const turns = createTurns(browser, `${integrationId}.identity`);
  let config: WireConfig["config"] | undefined;

  // The parts need one another: who somebody is decides what is shown, and a refused request decides who somebody is.
  const api = createApi(browser, integrationId, storage, transport, delegate, (who) => identity.ended(who));
  const identity = createIdentity(api, storage, turns, emit, locale, {
    became: (who, displayedBefore) => show(who, displayedBefore),
    load: (who) => load(who),
  });
  const mayStartSeveral = () =>
    Boolean(config?.app.settings?.multiConvoEnabled && config.integration?.canUserCreateMoreConversations);
  const { show, load, close, ...methods } = createConversations({
    browser,
    api,
    identity,
    turns,
    emit,
    delegate,
    mayStartSeveral,
    pollInterval,
  });
  const login = (externalId: string, jwt: string) => identity.login(integrationId, externalId, jwt);

  return {
    /** Fetches the configuration, then logs in or resumes. */
    async open(): Promise<void> {
      config = await api.configure(configBaseUrl);
      browser.addEventListener("storage", identity.followStorage);
      const { externalId, jwt } = options;
      if (externalId && jwt) await login(externalId, jwt);
      else await identity.resume();
    },
    /** Ends everything under way; nothing is told to the page afterwards. */
    close(): void {
      browser.removeEventListener("storage", identity.followStorage);
      close();
      life.abort();
    },
    login,
    logout: () => identity.logout(integrationId),
    updateUser: identity.updateUser,
    getUser: () => identity.current().user,
    ...methods,
    getConversations: () => [...identity.current().conversations],
    hasMoreConversations: () => identity.current().hasMore,
    getDisplayedConversation: () => displayedOf(identity.current()),
  };
}
