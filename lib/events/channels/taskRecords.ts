import { followMerges } from "../../conversations/followMerges.ts";
import { readAddressRecord } from "../../db/items/userItem.ts";
import { userKey } from "../../db/keys.ts";
import { isPermanentFault } from "../../db/permanentFault.ts";
import { getItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { Client } from "../../model/client.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { AppEvent } from "../../model/events/event.ts";
import type { NamedRecords } from "../payload/namedRecords.ts";
import { messageForChannels, type TaskRecords } from "./messageTasks.ts";

/**
 * Reads what decides to whom messages go: besides the conversations that events name, only the ones into which some were
 * merged, and users of whom a message names an integration. What cannot be read fails its message, and no other.
 */
export async function readTaskRecords(
  runtime: Pick<Runtime, "db">,
  events: readonly AppEvent[],
  records: NamedRecords,
): Promise<(event: AppEvent) => TaskRecords> {
  const read = new Map<AppEvent, TaskRecords>();
  const unreadable = new Map<AppEvent, unknown>();
  const readOne = async (event: AppEvent) => {
    try {
      read.set(event, await recordsOf(runtime, event, records));
    } catch (error) {
      if (!isPermanentFault(error)) throw error;
      unreadable.set(event, error);
    }
  };
  await Promise.all(events.map(readOne));
  return (event) => {
    const found = read.get(event);
    if (found === undefined) throw unreadable.get(event);
    return found;
  };
}

async function recordsOf(runtime: Pick<Runtime, "db">, event: AppEvent, records: NamedRecords): Promise<TaskRecords> {
  const conversation = await conversationNow(runtime, event, records);
  const isByIntegration = messageForChannels(event)?.sending?.destination?.integrationId !== undefined;
  const userIds = isByIntegration ? (conversation?.participants ?? []).map(({ userId }) => userId) : [];
  const clients = await clientsOfUsers(runtime, event.appId, userIds);
  return { conversation, clientsOf: (userId) => clients.get(userId) ?? [] };
}

async function conversationNow(
  runtime: Pick<Runtime, "db">,
  { appId, conversationId = "" }: AppEvent,
  records: NamedRecords,
): Promise<Conversation | undefined> {
  const found = records.conversation(appId, conversationId);
  if (found?.kind === "merged") return followMerges(runtime, appId, found.into);
  return found?.kind === "open" ? found.conversation : undefined;
}

async function clientsOfUsers(
  { db }: Pick<Runtime, "db">,
  appId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Client[]>> {
  const items = await getItems(
    db,
    userIds.map((id) => userKey(appId, id)),
  );
  return new Map(
    items.flatMap((item, index) => {
      const record = item && readAddressRecord(item);
      return record?.kind === "user" ? [[userIds[index] ?? "", record.user.clients] as const] : [];
    }),
  );
}
