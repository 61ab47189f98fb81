import type { Client } from "../../model/client.ts";
import type { EventDetail } from "../../model/events/event.ts";
import type { Source } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import { shownFailure } from "./conversationPayloads.ts";
import type { NamedRecords } from "./namedRecords.ts";
import type { PayloadForm } from "./payloadForm.ts";
import { namedConversation } from "./shownConversation.ts";
import { shownClient, shownSource, sourceOfDevice } from "./shownSource.ts";
import { shownUser } from "./shownUser.ts";

type Detail<Type extends EventDetail["type"]> = Extract<EventDetail, { readonly type: Type }>;

/** Shows that a user got a client, that it changed, or that it was removed. */
export function clientPayload(
  detail: Detail<"client:add" | "client:update" | "client:remove">,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const { user, client, reason } = detail;
  const failure = detail.type === "client:remove" ? detail.failure : undefined;
  const { conversationId } = client;
  const source = sourceOfChange(user, reason);
  return {
    conversation:
      conversationId === undefined || reason === "api"
        ? undefined
        : namedConversation(records, user.appId, conversationId),
    user: shownUser(user, form),
    client: shownClient(client, form),
    reason,
    error: failure && shownFailure(failure),
    source: source && shownSource(source, user, form),
  };
}

/** Shows that a user proved who it is. */
export function updatePayload({ user, reason }: Detail<"user:update">, form: PayloadForm): object {
  const source = sourceOfDevice(user);
  return { user: shownUser(user, form), reason, source: source && shownSource(source, user, form) };
}

/** Shows that a user became another: both as far as they are still known. */
export function mergePayload(
  { discarded, merge }: Detail<"user:merge">,
  records: NamedRecords,
  form: PayloadForm,
): object {
  const { appId } = discarded;
  const survivor = records.user(appId, merge.survivorId);
  return {
    mergedUsers: {
      surviving: survivor === undefined ? { id: merge.survivorId } : shownUser(survivor, form),
      discarded: shownUser(discarded, form),
    },
    mergedConversations: merge.conversations && {
      surviving: namedConversation(records, appId, merge.conversations.surviving),
      discarded: { id: merge.conversations.discarded, type: "personal" },
    },
    mergedClients: mergedClients(merge.clients, survivor, discarded, form),
    discardedMetadata: survivor && droppedMetadata(survivor, discarded),
    reason: merge.reason,
  };
}

/**
 * Shows the clients that became one. One that the discarded user did not have is the survivor's own, which waited for the
 * identity of the other: nothing is left of it but its id.
 */
function mergedClients(
  names: { readonly surviving: string; readonly discarded: string } | undefined,
  survivor: User | undefined,
  discarded: User,
  form: PayloadForm,
): object | undefined {
  const find = (clients: readonly Client[] = [], id: string | undefined) => clients.find((client) => client.id === id);
  const kept = find(survivor?.clients, names?.surviving);
  if (names === undefined || kept === undefined) return undefined;
  const { type, integrationId } = kept;
  const merged = find(discarded.clients, names.discarded);
  return {
    surviving: shownClient(kept, form),
    discarded: merged ? shownClient(merged, form) : { id: names.discarded, type, status: "pending", integrationId },
  };
}

/** Lists the properties of a merged user that found no place in the survivor's metadata. */
function droppedMetadata(survivor: User, discarded: User): object | undefined {
  const dropped = Object.entries(discarded.metadata).filter(([name]) => !Object.hasOwn(survivor.metadata, name));
  return dropped.length === 0 ? undefined : Object.fromEntries(dropped);
}

/** Tells where a change of a client comes from, where its reason leaves no choice. */
function sourceOfChange(user: User, reason: string): Source | undefined {
  if (reason === "api") return { type: "api:conversations" };
  return reason === "sdkLogin" || reason === "sdk" ? sourceOfDevice(user) : undefined;
}
