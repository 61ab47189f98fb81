import * as v from "valibot";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { markConversationRead } from "../lib/conversations/updateConversation.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const body = object({
  activity: object({ type: v.picklist(["conversation:read", "typing:start", "typing:stop", "message:delivery"]) }),
});

/**
 * Marks a conversation as read; typing and delivery reports are acknowledged only, since no realtime channel could
 * forward them yet.
 */
export const handler = personOperation(
  "sdkPostActivity",
  body,
  sdkRuntime,
  async ({ person, params, body, now }, runtime) => {
    const { appId, id } = await findConversationOf(runtime, person.user, params.conversationId);
    if (body.activity.type === "conversation:read")
      await markConversationRead(runtime, { appId, id }, { userId: person.user.id }, now);
    return { status: 200, body: {} };
  },
);
