import { publicMessage } from "../lib/domain/message.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** The latest page unless a cursor says otherwise; `hasMore` speaks of the direction that is paged in. */
export const handler = appOperation("listMessages", undefined, runtime, async (call, { conversations, messages }) => {
  const { app, params, page, listed } = call;
  const { after, before } = page({ sized: false });
  const conversation = await conversations.find(app.id, params.conversationId ?? "");
  // The vendor's name for it here. Source: its OpenAPI description, "List Messages".
  if (!conversation) throw refuse.notFound();
  const found = await messages.list(conversation, { after, before });
  if (!found) throw refuse.badRequest("Invalid page query parameters");
  const backward = after === undefined;
  return listed("messages", found, (message) => message.id, publicMessage, backward);
});
