import type { Cache } from "../db/cache.ts";
import type { Runtime } from "../db/runtime.ts";
import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { Integration } from "../model/integration.ts";
import { findApiKey } from "./apiKeys.ts";
import { findApp, findAppWithKey } from "./apps.ts";
import { findIntegration } from "./integrations.ts";

/** The part of the runtime that looks up the configuration of a request. */
export type ConfigRuntime = Pick<Runtime, "db" | "now" | "cache">;

/** Finds a record in memory, if it was read within the last minute, or else in the table. */
async function findCached<T extends object>(
  cache: Cache<T>,
  now: Date,
  id: string,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const cached = cache.get(id, now.getTime());
  if (cached) return cached;
  const found = await find();
  if (found) cache.set(id, found, now.getTime());
  else cache.delete(id);
  return found;
}

/** Answers an older record while the table fails: a delivery can then be verified, and kept for later. */
async function orStale<T extends object>(
  cache: Cache<T>,
  id: string,
  found: Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const cached = cache.getStale(id);
    if (cached === undefined) throw error;
    return cached;
  }
}

/** Finds the app of a request. */
export const findCachedApp = (runtime: ConfigRuntime, appId: string): Promise<App | undefined> =>
  orStale(
    runtime.cache.apps,
    appId,
    findCached(runtime.cache.apps, runtime.now(), appId, () => findApp(runtime, appId)),
  );

/** Finds the API key of a request. */
export const findCachedKey = (runtime: ConfigRuntime, keyId: string): Promise<ApiKey | undefined> =>
  findCached(runtime.cache.keys, runtime.now(), keyId, () => findApiKey(runtime, keyId));

/** Finds the integration of a request. */
export const findCachedIntegration = (
  runtime: ConfigRuntime,
  integrationId: string,
): Promise<Integration | undefined> =>
  orStale(
    runtime.cache.integrations,
    integrationId,
    findCached(runtime.cache.integrations, runtime.now(), integrationId, () => findIntegration(runtime, integrationId)),
  );

/** Finds the API key and the app of a request, in one read if neither is cached. */
export async function findKeyAndApp(
  runtime: ConfigRuntime,
  keyId: string,
  appId: string | undefined,
): Promise<{ readonly key: ApiKey | undefined; readonly app: App | undefined }> {
  if (appId === undefined) return { key: await findCachedKey(runtime, keyId), app: undefined };
  const { apps, keys } = runtime.cache;
  const time = runtime.now().getTime();
  if (apps.get(appId, time) || keys.get(keyId, time))
    return { key: await findCachedKey(runtime, keyId), app: await findCachedApp(runtime, appId) };
  const found = await findAppWithKey(runtime, appId, keyId);
  if (found.app) apps.set(appId, found.app, time);
  if (found.key) keys.set(keyId, found.key, time);
  return found;
}
