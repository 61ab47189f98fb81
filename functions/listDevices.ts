import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** Not paginated, as documented: few of a user's devices are remembered. An externalId may end like this path. */
export const handler = appOperation("listDevices", undefined, runtime, (call, services) => {
  const name = call.params.userIdOrExternalId ?? "";
  return readUser(call, services, [
    { name, part: "devices" },
    { name: `${name}/devices`, part: "user" },
  ]);
});
