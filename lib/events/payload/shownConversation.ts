import type { Conversation } from "../../model/conversation.ts";
import type { NamedRecords } from "./namedRecords.ts";

/** Shows of a conversation what events tell. Source: the vendor's OpenAPI description, "conversationTruncated". */
export const truncatedConversation = ({ id, type, metadata }: Conversation): object => ({
  id,
  type,
  ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
});

/** Shows a conversation of which an event holds the id; one that is gone since, as far as it is known. */
export function namedConversation(records: NamedRecords, appId: string, id: string): object {
  const found = records.conversation(appId, id);
  if (found === undefined) return { id };
  // Only personal conversations are merged.
  return found.kind === "merged" ? { id, type: "personal" } : truncatedConversation(found.conversation);
}
