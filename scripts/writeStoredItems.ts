import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { makeItems } from "../test/upgrade/makeItems.ts";
import { type RunningBuild, runBuild } from "../test/upgrade/runBuild.ts";
import { placeOfFile, type StoredFile } from "../test/upgrade/storedFile.ts";
import type { StoredItem } from "../test/upgrade/storedItem.ts";

/**
 * Writes test/upgrade/items-<build>.json, the items of a build's table, which every later version has to serve:
 * `node scripts/writeStoredItems.ts [day] [folder] [build]`. Without a folder it is this build, under its version; another
 * build is run in its own folder, with its dependencies installed.
 */
const here = fileURLToPath(new URL("..", import.meta.url));
const [, , day = new Date().toISOString().slice(0, 10), folder = here, name] = argv;
const { version }: { version: string } = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8"));
const build = name ?? version;
const writtenAt = `${day}T00:00:00.000Z`;
const accountKey = { id: `act_${"a".repeat(24)}`, secret: `secret-of-${build}` };

/** Starts a receiver of webhooks that takes what is sent to `/ok`, and fails at everything else. */
function startReceiver(): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === "/ok" ? 200 : 500).end();
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address !== "object" || !address) throw new Error("The receiver has no port.");
      done({ url: `http://127.0.0.1:${address.port}`, close: () => server.close() });
    });
  });
}

/** Waits until the events are told: until the table has the same keys for two seconds. */
async function settled(running: RunningBuild): Promise<readonly StoredItem[]> {
  let last = "";
  for (;;) {
    const items = await running.items();
    const now = JSON.stringify(items.map(({ pk, sk }) => [pk.S, sk.S]));
    if (now === last) return items;
    last = now;
    await new Promise((done) => setTimeout(done, 2_000));
  }
}

const receiver = await startReceiver();
const running = await runBuild(folder, writtenAt, accountKey);
try {
  const names = await makeItems(running, accountKey, receiver.url);
  const channelEvents = running.waiting("queue");
  const items = await settled(running);
  const queued = { channelEvents, deliveries: running.waiting("events/later") };
  const file: StoredFile = { build, writtenAt, accountKey, names, queued, items };
  // One item a line.
  const text = JSON.stringify({ ...file, items: [] }, null, 1).replace(
    /\[\]\n\}$/,
    () => `[\n${items.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n ]\n}`,
  );
  writeFileSync(placeOfFile(build), `${text}\n`);
  console.log(`${items.length} items of ${build}`);
} finally {
  await running.stop();
  receiver.close();
}
