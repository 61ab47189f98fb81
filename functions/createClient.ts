import { findCachedIntegration } from "../lib/apps/configCache.ts";
import { linkClient } from "../lib/channels/links/linkClient.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { publicClient } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { clientCreate, identityOf } from "../lib/http/schemas/clientSchemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { participantOf } from "../lib/model/conversation.ts";
import { restRuntime } from "../lib/runtime.ts";
import { findUserByIdOrExternalId } from "../lib/users/findUser.ts";
import { finishPendingMoves } from "../lib/users/merge/finishPendingMoves.ts";

export const body = clientCreate;

/**
 * Links a user to a person on a channel, as a business requests. No provider is called: `immediate` links at once, the
 * other confirmations link once the person has written from there.
 */
export const handler = appOperation("createClient", body, restRuntime, async (call, runtime) => {
  const { app, params, query, body, now, request } = call;
  const { type, integrationId, primary = true } = body.matchCriteria;
  const name = ownerOf(params.userIdOrExternalId ?? "", request.path);
  const identity = identityOf(body.matchCriteria);
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
      receivedAt: now,
    });
  });
  return { status: 201, body: { client: publicClient(client) } };
});

/**
 * Finds the user's name in the path: an externalId with slashes comes with the end of the path in it. @throws ApiError
 * for any other path
 */
function ownerOf(name: string, path: string): string {
  const owner = path.endsWith(`${name}/clients`) ? name : /^(.+)\/clients$/s.exec(name)?.[1];
  if (owner === undefined) throw apiError.notFound();
  return owner;
}
