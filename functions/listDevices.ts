import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";
import { userReading } from "../lib/users/userReading.ts";

/**
 * Lists a user's devices, or shows the user with an externalId that ends like this path. Not paginated, as documented:
 * few devices are remembered.
 */
export const handler = appOperation("listDevices", undefined, restRuntime, (call, runtime) => {
  const name = call.params.userIdOrExternalId ?? "";
  return readUser(call, userReading(runtime), [
    { name, part: "devices" },
    { name: `${name}/devices`, part: "user" },
  ]);
});
