import { findConversations } from "../lib/conversations/findConversation.ts";
import { pageConversationIds } from "../lib/conversations/listConversations.ts";
import { publicConversation } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";
import { resolveUser } from "../lib/users/resolveUsers.ts";

/** Lists a user's conversations: the default one first, the others in the order in which they were joined. */
export const handler = appOperation("listConversations", undefined, restRuntime, async (call, runtime) => {
  const { app, query, page, listed } = call;
  const userId = query.get("filter[userId]");
  const externalId = query.get("filter[userExternalId]");
  if ((userId === null) === (externalId === null))
    throw apiError.badRequest("One of filter[userId] and filter[userExternalId] is required, but not both");
  const pageQuery = page();
  const storedUser = await resolveUser(runtime, app, userId === null ? { externalId: externalId ?? "" } : { userId });
  if (!storedUser) throw apiError.userNotFound();
  const { ids, ...sides } = await pageConversationIds(runtime, storedUser.user, pageQuery);
  const records = await findConversations(runtime, app.id, ids);
  return listed("conversations", { records, ...sides }, publicConversation);
});
