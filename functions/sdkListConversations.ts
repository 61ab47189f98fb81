import { refuse } from "../lib/domain/refusal.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { userResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const handler = personOperation(
  "sdkListConversations",
  undefined,
  runtime,
  async ({ person, query }, { conversations }) => {
    const offset = query.get("offset") ?? "0";
    if (!/^\d{1,5}$/.test(offset)) throw refuse.badRequest("offset should be a whole number");
    return { status: 200, body: userResponse(person.user, await conversations.listOf(person.user, Number(offset))) };
  },
);
