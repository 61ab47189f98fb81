import { readingsOf, readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation("getUser", undefined, runtime, (call, services) =>
  readUser(call, services, readingsOf(call.params.userIdOrExternalId ?? "")),
);
