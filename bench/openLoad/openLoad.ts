import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApi } from "../../lib/cli/server/api.ts";
import { startEngine } from "../../lib/local/engine.ts";
import { newAccountKey } from "../../test/support/caller.ts";
import { startLocal } from "../../test/support/startLocal.ts";
import type { Table } from "../table.ts";
import { loadedApp } from "./loadedApp.ts";
import { machineClock, openLoop } from "./openLoop.ts";
import { summarize } from "./summary.ts";

/** The load of `npm run load` against the local server, as a person starts it. */
export const openLoad: Table = {
  title: "The load test before going live, against the local server",
  async measure(quick) {
    const arrivals = { perSecond: 50, seconds: quick ? 3 : 60, mostAtOnce: 2_000, clock: machineClock };
    const directory = mkdtempSync(join(tmpdir(), "sunroom-open-load-"));
    const engine = await startEngine({});
    const key = newAccountKey();
    const local = await startLocal(directory, {
      DYNAMODB_ENDPOINT: engine.endpoint,
      ACCOUNT_KEY_ID: key.id,
      ACCOUNT_KEY_SECRET: key.secret,
    });
    const url = /http:\/\/localhost:\d+/.exec(local.stdout())?.[0];
    if (url === undefined) throw new Error(`The local server did not start: ${local.stderr()}`);
    const app = await loadedApp(openApi(url, key));
    const { text } = summarize(await openLoop(arrivals, app.send));
    await app.remove();
    local.kill("SIGTERM");
    await local.exited;
    await engine.stop();
    rmSync(directory, { recursive: true, force: true });
    return `\`npm run load -- --rate ${arrivals.perSecond} --seconds ${arrivals.seconds}\`: requests are sent at fixed times, whether or not earlier ones are answered, and each counts from the time it was due. Client, server and engine share the machine.\n\n${text}`;
  },
};
