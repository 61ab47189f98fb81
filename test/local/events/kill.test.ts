import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { putItem } from "../../../lib/db/writeItems.ts";
import { eventPlaces } from "../../../lib/local/events/openEvents.ts";
import { compileCache } from "../../support/compileCache.ts";
import { engineEndpoint } from "../../support/engineEndpoint.ts";
import { newTable } from "../../support/newTable.ts";
import { startReceiver } from "../../support/startReceiver.ts";

const directory = mkdtempSync(join(tmpdir(), "sunroom-events-"));
const receiver = await startReceiver();
const db = await newTable(engineEndpoint(), { streamed: true });
const places = eventPlaces(directory);
let child: ChildProcess | undefined;
afterAll(async () => {
  child?.kill("SIGKILL");
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts the way of events in a process of its own, which is killed at a step; at none without it. */
async function startChild(killAt = 0): Promise<ChildProcess> {
  const started = spawn(
    process.execPath,
    ["--import", compileCache, fileURLToPath(new URL("child.ts", import.meta.url))],
    {
      env: {
        ...process.env,
        ENDPOINT: engineEndpoint(),
        TABLE: db.tableName,
        DIRECTORY: directory,
        RECEIVER: receiver.url,
        KILL_AT: String(killAt),
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  child = started;
  if (started.stdout) await Promise.race([once(started.stdout, "data"), once(started, "exit")]);
  return started;
}

const soon = { timeout: 60_000, interval: 5 };
const isReceived = (id: string) =>
  [id, `task of ${id}`].every((name) => receiver.events().some((event) => event.id === name));
/** Half a file that was being written when its process was killed goes later. */
const nothingLeft = () =>
  [places.first, places.later, places.tasks]
    .flatMap((folder) => readdirSync(folder))
    .every((name) => name.endsWith(".part"));

test("a server that is killed at any step between commit, publish, send and record loses no event and no task", async () => {
  let killings = 0;
  for (let at = 1, ended = false; !ended; at++) {
    const killed = await startChild(at);
    const exit = once(killed, "exit").then(() => "exit" as const);
    const id = `user-${at}`;
    await putItem(db, { pk: id, sk: "user" });
    const done = vi.waitFor(() => expect(isReceived(id) && nothingLeft()).toBe(true), soon).then(() => "done" as const);
    ended = (await Promise.race([exit, done])) === "done" && killed.exitCode === null && killed.signalCode === null;
    if (!ended) {
      await exit;
      killings++;
      // A change while no server runs.
      await putItem(db, { pk: `${id}-meanwhile`, sk: "user" });
      await startChild();
      const isDone = () => isReceived(id) && isReceived(`${id}-meanwhile`) && nothingLeft();
      await vi.waitFor(() => expect(isDone()).toBe(true), soon);
    }
    const last = child;
    if (!last) throw new Error("There is no process.");
    const over = once(last, "exit");
    last.kill("SIGTERM");
    await over;
    expect(nothingLeft()).toBe(true);
  }
  expect(killings).toBe(11);
});
