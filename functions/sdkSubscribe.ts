import { personOperation } from "../lib/http/sdk.ts";
import { conversationResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

/** What `loadConversation` asks for: the conversation as an SDK shows it. There is no realtime channel to subscribe to. */
export const handler = personOperation(
  "sdkSubscribe",
  undefined,
  runtime,
  async ({ person, params }, { conversations, messages }) => {
    const conversation = await conversations.findOf(person.user, params.conversationId);
    const page = await messages.latest(conversation);
    return { status: 200, body: conversationResponse(person.user, conversation, page) };
  },
);
