import { changeConversation } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { object } from "../lib/http/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { conversationEntries } from "../lib/http/sdkSchemas.ts";
import { conversationResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

const { displayName, description, iconUrl, metadata } = conversationEntries;
export const body = object({ displayName, description, iconUrl, metadata });

export const handler = personOperation(
  "sdkUpdateConversation",
  body,
  runtime,
  async ({ person, params, body }, { conversations }) => {
    const { id, appId } = await conversations.findOf(person.user, params.conversationId);
    const conversation = await conversations.update(appId, id, (now) => changeConversation(now, body));
    if (!conversation) throw refuse.conversationNotFound();
    return { status: 200, body: conversationResponse(person.user, conversation, { messages: [], hasPrevious: false }) };
  },
);
