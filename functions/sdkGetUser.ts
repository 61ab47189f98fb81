import { listConversationsOf } from "../lib/conversations/listConversations.ts";
import { userResponse } from "../lib/http/answers/sdk.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { resumingOperation } from "../lib/http/storedSession.ts";
import { withDevice } from "../lib/model/device.ts";
import { sdkRuntime } from "../lib/runtime.ts";
import { updateUser } from "../lib/users/updateUser.ts";

/** Milliseconds after its last sight for which a device is not written again. */
const seenWithin = 60_000;

/** Resumes a session after a reload: the user, its devices and its conversations. */
export const handler = resumingOperation(
  personOperation("sdkGetUser", undefined, sdkRuntime, async (call, runtime) => {
    const { person, device, now } = call;
    const isStale = device !== undefined && now.getTime() - Date.parse(device.lastSeen) >= seenWithin;
    const updated = isStale
      ? await updateUser(runtime, person, (user) => withDevice(user, device, now, runtime.newId))
      : person;
    const user = (updated ?? person).user;
    return { status: 200, body: userResponse(user, await listConversationsOf(runtime, user)) };
  }),
);
