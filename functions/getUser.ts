import { meaningsOf, readUser } from "../lib/http/readUser.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";
import { userReading } from "../lib/users/userReading.ts";

export const handler = appOperation("getUser", undefined, restRuntime, (call, runtime) =>
  readUser(call, userReading(runtime), meaningsOf(call.params.userIdOrExternalId ?? "")),
);
