import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { updateConversation } from "../lib/conversations/updateConversation.ts";
import { conversationResponse } from "../lib/http/answers/sdk.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { conversationEntries } from "../lib/http/schemas/sdkSchemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { changeConversation } from "../lib/model/conversation.ts";
import { sdkRuntime } from "../lib/runtime.ts";

const { displayName, description, iconUrl, metadata } = conversationEntries;
export const body = object({ displayName, description, iconUrl, metadata });

export const handler = personOperation(
  "sdkUpdateConversation",
  body,
  sdkRuntime,
  async ({ person, params, body }, runtime) => {
    const { id, appId } = await findConversationOf(runtime, person.user, params.conversationId);
    const conversation = await updateConversation(runtime, { appId, id }, (current) =>
      changeConversation(current, body),
    );
    if (!conversation) throw apiError.conversationNotFound();
    return { status: 200, body: conversationResponse(person.user, conversation, { messages: [], hasPrevious: false }) };
  },
);
