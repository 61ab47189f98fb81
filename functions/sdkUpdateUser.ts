import { listConversationsOf } from "../lib/conversations/listConversations.ts";
import { userResponse } from "../lib/http/answers/sdk.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { describePerson, personEntries } from "../lib/http/schemas/sdkSchemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { sdkRuntime } from "../lib/runtime.ts";
import { updateUser } from "../lib/users/updateUser.ts";

export const body = object(personEntries);

export const handler = personOperation("sdkUpdateUser", body, sdkRuntime, async ({ person, body }, runtime) => {
  const changed = await updateUser(runtime, person, (user) => describePerson(user, body));
  if (!changed) throw apiError.userNotFound();
  return { status: 200, body: userResponse(changed.user, await listConversationsOf(runtime, changed.user)) };
});
