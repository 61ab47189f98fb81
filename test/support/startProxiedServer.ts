import { afterAll, expect } from "vitest";
import { engineEndpoint } from "./engineEndpoint.ts";
import { startProxy } from "./startProxy.ts";
import { startTestServer } from "./startTestServer.ts";

/**
 * Starts a test server with calls to the engine through a proxy, which counts them and makes them fail.
 * @param settings `streamed` gives the table a stream of its changes
 */
export async function startProxiedServer(settings: { readonly streamed?: boolean } = {}) {
  const proxy = await startProxy(engineEndpoint());
  afterAll(proxy.close);
  return {
    proxy,
    server: await startTestServer({ endpoint: proxy.endpoint, ...settings }),

    /** Measures the cost of a request at the engine, if it is answered with this status. */
    async costOf(status: number, request: () => Promise<{ readonly status: number }>) {
      proxy.reset();
      expect((await request()).status).toBe(status);
      return { calls: [...proxy.calls], ...proxy.units };
    },
  };
}
