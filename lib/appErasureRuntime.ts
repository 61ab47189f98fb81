import { core } from "./coreRuntime.ts";
import { describeFault } from "./http/log.ts";
import { eraseDeletedApps } from "./store/appDeletion.ts";
import { keyScan } from "./store/keyScan.ts";

const { environment, table } = core;
const scan = keyScan(environment.tableName, environment.dynamodbEndpoint);

/** What the worker needs that deletes what is left of apps. */
export const runtime = {
  /** Goes on with every deletion of an app that is due, and logs how that went; throws what keeps it from going on. */
  async eraseDeletedApps(time: Date, mayGoOn: () => boolean, requestId: string): Promise<void> {
    const started = performance.now();
    const entry = { operation: "eraseDeletedApps", requestId, coldStart: false, usersCreated: 0 };
    const milliseconds = () => Math.round(performance.now() - started);
    try {
      await eraseDeletedApps({ table, scan }, time, mayGoOn);
      core.log({ ...entry, status: 200, milliseconds: milliseconds() });
    } catch (error) {
      core.log({ ...entry, status: 500, milliseconds: milliseconds(), fault: describeFault(error) });
      throw error;
    }
  },
};
