import { findConversation } from "../lib/conversations/findConversation.ts";
import { listMessages } from "../lib/conversations/listMessages.ts";
import { publicMessage } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

/** Lists a page of messages: the latest without a cursor. `hasMore` is of the direction of paging. */
export const handler = appOperation("listMessages", undefined, restRuntime, async (call, runtime) => {
  const { app, params, page, listed } = call;
  const { after, before } = page({ sized: false });
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  // The vendor's error here. Source: its OpenAPI description, "List Messages".
  if (!conversation) throw apiError.notFound();
  const found = await listMessages(runtime, conversation, { after, before });
  if (!found) throw apiError.badRequest("Invalid page query parameters");
  const backward = after === undefined;
  return listed("messages", found, publicMessage, backward);
});
