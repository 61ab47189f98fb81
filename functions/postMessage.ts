import * as v from "valibot";
import { authorOf } from "../lib/domain/author.ts";
import { type Conversation, conversationFull, participantOf } from "../lib/domain/conversation.ts";
import { keptContent } from "../lib/domain/keptContent.ts";
import { type Author, publicMessage } from "../lib/domain/message.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { author, content, sending } from "../lib/http/messageSchemas.ts";
import { nameOfUser } from "../lib/http/participantSchemas.ts";
import { type AppCall, appOperation } from "../lib/http/rest.ts";
import { metadata, object } from "../lib/http/schemas.ts";
import { withoutMarkdown } from "../lib/http/withoutMarkdown.ts";
import { type Runtime, runtime } from "../lib/runtime.ts";

export const body = object({ author, content, metadata: v.nullish(metadata), ...sending });

type Call = AppCall<v.InferOutput<typeof body>>;

export const handler = appOperation("postMessage", body, runtime, async (call, runtime) => {
  const { app, params, body, now } = call;
  const id = runtime.newId();
  const content = keptContent(await withoutMarkdown(body.content), app.settings);
  for (;;) {
    const conversation = await runtime.conversations.find(app.id, params.conversationId ?? "");
    if (!conversation) throw refuse.conversationNotFound();
    const message = {
      id,
      received: now.toISOString(),
      author: await writer(call, conversation, runtime),
      content,
      source: { type: "api:conversations" },
      metadata: body.metadata ? mergeMetadata({}, body.metadata, "Message") : undefined,
    };
    const outcome = await runtime.messages.add(app, conversation, message);
    if (outcome === "full") throw conversationFull();
    if (outcome === "added" || outcome === "exists")
      return { status: 201, body: { messages: [publicMessage(message)] } };
  }
});

/** Who writes: the business, or a participant named by id or externalId, under the name of the request or their own. */
async function writer({ app, body }: Call, conversation: Conversation, runtime: Runtime): Promise<Author> {
  const { type, displayName, avatarUrl, subtypes } = body.author;
  if (type === "business") return { type, displayName, avatarUrl, subtypes };
  const found = await runtime.findPerson(app, nameOfUser(body.author));
  if (!found) throw refuse.userNotFound();
  if (!participantOf(conversation, found.user.id)) throw refuse.notFound("User is not a member of the conversation");
  const own = authorOf(found.user, app.settings);
  return { ...own, displayName: displayName ?? own.displayName, avatarUrl: avatarUrl ?? own.avatarUrl };
}
