import * as v from "valibot";
import { authorOf } from "../lib/domain/author.ts";
import { conversationFull } from "../lib/domain/conversation.ts";
import { keptContent } from "../lib/domain/keptContent.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { personContent } from "../lib/http/contentSchemas.ts";
import { metadata, object } from "../lib/http/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { nullAsAbsent } from "../lib/http/sdkSchemas.ts";
import { wireConversation, wireMessage } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const body = object({
  message: nullAsAbsent(v.intersect([personContent, object({ metadata: v.nullish(metadata) })])),
});

export const handler = personOperation(
  "sdkSendMessage",
  body,
  runtime,
  async (call, { conversations, messages, newId }) => {
    const { app, person, device, params, body, request, now } = call;
    const { metadata, ...said } = body.message;
    const key = request.headers["idempotency-key"];
    const message = {
      id: key ? messages.idOfRequest(app, person.user.id, key) : newId(),
      received: now.toISOString(),
      author: authorOf(person.user, app.settings),
      content: keptContent(said, app.settings),
      source: { type: device?.type ?? "web", integrationId: device?.integrationId },
      metadata: metadata ? mergeMetadata({}, metadata, "Message") : undefined,
    };
    for (;;) {
      const conversation = await conversations.findOf(person.user, params.conversationId);
      const outcome = await messages.add(app, conversation, message);
      if (outcome === "full") throw conversationFull();
      if (outcome === "changed") continue;
      // Sent again under the same key, it is answered as it was stored.
      const stored = outcome === "exists" ? await messages.find(conversation, message.id) : message;
      if (!stored) throw refuse.notFound();
      const after =
        outcome === "added" ? { ...conversation, latest: stored, lastUpdatedAt: stored.received } : conversation;
      return {
        status: 201,
        body: { messages: [wireMessage(stored)], conversation: wireConversation(person.user, after) },
      };
    }
  },
);
