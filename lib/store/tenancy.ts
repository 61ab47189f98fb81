import type { ApiKey } from "../domain/apiKey.ts";
import type { App } from "../domain/app.ts";
import type { Integration } from "../domain/integration.ts";
import { RecentMap } from "../domain/recentMap.ts";
import type { ApiKeyStore } from "./apiKeys.ts";
import type { AppStore } from "./apps.ts";
import type { IntegrationStore } from "./integrations.ts";

/** How long a key or an app may be remembered: a deleted key works no longer than this. */
const lifetime = 60_000;
const capacity = 1_000;

/**
 * A small memory of records that change seldom, each good for a minute. Of more than it holds, the one that was read the
 * longest ago is forgotten. Absence is never remembered.
 */
export class Memory<T extends object> {
  readonly #entries = new RecentMap<{ readonly value: T; readonly until: number }>(capacity);

  get(name: string, now: number): T | undefined {
    const entry = this.#entries.get(name);
    return entry && entry.until > now ? entry.value : undefined;
  }

  /** What was known, however long ago. */
  stale(name: string): T | undefined {
    return this.#entries.get(name)?.value;
  }

  set(name: string, value: T, now: number): void {
    this.#entries.set(name, { value, until: now + lifetime });
  }

  forget(name: string): void {
    this.#entries.delete(name);
  }
}

/** Apps and keys as every request needs them: from memory where they were read within the last minute. */
export function tenancy(
  apps: AppStore,
  apiKeys: Pick<ApiKeyStore, "find">,
  integrations: IntegrationStore,
  now: () => Date,
) {
  const knownApps = new Memory<App>();
  const knownKeys = new Memory<ApiKey>();
  const knownIntegrations = new Memory<Integration>();

  const remembered =
    <T extends object>(memory: Memory<T>, find: (id: string) => Promise<T | undefined>) =>
    async (id: string): Promise<T | undefined> => {
      const time = now().getTime();
      const known = memory.get(id, time);
      if (known) return known;
      const found = await find(id);
      if (found) memory.set(id, found, time);
      else memory.forget(id);
      return found;
    };
  /** While the store fails, what was known longer ago serves: a delivery can then be verified, and kept for later. */
  const servedStale =
    <T extends object>(memory: Memory<T>, find: (id: string) => Promise<T | undefined>) =>
    async (id: string): Promise<T | undefined> => {
      try {
        return await find(id);
      } catch (error) {
        const known = memory.stale(id);
        if (known === undefined) throw error;
        return known;
      }
    };
  const app = servedStale(knownApps, remembered(knownApps, apps.find));
  const key = remembered(knownKeys, apiKeys.find);
  const integration = servedStale(knownIntegrations, remembered(knownIntegrations, integrations.find));

  return {
    app,
    key,
    integration,

    /** A key and the app of a request, in one read when neither is remembered. */
    async tenant(keyId: string, appId: string | undefined): Promise<{ key: ApiKey | undefined; app: App | undefined }> {
      if (appId === undefined) return { key: await key(keyId), app: undefined };
      const time = now().getTime();
      if (!knownApps.get(appId, time) && !knownKeys.get(keyId, time)) {
        const found = await apps.findWithKey(appId, keyId);
        if (found.app) knownApps.set(appId, found.app, time);
        if (found.key) knownKeys.set(keyId, found.key, time);
        return found;
      }
      return { key: await key(keyId), app: await app(appId) };
    },

    forgetApp: (appId: string) => knownApps.forget(appId),
    forgetIntegration: (integrationId: string) => knownIntegrations.forget(integrationId),
    forgetKey: (keyId: string) => knownKeys.forget(keyId),
  };
}
