import { core } from "./coreRuntime.ts";
import { TokenBucket } from "./domain/tokenBucket.ts";
import { askedUrl, withBase } from "./http/askedUrl.ts";
import type { HttpRequest } from "./http/request.ts";
import { birthStore } from "./store/births.ts";
import { conversationStarts } from "./store/conversationStarts.ts";
import { signInStore } from "./store/signIns.ts";

export type SdkRuntime = typeof runtime;

const { anonymousBurst } = core.environment;

/** What the Lambdas behind the Messaging SDKs need. */
export const runtime = {
  ...core,
  /** The base URL for the client of a request: `PUBLIC_URL`, else the host that was asked. */
  publicUrl: (request: HttpRequest) => withBase(core.environment.publicUrl ?? askedUrl(request), request),
  findApp: core.tenants.app,
  findKey: core.tenants.key,
  findIntegration: core.tenants.integration,
  births: birthStore(core.table, core.users, core.findPerson),
  conversationStarts: conversationStarts(core.table, core.users, core.conversations, core.findPerson),
  signIns: signInStore(core.table, core.users, core.merges),
  /** What one network may create anonymously: a burst, then as many each minute; the gateway's own throttle stands before it. */
  anonymousRate: new TokenBucket(anonymousBurst, anonymousBurst / 60),
};
