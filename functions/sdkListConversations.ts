import { listConversationsOf } from "../lib/conversations/listConversations.ts";
import { userResponse } from "../lib/http/answers/sdk.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const handler = personOperation(
  "sdkListConversations",
  undefined,
  sdkRuntime,
  async ({ person, query }, runtime) => {
    const offset = query.get("offset") ?? "0";
    if (!/^\d{1,5}$/.test(offset)) throw apiError.badRequest("offset should be a whole number");
    return {
      status: 200,
      body: userResponse(person.user, await listConversationsOf(runtime, person.user, { offset: Number(offset) })),
    };
  },
);
