import type { AppEvent } from "../../model/events/event.ts";
import { conversationCreated } from "../conversationEvents.ts";
import type { NamedRecords } from "../payload/namedRecords.ts";

/** An event as a record of the table's stream tells it. */
export interface ToldEvent {
  readonly event: AppEvent;
  /** The place of a message in its conversation. */
  readonly order: string | undefined;
  /** The number of the record in the stream. */
  readonly sequenceNumber: string;
}

/** Milliseconds after a conversation's creation within which the record of the creation may come after a message's. */
const creationPassing = 60_000;

/**
 * Puts events in the order in which they happened, each once. A stream keeps the order of one item's changes only, and
 * a conversation and its messages are items: messages follow one another by their own order, and the creation of a
 * conversation comes before its first messages, made from the conversation if its own record is still to come.
 */
export function inOrder(told: readonly ToldEvent[], records: NamedRecords): readonly ToldEvent[] {
  const sorted = withMessagesSorted(told);
  const creations = new Map(
    sorted.flatMap((one) =>
      one.event.detail.type === "conversation:create" ? [[conversationOf(one.event), one] as const] : [],
    ),
  );
  const ordered = new Map<string, ToldEvent>();
  const add = (one: ToldEvent) => ordered.has(one.event.id) || ordered.set(one.event.id, one);
  for (const one of sorted) {
    const creation =
      one.order === undefined ? undefined : (creations.get(conversationOf(one.event)) ?? creationBefore(one, records));
    if (creation !== undefined) add(creation);
    add(one);
  }
  return [...ordered.values()];
}

const conversationOf = ({ appId, conversationId = "" }: AppEvent): string => JSON.stringify([appId, conversationId]);

/** Sorts the messages of each conversation among the places that they take. */
function withMessagesSorted(told: readonly ToldEvent[]): readonly ToldEvent[] {
  const messages = Map.groupBy(
    told.filter((one) => one.order !== undefined),
    ({ event }) => conversationOf(event),
  );
  const next = new Map(
    [...messages].map(([name, all]) => [
      name,
      all.toSorted((a, b) => ((a.order ?? "") < (b.order ?? "") ? -1 : 1)).values(),
    ]),
  );
  return told.map((one) =>
    one.order === undefined ? one : (next.get(conversationOf(one.event))?.next().value ?? one),
  );
}

/** Makes the creation of a message's conversation, if the conversation is so young that it may not have been told. */
function creationBefore({ event, ...place }: ToldEvent, records: NamedRecords): ToldEvent | undefined {
  const found = conversationIn(event, records);
  if (found?.kind !== "open") return undefined;
  const age = Date.parse(event.createdAt) - Date.parse(found.conversation.createdAt);
  if (age > creationPassing) return undefined;
  return { ...place, order: undefined, event: conversationCreated(found.conversation, found.origin) };
}

/** Reads the conversation of a message. One that cannot be read fails the message when that is shown, and no other. */
function conversationIn({ appId, conversationId = "" }: AppEvent, records: NamedRecords) {
  try {
    return records.conversation(appId, conversationId);
  } catch {
    return undefined;
  }
}
