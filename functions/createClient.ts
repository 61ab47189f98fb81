import type * as v from "valibot";
import { findCachedIntegration } from "../lib/apps/configCache.ts";
import { linkClient } from "../lib/channels/links/linkClient.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { publicClient } from "../lib/http/answers/rest.ts";
import { type AppCall, appOperation } from "../lib/http/rest.ts";
import { clientCreate, identityOf } from "../lib/http/schemas/clientSchemas.ts";
import { withoutMarkdown } from "../lib/http/withoutMarkdown.ts";
import { apiError } from "../lib/model/apiError.ts";
import type { LinkConfirmation } from "../lib/model/client.ts";
import { normalizeContent } from "../lib/model/content/contentKinds.ts";
import { participantOf } from "../lib/model/conversation.ts";
import { restRuntime } from "../lib/runtime.ts";
import { findUserByIdOrExternalId } from "../lib/users/findUser.ts";
import { finishPendingMoves } from "../lib/users/merge/finishPendingMoves.ts";

export const body = clientCreate;

type Call = AppCall<v.InferOutput<typeof body>>;

/**
 * Links a user to a person on a channel, as a business requests. No provider is called: `immediate` links at once, the
 * other confirmations link once the person has written from there. What the person is to be told stands in the user,
 * and is sent by what the table's stream tells.
 */
export const handler = appOperation("createClient", body, restRuntime, async (call, runtime) => {
  const { app, params, query, body, now, request } = call;
  const { type, integrationId, primary = true } = body.matchCriteria;
  const name = ownerOf(params.userIdOrExternalId ?? "", request.path);
  const identity = identityOf(body.matchCriteria);
  const confirmation = await confirmationOf(call, runtime.newId());
  const client = await retryOnConflict(async () => {
    const found = await findUserByIdOrExternalId(runtime, app, name, query.get("brandId") ?? undefined);
    if (!found) throw apiError.userNotFound();
    const storedUser = await finishPendingMoves(runtime, app, found);
    const integration = await findCachedIntegration(runtime, integrationId);
    if (integration?.appId !== app.id) throw apiError.integrationNotFound();
    if (integration.type !== type) throw apiError.badRequest("Invalid integration type");
    const conversation = await findConversation(runtime, app.id, body.target.conversationId);
    if (!conversation) throw apiError.conversationNotFound();
    if (!participantOf(conversation, storedUser.user.id))
      throw apiError.notFound("User is not a member of the conversation");
    return linkClient(runtime, app, {
      storedUser,
      integration: { id: integration.id, type },
      identity,
      conversation,
      primary,
      confirmed: body.confirmation.type === "immediate",
      confirmation,
      receivedAt: now,
    });
  });
  return { status: 201, body: { client: publicClient(client) } };
});

/**
 * Makes what the person is told: the message of the request, if it has one; else `prompt` asks for an answer in words of
 * ours, as the vendor's does in its own.
 */
async function confirmationOf({ app, body }: Call, id: string): Promise<LinkConfirmation | undefined> {
  const { type, message } = body.confirmation;
  if (!message && type !== "prompt") return undefined;
  const { displayName, avatarUrl } = message?.author ?? {};
  const content = message
    ? normalizeContent(await withoutMarkdown(message.content), app.settings)
    : ({
        type: "text",
        text: `${app.displayName} would like to continue your conversation here. Reply to confirm.`,
      } as const);
  const { matchCriteria } = body;
  const subject =
    matchCriteria.type === "mailgun"
      ? (matchCriteria.subject ?? defaultSubject).replaceAll("{appName}", () => app.displayName)
      : undefined;
  return {
    id,
    author: { displayName, avatarUrl },
    content,
    override: message?.override ?? undefined,
    subject,
    ...(message ? {} : { isPrompt: true }),
  };
}

/** Source: the vendor's OpenAPI description, "matchCriteriaMailgun". */
const defaultSubject = "New message from {appName}";

/**
 * Finds the user's name in the path: an externalId with slashes comes with the end of the path in it. @throws ApiError
 * for any other path
 */
function ownerOf(name: string, path: string): string {
  const owner = path.endsWith(`${name}/clients`) ? name : /^(.+)\/clients$/s.exec(name)?.[1];
  if (owner === undefined) throw apiError.notFound();
  return owner;
}
