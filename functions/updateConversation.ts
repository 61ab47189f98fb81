import * as v from "valibot";
import { updateConversation } from "../lib/conversations/updateConversation.ts";
import { publicConversation } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, metadata, object, text, uri } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { changeConversation } from "../lib/model/conversation.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({
  displayName: v.nullish(displayName),
  description: v.nullish(text(1, 100)),
  iconUrl: v.nullish(uri),
  metadata: v.nullish(metadata),
});

export const handler = appOperation("updateConversation", body, restRuntime, async ({ app, params, body }, runtime) => {
  const conversation = await updateConversation(runtime, { appId: app.id, id: params.conversationId ?? "" }, (now) =>
    changeConversation(now, body),
  );
  if (!conversation) throw apiError.conversationNotFound();
  return { status: 200, body: { conversation: publicConversation(conversation) } };
});
