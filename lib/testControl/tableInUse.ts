import { deleteApiKey } from "../apps/apiKeys.ts";
import { changeTable } from "../db/db.ts";
import type { Runtime } from "../db/runtime.ts";

/** What all functions of a process share. */
type Shared = Pick<Runtime, "db" | "cache"> & { readonly anonymousRate: { readonly fill: () => void } };

/** Lets all functions use another table, and forget what they know of the last one. */
export function useTable(runtime: Shared, tableName: string): void {
  changeTable(runtime.db, tableName);
  forgetRead(runtime);
}

/** Forgets what was read within the last minute, and how many users each network made. */
export function forgetRead({ cache, anonymousRate }: Shared): void {
  for (const kind of Object.values(cache)) kind.clear();
  anonymousRate.fill();
}

/** Deletes an API key of an app, which works no longer from now on; tells whether there was one. */
export async function revokeKey({ db, cache }: Shared, appId: string, keyId: string): Promise<boolean> {
  const deleted = await deleteApiKey({ db }, { appId }, keyId);
  cache.keys.delete(keyId);
  return deleted;
}
