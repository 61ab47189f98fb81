import { readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";
import { userReading } from "../lib/users/userReading.ts";

/** Lists a user's clients, or shows the user with an externalId that ends like this path, whichever exists. */
export const handler = appOperation("listClients", undefined, restRuntime, (call, runtime) => {
  const name = call.params.userIdOrExternalId ?? "";
  call.page();
  return readUser(call, userReading(runtime), [
    { name, part: "clients" },
    { name: `${name}/clients`, part: "user" },
  ]);
});
