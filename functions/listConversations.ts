import { publicConversation } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** A user's conversations: the default one first, the others in the order they were entered. */
export const handler = appOperation("listConversations", undefined, runtime, async (call, runtime) => {
  const { app, query, page, listed } = call;
  const userId = query.get("filter[userId]");
  const externalId = query.get("filter[userExternalId]");
  if ((userId === null) === (externalId === null))
    throw refuse.badRequest("One of filter[userId] and filter[userExternalId] is required, but not both");
  const asked = page();
  const person = await runtime.findPerson(app, userId === null ? { externalId: externalId ?? "" } : { userId });
  if (!person) throw refuse.userNotFound();
  const { ids, ...sides } = await runtime.conversations.idsOf(person.user, asked);
  const records = await runtime.conversations.findAll(app.id, ids);
  return listed("conversations", { records, ...sides }, (conversation) => conversation.id, publicConversation);
});
