import * as v from "valibot";
import { addMessage, idOfMessageRequest } from "../lib/conversations/addMessage.ts";
import { answerForm } from "../lib/conversations/answerForm.ts";
import { authorOf } from "../lib/conversations/author.ts";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { findMessage } from "../lib/conversations/listMessages.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { wireConversation, wireMessage } from "../lib/http/answers/sdk.ts";
import { personContent } from "../lib/http/schemas/content/personContent.ts";
import { metadata, object } from "../lib/http/schemas/schemas.ts";
import { nullAsAbsent } from "../lib/http/schemas/sdkSchemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { normalizeContent } from "../lib/model/content/contentKinds.ts";
import { conversationFull } from "../lib/model/conversation.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const body = object({
  message: nullAsAbsent(v.intersect([personContent, object({ metadata: v.nullish(metadata) })])),
});

export const handler = personOperation("sdkSendMessage", body, sdkRuntime, async (call, runtime) => {
  const { app, person, device, params, body, request, now } = call;
  const { metadata, ...said } = body.message;
  const key = request.headers["idempotency-key"];
  const id = key ? idOfMessageRequest(app, person.user.id, key) : runtime.newId();
  const described = {
    id,
    received: now.toISOString(),
    author: authorOf(person.user, app.settings),
    source: { type: device?.type ?? "web", integrationId: device?.integrationId },
    metadata: metadata ? mergeMetadata({}, metadata, "Message") : undefined,
  };
  const { conversation, outcome, message } = await retryOnConflict(async () => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const { content, quotedMessage } =
      said.type === "formResponse"
        ? await answerForm(runtime, conversation, formOf(said), said.fields)
        : { content: said, quotedMessage: undefined };
    const message = { ...described, content: normalizeContent(content, app.settings), quotedMessage };
    const outcome = await addMessage(runtime, app, conversation, message);
    if (outcome === "full") throw conversationFull();
    if (outcome === "answered") throw apiError.formAnswered();
    return outcome === conflict ? conflict : { conversation, outcome, message };
  });
  // A message sent again under the same key is answered as it was stored.
  const stored = outcome === "exists" ? await findMessage(runtime, conversation, message.id) : message;
  if (!stored) throw apiError.notFound();
  const after =
    outcome === "added" ? { ...conversation, latest: stored, lastUpdatedAt: stored.received } : conversation;
  return { status: 201, body: { messages: [wireMessage(stored)], conversation: wireConversation(person.user, after) } };
});

/** Answers the id of the form that a response names; some clients name it beside each field. */
const formOf = ({ quotedMessageId, fields }: Extract<v.InferOutput<typeof personContent>, { type: "formResponse" }>) =>
  quotedMessageId ?? fields.find((field) => field.quotedMessageId)?.quotedMessageId ?? undefined;
