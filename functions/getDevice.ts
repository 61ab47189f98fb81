import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";
import { userReading } from "../lib/users/userReading.ts";

/** Shows a device of a user, or the user with an externalId that ends like this path. */
export const handler = appOperation("getDevice", undefined, restRuntime, (call, runtime) => {
  const { userIdOrExternalId: name = "", deviceId = "" } = call.params;
  return readUser(call, userReading(runtime), [
    { name, part: { deviceId } },
    { name: `${name}/devices/${deviceId}`, part: "user" },
  ]);
});
