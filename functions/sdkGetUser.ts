import { withDevice } from "../lib/domain/device.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { userResponse } from "../lib/http/sdkWire.ts";
import { resumingOperation } from "../lib/http/storedSession.ts";
import { runtime } from "../lib/sdkRuntime.ts";

/** A device that was seen less than this ago is not written again. */
const seenWithin = 60_000;

/** Resumes a session after a reload: the user, its devices and its conversations. */
export const handler = resumingOperation(
  personOperation("sdkGetUser", undefined, runtime, async (call, { users, conversations, newId }) => {
    const { person, device, now } = call;
    const stale = device !== undefined && now.getTime() - Date.parse(device.lastSeen) >= seenWithin;
    const seen = stale ? await users.change(person, (user) => withDevice(user, device, now, newId)) : person;
    const user = (seen ?? person).user;
    return { status: 200, body: userResponse(user, await conversations.listOf(user)) };
  }),
);
