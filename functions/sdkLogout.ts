import * as v from "valibot";
import { object } from "../lib/http/schemas/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { withoutDevice } from "../lib/model/device.ts";
import { sdkRuntime } from "../lib/runtime.ts";
import { updateUser } from "../lib/users/updateUser.ts";

export const body = object({ client: object({ id: v.string() }) });

/**
 * Signs a device out: it gets nothing any more, and its sessions end. The user and its other devices stay as they are.
 */
export const handler = personOperation("sdkLogout", body, sdkRuntime, async ({ person, device, body }, runtime) => {
  await updateUser(runtime, person, (user) => withoutDevice(user, device?.guid ?? body.client.id));
  return { status: 200, body: {} };
});
