import type * as v from "valibot";
import { addMessage } from "../lib/conversations/addMessage.ts";
import { authorOf } from "../lib/conversations/author.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { publicMessage } from "../lib/http/answers/rest.ts";
import { type AppCall, appOperation } from "../lib/http/rest.ts";
import { messagePost } from "../lib/http/schemas/messagePost.ts";
import { nameOfUser } from "../lib/http/schemas/participantSchemas.ts";
import { withoutMarkdown } from "../lib/http/withoutMarkdown.ts";
import { apiError } from "../lib/model/apiError.ts";
import { normalizeContent } from "../lib/model/content/contentKinds.ts";
import { type Conversation, conversationFull, participantOf } from "../lib/model/conversation.ts";
import type { Author, Sending } from "../lib/model/message.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { type RestRuntime, restRuntime } from "../lib/runtime.ts";
import { requireDestination } from "../lib/users/requireDestination.ts";
import { resolveUser } from "../lib/users/resolveUsers.ts";

export const body = messagePost;

type Call = AppCall<v.InferOutput<typeof body>>;

export const handler = appOperation("postMessage", body, restRuntime, async (call, runtime) => {
  const { app, params, body, now } = call;
  const id = runtime.newId();
  const content = normalizeContent(await withoutMarkdown(body.content), app.settings);
  const message = await retryOnConflict(async () => {
    const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
    if (!conversation) throw apiError.conversationNotFound();
    if (body.destination) await requireDestination(runtime, conversation, body.destination);
    const message = {
      id,
      received: now.toISOString(),
      author: await authorOfRequest(call, conversation, runtime),
      content,
      source: { type: "api:conversations" },
      metadata: body.metadata ? mergeMetadata({}, body.metadata, "Message") : undefined,
      sending: sendingOf(body),
    };
    const outcome = await addMessage(runtime, app, conversation, message);
    if (outcome === "full") throw conversationFull();
    return outcome === conflict ? conflict : message;
  });
  return { status: 201, body: { messages: [publicMessage(message)] } };
});

/** Gathers the wishes about the delivery, if there are any. */
const sendingOf = ({ destination, override }: Call["body"]): Sending | undefined =>
  (destination ?? override) ? { destination: destination ?? undefined, override: override ?? undefined } : undefined;

/**
 * Finds the author of the message: the business, or a participant by id or externalId, with the names of the request or
 * its own.
 */
async function authorOfRequest({ app, body }: Call, conversation: Conversation, runtime: RestRuntime): Promise<Author> {
  const { type, displayName, avatarUrl, subtypes } = body.author;
  if (type === "business") return { type, displayName, avatarUrl, subtypes };
  const found = await resolveUser(runtime, app, nameOfUser(body.author));
  if (!found) throw apiError.userNotFound();
  if (!participantOf(conversation, found.user.id)) throw apiError.notFound("User is not a member of the conversation");
  const ownAuthor = authorOf(found.user, app.settings);
  return {
    ...ownAuthor,
    displayName: displayName ?? ownAuthor.displayName,
    avatarUrl: avatarUrl ?? ownAuthor.avatarUrl,
  };
}
