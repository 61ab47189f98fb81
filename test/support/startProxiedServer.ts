import { afterAll, expect } from "vitest";
import { engineEndpoint } from "./engineEndpoint.ts";
import { startProxy } from "./startProxy.ts";
import { startTestServer } from "./startTestServer.ts";

/** A test server whose calls to the engine pass a proxy, which counts them and lets them fail. */
export async function startProxiedServer() {
  const proxy = await startProxy(engineEndpoint());
  afterAll(proxy.close);
  return {
    proxy,
    server: await startTestServer({ endpoint: proxy.endpoint }),

    /** What a request costs at the engine that is answered with this status. */
    async costOf(status: number, request: () => Promise<{ readonly status: number }>) {
      proxy.reset();
      expect((await request()).status).toBe(status);
      return { calls: [...proxy.calls], ...proxy.units };
    },
  };
}
