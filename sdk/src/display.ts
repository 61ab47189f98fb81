import type { Client } from "./client.ts";
import { fetchMessages } from "./conversationCalls.ts";
import { about } from "./emitChanges.ts";
import type { Person } from "./person.ts";
import { isRefusal } from "./SmoochError.ts";

/** Displays a conversation of the person, or none. */
export function display(client: Client, person: Person, id: string | undefined): void {
  client.typing.forget();
  client.connected = client.lost = false;
  person.displayedId = id;
  if (id) client.poller.start();
  else client.poller.stop();
}

/** Displays the conversation that was displayed until now if the person has it, else the most recent one. */
export function displayMostRecent(client: Client, person: Person, displayedBefore?: string): void {
  const sameAsBefore = person.conversations.find(({ id }) => id === displayedBefore);
  display(client, person, (sameAsBefore ?? person.conversations[0])?.id);
}

/** Fetches the displayed conversation's messages; the poller reports a failure. */
export async function load(client: Client, person: Person): Promise<void> {
  if (person.displayedId) await fetchMessages(client, person, person.displayedId).catch(() => undefined);
}

/** Fetches the displayed conversation once, for the poller. */
export async function watch(client: Client): Promise<void> {
  const { person, emit } = client;
  const id = person.displayedId;
  if (!id) return;
  const isDisplayed = () => person === client.person && person.displayedId === id;
  if (client.lost) emit("reconnecting", about({ id }));
  client.lost = false;
  try {
    await fetchMessages(client, person, id);
    if (!isDisplayed() || client.connected) return;
    client.connected = true;
    emit("connected", about({ id }));
  } catch (error) {
    if (!isDisplayed()) return;
    markUnreachable(client, id, error);
    throw error;
  }
}

/** Records that the displayed conversation could not be reached, and removes one that is gone. */
function markUnreachable(client: Client, id: string, error: unknown): void {
  const { person, emit, connected } = client;
  if (connected) emit("disconnected", about({ id }));
  client.lost = connected;
  client.connected = false;
  if (!isRefusal(error, 404)) return;
  person.conversations = person.conversations.filter((one) => one.id !== id);
  display(client, person, undefined);
  emit("conversation:removed", about({ id }));
}
