import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { listLatestMessages } from "../lib/conversations/listMessages.ts";
import { conversationResponse } from "../lib/http/answers/sdk.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const handler = personOperation(
  "sdkGetConversation",
  undefined,
  sdkRuntime,
  async ({ person, params }, runtime) => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const page = await listLatestMessages(runtime, conversation);
    return { status: 200, body: conversationResponse(person.user, conversation, page) };
  },
);
