import { refuse } from "../lib/domain/refusal.ts";
import { object } from "../lib/http/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { describePerson, personEntries } from "../lib/http/sdkSchemas.ts";
import { userResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const body = object(personEntries);

export const handler = personOperation(
  "sdkUpdateUser",
  body,
  runtime,
  async ({ person, body }, { users, conversations }) => {
    const changed = await users.change(person, (user) => describePerson(user, body));
    if (!changed) throw refuse.userNotFound();
    return { status: 200, body: userResponse(changed.user, await conversations.listOf(changed.user)) };
  },
);
