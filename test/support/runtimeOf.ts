import { Cache } from "../../lib/db/cache.ts";
import type { Db } from "../../lib/db/db.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { newId } from "../../lib/model/id.ts";

/** Makes the runtime of a test: a table, the machine's clock, fresh ids, and a log that keeps nothing. */
export const runtimeOf = (db: Db, more: Partial<Runtime> = {}): Runtime => ({
  db,
  now: () => new Date(),
  newId: () => newId(new Date()),
  log: () => undefined,
  cache: { apps: new Cache(), keys: new Cache(), integrations: new Cache() },
  ...more,
});
