import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** An externalId may end like this path. */
export const handler = appOperation("getDevice", undefined, runtime, (call, services) => {
  const { userIdOrExternalId: name = "", deviceId = "" } = call.params;
  return readUser(call, services, [
    { name, part: { deviceId } },
    { name: `${name}/devices/${deviceId}`, part: "user" },
  ]);
});
