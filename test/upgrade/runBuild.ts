import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEngine } from "../../lib/local/engine.ts";
import { type DynamodbProxy, startProxy } from "../support/startProxy.ts";
import { type StoredItem, scanTable, secretsKey } from "./storedItem.ts";

/** The local server of some build, on an empty table in memory. */
export interface RunningBuild {
  readonly url: string;
  readonly proxy: DynamodbProxy;
  /** Answers the build's time. */
  readonly now: () => Date;
  /** Reads what waits in a queue, by its folder in the data directory; nothing in a build without that queue. */
  readonly waiting: (queue: string) => readonly string[];
  /** Reads every item of the table. */
  readonly items: () => Promise<readonly StoredItem[]>;
  readonly stop: () => Promise<void>;
}

/** The base URL that channels sign, the same for every build. */
export const publicUrl = "https://sunroom.example";

/**
 * Runs the local server of a build as a person does, by its `bin/local.ts`, so that a build of any age can be run: only
 * its settings and its HTTP are relied on.
 * @param folder the folder of the build's repository
 * @param begins the time at which its clock begins
 */
export async function runBuild(
  folder: string,
  begins: string,
  accountKey: { readonly id: string; readonly secret: string },
): Promise<RunningBuild> {
  const engine = await startEngine({ only: "embedded" });
  const proxy = await startProxy(engine.endpoint);
  const directory = mkdtempSync(join(tmpdir(), "sunroom-build-"));
  const started = performance.now();
  const clock = fileURLToPath(new URL("clock.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--import", clock, join(folder, "bin/local.ts")], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: "0",
      CLOCK_BEGINS: begins,
      DYNAMODB_ENDPOINT: proxy.endpoint,
      SECRETS_KEY: secretsKey,
      ACCOUNT_KEY_ID: accountKey.id,
      ACCOUNT_KEY_SECRET: accountKey.secret,
      PUBLIC_URL: publicUrl,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
      const [, found] = /(http:\/\/localhost:\d+)/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`The build in ${folder} ended: ${output}`)));
  });
  return {
    url,
    proxy,
    now: () => new Date(Date.parse(begins) + performance.now() - started),
    waiting(queue) {
      const place = join(directory, ".local", queue);
      if (!existsSync(place)) return [];
      return readdirSync(place)
        .filter((name) => name.endsWith(".json"))
        .sort()
        .map((name) => readFileSync(join(place, name), "utf8"));
    },
    items: () => scanTable(engine.endpoint, "sunroom"),
    async stop() {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await ended;
      await proxy.close();
      await engine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
