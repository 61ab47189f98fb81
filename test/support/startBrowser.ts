import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { afterAll, afterEach } from "vitest";
import { chromium as executablePath } from "./chromium.ts";

/** Opens the browser for a new visitor; it is closed after the test. */
export type NewContext = (options?: Parameters<Browser["newContext"]>[0]) => Promise<BrowserContext>;

/** Starts Chromium without a window and without its own network requests. */
export async function startBrowser(...args: readonly string[]): Promise<NewContext> {
  const quiet = ["gpu", "background-networking", "component-update", "sync"].map((part) => `--disable-${part}`);
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ["--headless", "--no-sandbox", ...quiet, ...args],
  });
  const contexts: BrowserContext[] = [];
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(() => browser.close());
  return async (options = {}) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  };
}

/** Serves one page on a port of its own, which makes it another origin's, and answers the port. */
export async function servePage(html: () => string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(html()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => void server.close());
  // A listening TCP server has an address object, never a pipe's name.
  return (server.address() as AddressInfo).port;
}
