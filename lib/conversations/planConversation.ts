import type { Runtime } from "../db/runtime.ts";
import type { App } from "../model/app.ts";
import type { Device } from "../model/client.ts";
import { normalizeContent } from "../model/content/contentKinds.ts";
import {
  type Conversation,
  type ConversationFields,
  conversationExpiry,
  newConversation,
  newParticipant,
} from "../model/conversation.ts";
import { sdkClient } from "../model/device.ts";
import type { ConversationOrigin } from "../model/events/event.ts";
import type { Message } from "../model/message.ts";
import { type MetadataChange, mergeMetadata } from "../model/metadata.ts";
import type { User } from "../model/user.ts";
import { authorOf } from "./author.ts";

/** An SDK's request for a conversation, with its first messages. */
export type RequestedConversation = ConversationFields & {
  readonly metadata?: MetadataChange | null | undefined;
  readonly messages?: readonly { readonly text: string }[] | null | undefined;
};

/** A conversation to create, with its messages. */
export interface NewConversation {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
}

/** Describes the creation of a conversation by a user, on a device. */
export const startedOn = ({ type, integrationId }: Pick<Device, "type" | "integrationId">): ConversationOrigin => ({
  reason: "startConversation",
  source: { type, integrationId },
});

/** Makes the conversation that a user starts on the device used last, with the messages of the request. */
export function planConversation(
  runtime: Pick<Runtime, "now" | "newId">,
  start: {
    readonly app: App;
    readonly user: User;
    readonly id: string;
    readonly isDefault: boolean;
    readonly requested: RequestedConversation;
  },
): NewConversation {
  const { app, user, id, isDefault, requested } = start;
  const client = sdkClient(user);
  const participant = newParticipant(runtime.newId(), user, client ? [{ type: "sdk", clientId: client.id }] : []);
  // The time of the write, since requests that were under way with this one have arrived by then.
  const now = runtime.now();
  const metadata = mergeMetadata({}, requested.metadata ?? {}, "Conversation");
  const conversation = newConversation(app.id, id, now, {
    ...requested,
    type: "personal",
    isDefault,
    participants: [participant],
    metadata,
  });
  const messages = openingMessages({ now: () => now, newId: runtime.newId }, app, user, requested);
  const lapsesAt = messages.length === 0 ? undefined : conversationExpiry(app.settings, now.toISOString());
  return {
    conversation: { ...conversation, messageCount: messages.length, latest: messages.at(-1), lapsesAt },
    messages,
  };
}

/** Makes the messages of a request for a conversation, sent from the device used last. */
export function openingMessages(
  runtime: Pick<Runtime, "now" | "newId">,
  app: App,
  user: User,
  requested: RequestedConversation,
): readonly Message[] {
  const device = user.devices[0];
  return (requested.messages ?? []).map(({ text }) => ({
    id: runtime.newId(),
    received: runtime.now().toISOString(),
    author: authorOf(user, app.settings),
    content: normalizeContent({ type: "text", text }, app.settings),
    source: { type: device?.type ?? "web", integrationId: device?.integrationId },
  }));
}
