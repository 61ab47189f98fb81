import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { listLatestMessages } from "../lib/conversations/listMessages.ts";
import { conversationResponse } from "../lib/http/answers/sdk.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { sdkRuntime } from "../lib/runtime.ts";

/** Reads a time of the SDKs' wire: seconds with a fraction. */
function readSeconds(text: string | null): Date | undefined {
  if (text === null || text === "") return undefined;
  const time = new Date(Math.round(Number(text) * 1000));
  if (Number.isNaN(time.getTime())) throw apiError.badRequest("before and after should be seconds since 1970");
  return time;
}

export const handler = personOperation(
  "sdkListMessages",
  undefined,
  sdkRuntime,
  async ({ person, params, query }, runtime) => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const page = await listLatestMessages(runtime, conversation, {
      before: readSeconds(query.get("before")),
      after: readSeconds(query.get("after")),
    });
    return { status: 200, body: conversationResponse(person.user, conversation, page) };
  },
);
