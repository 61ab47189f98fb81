import type { App } from "./app.ts";
import { authorOf } from "./author.ts";
import {
  type Conversation,
  type ConversationFields,
  lapseOf,
  newConversation,
  newParticipant,
} from "./conversation.ts";
import { sdkClient } from "./device.ts";
import { keptContent } from "./keptContent.ts";
import type { Message } from "./message.ts";
import { type MetadataChange, mergeMetadata } from "./metadata.ts";
import type { User } from "./user.ts";

/** What makes times and ids. */
export interface Clock {
  readonly now: () => Date;
  readonly newId: () => string;
}

/** What a person says of a conversation to start, and in it. */
export type AskedConversation = ConversationFields & {
  readonly metadata?: MetadataChange | null | undefined;
  readonly messages?: readonly { readonly text: string }[] | null | undefined;
};

/** What a user gets who has a conversation and asks for one. */
export type FurtherOne = "started" | "refused" | "the first";

export interface StartedConversation {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
}

/** The conversation that a person starts on the device used last, and what they say in it. */
export function startConversation(
  app: App,
  user: User,
  place: { readonly id: string; readonly isDefault: boolean },
  asked: AskedConversation,
  clock: Clock,
): StartedConversation {
  const client = sdkClient(user);
  const participant = newParticipant(clock.newId(), user, client ? [{ type: "sdk", clientId: client.id }] : []);
  // The moment of the writing, which comes after every request that was under way with this one has arrived.
  const now = clock.now();
  const kind = { type: "personal", isDefault: place.isDefault } as const;
  const metadata = mergeMetadata({}, asked.metadata ?? {}, "Conversation");
  const conversation = newConversation(app.id, place.id, now, kind, [participant], { ...asked, metadata });
  const messages = openingWords(app, user, asked, { now: () => now, newId: clock.newId });
  const lapsesAt = messages.length === 0 ? undefined : lapseOf(app.settings, now.toISOString());
  return {
    conversation: { ...conversation, messageCount: messages.length, latest: messages.at(-1), lapsesAt },
    messages,
  };
}

/** The messages that come with a request for a conversation, said on the device used last. */
export function openingWords(app: App, user: User, asked: AskedConversation, clock: Clock): readonly Message[] {
  const device = user.devices[0];
  return (asked.messages ?? []).map(({ text }) => ({
    id: clock.newId(),
    received: clock.now().toISOString(),
    author: authorOf(user, app.settings),
    content: keptContent({ type: "text", text }, app.settings),
    source: { type: device?.type ?? "web", integrationId: device?.integrationId },
  }));
}
