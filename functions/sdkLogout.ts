import * as v from "valibot";
import { withoutDevice } from "../lib/domain/device.ts";
import { object } from "../lib/http/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const body = object({ client: object({ id: v.string() }) });

/** Signs a device out: it gets nothing any more and its sessions end. The user, and other devices, stay as they are. */
export const handler = personOperation("sdkLogout", body, runtime, async ({ person, device, body }, { users }) => {
  await users.change(person, (user) => withoutDevice(user, device?.guid ?? body.client.id));
  return { status: 200, body: {} };
});
