import { runtime } from "../lib/clientRuntime.ts";
import { publicClient } from "../lib/domain/client.ts";
import { participantOf } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { clientCreate, identityOf } from "../lib/http/clientSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";

export const body = clientCreate;

/**
 * A business says who a user is on a channel. No provider is called: `immediate` stands at once, the other confirmations
 * once the person has written from there, whether or not anybody has asked them to.
 */
export const handler = appOperation("createClient", body, runtime, async (call, runtime) => {
  const { app, params, query, body, now, request } = call;
  const { type, integrationId, primary = true } = body.matchCriteria;
  const name = ownerOf(params.userIdOrExternalId ?? "", request.path);
  const identity = identityOf(body.matchCriteria);
  const client = await runtime.decideAnew(async () => {
    const known = await runtime.findNamed(app, name, query.get("brandId") ?? undefined);
    if (!known) throw refuse.userNotFound();
    const integration = await runtime.tenants.integration(integrationId);
    if (integration?.appId !== app.id) throw refuse.integrationNotFound();
    if (integration.type !== type) throw refuse.badRequest("Invalid integration type");
    const conversation = await runtime.conversations.find(app.id, body.target.conversationId);
    if (!conversation) throw refuse.conversationNotFound();
    if (!participantOf(conversation, known.user.id)) throw refuse.notFound("User is not a member of the conversation");
    return runtime.links.link(
      app,
      {
        known,
        integration: { id: integration.id, type },
        identity,
        conversation,
        primary,
        confirmed: body.confirmation.type === "immediate",
      },
      now,
      runtime.newId,
    );
  });
  return { status: 201, body: { client: publicClient(client) } };
});

/** Who is named: an externalId with slashes comes with the end of the path in it. @throws Refusal for any other path */
function ownerOf(name: string, path: string): string {
  const owner = path.endsWith(`${name}/clients`) ? name : /^(.+)\/clients$/s.exec(name)?.[1];
  if (owner === undefined) throw refuse.notFound();
  return owner;
}
