import { core } from "./coreRuntime.ts";
import { variable } from "./environment.ts";
import { askedUrl, withBase } from "./http/askedUrl.ts";
import type { HttpRequest } from "./http/request.ts";
import { accountKeySource } from "./store/accountKey.ts";
import { apiKeyStore } from "./store/apiKeys.ts";

export type Runtime = typeof runtime;

const given = core.environment.accountKey;
if (!given)
  throw new Error(`The environment variable ${variable.accountKeyId} or ${variable.accountKeyArn} is missing.`);
const accountKey = accountKeySource(given, core.now);

/** What the Lambdas behind the REST API need. */
export const runtime = {
  ...core,
  /** The base URL for the client of a request: `PUBLIC_URL`, else the host that was asked. */
  publicUrl: (request: HttpRequest) => withBase(core.environment.publicUrl ?? askedUrl(request), request),
  apiKeys: apiKeyStore(core.table, core.secrets),
  /** An API key, and the app of the request where it names one. */
  tenant: async (keyId: string, appId: string | undefined) => {
    if (!keyId.startsWith("act_")) return core.tenants.tenant(keyId, appId);
    const [key, app] = await Promise.all([
      accountKey(keyId),
      appId === undefined ? undefined : core.tenants.app(appId),
    ]);
    return { key, app };
  },
};
