import { personOperation } from "../lib/http/sdk.ts";
import { conversationResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const handler = personOperation(
  "sdkGetConversation",
  undefined,
  runtime,
  async ({ person, params }, { conversations, messages }) => {
    const conversation = await conversations.findOf(person.user, params.conversationId);
    const page = await messages.latest(conversation);
    return { status: 200, body: conversationResponse(person.user, conversation, page) };
  },
);
