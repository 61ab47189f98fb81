import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** An externalId may end like this path: whose clients are asked for is decided by who is there. */
export const handler = appOperation("listClients", undefined, runtime, (call, services) => {
  const name = call.params.userIdOrExternalId ?? "";
  call.page();
  return readUser(call, services, [
    { name, part: "clients" },
    { name: `${name}/clients`, part: "user" },
  ]);
});
