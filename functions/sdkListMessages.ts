import { refuse } from "../lib/domain/refusal.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { conversationResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

/** A time of the SDKs' wire: seconds with a fraction. */
function readSeconds(text: string | null): Date | undefined {
  if (text === null || text === "") return undefined;
  const time = new Date(Math.round(Number(text) * 1000));
  if (Number.isNaN(time.getTime())) throw refuse.badRequest("before and after should be seconds since 1970");
  return time;
}

export const handler = personOperation(
  "sdkListMessages",
  undefined,
  runtime,
  async ({ person, params, query }, { conversations, messages }) => {
    const conversation = await conversations.findOf(person.user, params.conversationId);
    const page = await messages.latest(conversation, {
      before: readSeconds(query.get("before")),
      after: readSeconds(query.get("after")),
    });
    return { status: 200, body: conversationResponse(person.user, conversation, page) };
  },
);
