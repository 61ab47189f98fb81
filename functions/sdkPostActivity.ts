import * as v from "valibot";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { markConversationRead } from "../lib/conversations/updateConversation.ts";
import { publishTyping } from "../lib/events/webhooks/publishTyping.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { eventRuntime, sdkRuntime } from "../lib/runtime.ts";

export const body = object({
  activity: object({ type: v.picklist(["conversation:read", "typing:start", "typing:stop", "message:delivery"]) }),
});

/**
 * Marks a conversation as read, and tells webhooks that the person types; delivery reports are acknowledged only, since
 * no realtime channel could forward them yet.
 */
export const handler = personOperation(
  "sdkPostActivity",
  body,
  { ...sdkRuntime, eventQueue: eventRuntime.eventQueue },
  async ({ person, device, params, body, now }, runtime) => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const { appId, id } = conversation;
    const { type } = body.activity;
    if (type === "conversation:read")
      await markConversationRead(runtime, { appId, id }, { userId: person.user.id }, now);
    if (type === "typing:start" || type === "typing:stop") {
      const source = { type: device?.type ?? "web", integrationId: device?.integrationId };
      await publishTyping(runtime, { conversation, activity: type, user: person.user, source }, now);
    }
    return { status: 200, body: {} };
  },
);
