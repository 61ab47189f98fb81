import { hash } from "node:crypto";
import type { Participant } from "../../model/conversation.ts";
import type { AppEvent, PublicEvent } from "../../model/events/event.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { QueuedDelivery } from "../../model/events/webhookDelivery.ts";
import type { NamedRecords } from "../payload/namedRecords.ts";
import { payloadSizes } from "../payload/payloadForm.ts";
import { payloadOf } from "../payload/payloadOf.ts";

/** Bytes of a delivery as it is queued: SQS takes 256 KiB, of which its attempts need some. */
const sizeLimit = 240_000;

/** Makes the deliveries of an event, one to each of these webhooks of its app. */
export function deliveriesOf(
  event: AppEvent,
  webhooks: readonly Webhook[],
  records: NamedRecords,
  now: Date,
): readonly QueuedDelivery[] {
  const userIds = usersOf(event, records);
  const address = {
    appId: event.appId,
    userIds,
    orderedBy: event.conversationId ?? event.userId ?? event.appId,
    queuedAt: now.toISOString(),
    attempts: [],
  };
  const forms = new Map<string, PublicEvent>();
  return webhooks.map((webhook) => {
    const { includeFullUser, includeFullSource } = webhook;
    const form = JSON.stringify({ includeFullUser, includeFullSource });
    const shown = forms.get(form) ?? shownWithin(event, webhook, records);
    forms.set(form, shown);
    return { id: idOfDelivery(webhook.id, event.id), webhookId: webhook.id, event: shown, ...address };
  });
}

/** Derives the id of an event's delivery to a webhook, so that an event that is published again is no other delivery. */
const idOfDelivery = (webhookId: string, eventId: string): string =>
  hash("sha256", JSON.stringify(["delivery", webhookId, eventId])).slice(0, 24);

/** Shows an event in the largest form that a queue takes. */
function shownWithin(
  event: AppEvent,
  { includeFullUser, includeFullSource }: Pick<Webhook, "includeFullUser" | "includeFullSource">,
  records: NamedRecords,
): PublicEvent {
  const { id, createdAt, detail } = event;
  const shown = (keeps: (typeof payloadSizes)[number]): PublicEvent => ({
    id,
    type: detail.type,
    createdAt,
    // Read back from JSON, it is what a receiver reads: without fields that are not there.
    payload: JSON.parse(JSON.stringify(payloadOf(event, records, { includeFullUser, includeFullSource, keeps }))),
  });
  const [largest, ...smaller] = payloadSizes;
  let made = shown(largest);
  for (const keeps of smaller) {
    if (Buffer.byteLength(JSON.stringify(made)) <= sizeLimit) break;
    made = shown(keeps);
  }
  return made;
}

/** Lists the users that an event tells of, the one it is about first. */
function usersOf(event: AppEvent, records: NamedRecords): readonly string[] {
  const { userId, detail } = event;
  const all = [
    userId,
    detail.type === "conversation:message" ? detail.message.author.userId : undefined,
    ...(detail.type === "user:merge" ? [detail.merge.survivorId, detail.discarded.id] : []),
    ...participantsIn(event, records).map((participant) => participant.userId),
  ];
  return [...new Set(all.filter((one) => one !== undefined))];
}

function participantsIn({ appId, conversationId, detail }: AppEvent, records: NamedRecords): readonly Participant[] {
  if ("conversation" in detail) return detail.conversation.participants;
  const found = conversationId === undefined ? undefined : records.conversation(appId, conversationId);
  return found === undefined || found.kind === "merged" ? [] : found.conversation.participants;
}
