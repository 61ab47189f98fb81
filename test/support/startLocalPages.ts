import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll } from "vitest";
import { type NewContext, startBrowser } from "./startBrowser.ts";
import { startLocal } from "./startLocal.ts";

/** Starts a browser and, in a folder of its own, the local server whose pages it opens. Both end with the test file. */
export async function startLocalPages(...flags: readonly string[]) {
  const newContext = await startBrowser(...flags);
  const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  const local = await startLocal(directory);
  const found = (pattern: RegExp) => pattern.exec(local.stdout())?.[1] ?? "";
  const url = found(/ready at (\S+)/);
  afterAll(async () => {
    local.kill("SIGTERM");
    await local.exited;
    rmSync(directory, { recursive: true, force: true });
  });
  /** What must stay empty: errors on a page, and requests that leave this server. */
  const faults: string[] = [];
  return {
    newContext,
    directory,
    local,
    url,
    accountKey: { id: found(/key id +(\S+)/), secret: found(/key secret +(\S+)/) },
    faults,
    /** Opens a page of a new visitor, watched for everything that a page should not do. */
    async newPage(options: Parameters<NewContext>[0] = {}): Promise<Page> {
      const page = await (await newContext({ reducedMotion: "reduce", ...options })).newPage();
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("request", (request) => new URL(request.url()).origin === url || faults.push(request.url()));
      return page;
    },
  };
}
