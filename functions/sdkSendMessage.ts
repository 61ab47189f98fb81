import * as v from "valibot";
import { addMessage, idOfMessageRequest } from "../lib/conversations/addMessage.ts";
import { authorOf } from "../lib/conversations/author.ts";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { findMessage } from "../lib/conversations/listMessages.ts";
import { normalizeContent } from "../lib/conversations/normalizeContent.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { wireConversation, wireMessage } from "../lib/http/answers/sdk.ts";
import { personContent } from "../lib/http/schemas/contentSchemas.ts";
import { metadata, object } from "../lib/http/schemas/schemas.ts";
import { nullAsAbsent } from "../lib/http/schemas/sdkSchemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { conversationFull } from "../lib/model/conversation.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const body = object({
  message: nullAsAbsent(v.intersect([personContent, object({ metadata: v.nullish(metadata) })])),
});

export const handler = personOperation("sdkSendMessage", body, sdkRuntime, async (call, runtime) => {
  const { app, person, device, params, body, request, now } = call;
  const { metadata, ...content } = body.message;
  const key = request.headers["idempotency-key"];
  const message = {
    id: key ? idOfMessageRequest(app, person.user.id, key) : runtime.newId(),
    received: now.toISOString(),
    author: authorOf(person.user, app.settings),
    content: normalizeContent(content, app.settings),
    source: { type: device?.type ?? "web", integrationId: device?.integrationId },
    metadata: metadata ? mergeMetadata({}, metadata, "Message") : undefined,
  };
  const { conversation, outcome } = await retryOnConflict(async () => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const outcome = await addMessage(runtime, app, conversation, message);
    if (outcome === "full") throw conversationFull();
    return outcome === conflict ? conflict : { conversation, outcome };
  });
  // A message sent again under the same key is answered as it was stored.
  const stored = outcome === "exists" ? await findMessage(runtime, conversation, message.id) : message;
  if (!stored) throw apiError.notFound();
  const after =
    outcome === "added" ? { ...conversation, latest: stored, lastUpdatedAt: stored.received } : conversation;
  return { status: 201, body: { messages: [wireMessage(stored)], conversation: wireConversation(person.user, after) } };
});
