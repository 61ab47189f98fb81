import * as v from "valibot";
import { changeConversation, publicConversation } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, metadata, object, text, uri } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({
  displayName: v.nullish(displayName),
  description: v.nullish(text(1, 100)),
  iconUrl: v.nullish(uri),
  metadata: v.nullish(metadata),
});

export const handler = appOperation(
  "updateConversation",
  body,
  runtime,
  async ({ app, params, body }, { conversations }) => {
    const conversation = await conversations.update(app.id, params.conversationId ?? "", (now) =>
      changeConversation(now, body),
    );
    if (!conversation) throw refuse.conversationNotFound();
    return { status: 200, body: { conversation: publicConversation(conversation) } };
  },
);
