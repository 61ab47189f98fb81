import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { Integration } from "../model/integration.ts";
import type { Log } from "../model/log.ts";
import type { Cache } from "./cache.ts";
import type { Db } from "./db.ts";

/**
 * Everything outside of a function that it reads or changes, made once per cold start (`lib/runtime.ts`). A function
 * takes the part that it needs: `({ db }: Pick<Runtime, "db">, …)`.
 */
export interface Runtime {
  readonly db: Db;
  /** The clock. */
  readonly now: () => Date;
  /** Makes a fresh id: 24 hexadecimal characters that sort by time. */
  readonly newId: () => string;
  readonly log: Log;
  /** Apps, API keys and integrations that were read within the last minute. */
  readonly cache: {
    readonly apps: Cache<App>;
    readonly keys: Cache<ApiKey>;
    readonly integrations: Cache<Integration>;
  };
}
