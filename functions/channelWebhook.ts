import { runtime } from "../lib/channelRuntime.ts";
import { type ChannelEvent, isChannelType } from "../lib/domain/channel.ts";
import { idsOf } from "../lib/domain/contact.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { type Answer, pipeline } from "../lib/http/pipeline.ts";
import { channelReply, readChannelRequest } from "../lib/http/webhook.ts";
import { loadChannel } from "../lib/loadChannel.ts";

/** People whose events are stored at the same time; one person's stay in their order. */
const concurrency = 8;

/** Reasons that one line of the log names. */
const loggedReasons = 100;

/**
 * Way 2: a person writes on a messaging channel. The integration says the channel and holds its secret. Nothing is
 * acknowledged that is not stored, or kept to be stored later where the channel would not deliver it again.
 */
export const handler = pipeline("channelWebhook", "rest", runtime, async (request): Promise<Answer> => {
  const integration = await runtime.findIntegration(request.params.integrationId ?? "");
  if (!integration || !isChannelType(integration.type) || integration.status !== "active")
    throw refuse.integrationNotFound();
  const app = await runtime.findApp(integration.appId);
  if (!app) throw refuse.integrationNotFound();
  const channel = await loadChannel(integration.type);
  // What stands in an integration was checked field by field when it was made.
  const credentials = integration.fields as Readonly<Record<string, string | boolean | undefined>>;
  const delivery = readChannelRequest(request, runtime.channelUrl(request), runtime.now());
  const handshake = channel.handshake(delivery, credentials);
  if (handshake) return channelReply(handshake);
  const verdict = channel.verify(delivery, credentials);
  if (!verdict.ok) return { ...channelReply({ status: verdict.status }), skipped: [verdict.reason] };
  const { events, skipped, unreadable, once } = channel.parse(delivery, credentials);
  for (const event of once ? events : [])
    if (once && !(await runtime.signatures.serves(app, integration.id, once.signature, event, delivery.receivedAt)))
      return { ...channelReply({ status: once.refusal }), skipped: ["the signature served another delivery"] };
  const { requestId } = request;
  const origin = { requestId, appId: app.id, integrationId: integration.id, receivedAt: delivery.receivedAt };

  let usersCreated = 0;
  let outage: unknown;
  let lost: unknown;
  const store = async (event: ChannelEvent): Promise<void> => {
    try {
      // Waiting for the store again would take the time to queue what will not come again.
      if (outage !== undefined && !channel.redelivers) throw outage;
      const place = { id: integration.id, type: channel.type };
      const outcome = await runtime.contacts.receive(app, place, event, delivery.receivedAt, runtime.newId);
      if (outcome === "created") usersCreated++;
    } catch (error) {
      const kept = await runtime.keepForLater({ ...origin, event }, error, channel.redelivers);
      if (kept !== "parked") outage = error;
      if (kept === undefined) lost = error;
    }
  };
  const people = [...byPerson(events).values()];
  const worker = async () => {
    for (let next = people.shift(); next; next = people.shift()) for (const event of next) await store(event);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  // What comes again as a whole need not be kept twice.
  if (lost === undefined || !channel.redelivers) await runtime.keepUnread(origin, unreadable);
  if (lost !== undefined) throw lost;
  return { ...channelReply(channel.acknowledgement), usersCreated, skipped: skipped.slice(0, loggedReasons) };
});

/** The events of each person, in their order; an event of several ids belongs to the first person it shares one with. */
function byPerson(events: readonly ChannelEvent[]): ReadonlySet<ChannelEvent[]> {
  const groups = new Map<string, ChannelEvent[]>();
  for (const event of events) {
    const ids = [...idsOf(event.person), ...(event.kind === "identityChanged" ? event.to : [])];
    const group = ids.map((id) => groups.get(id)).find((known) => known !== undefined) ?? [];
    group.push(event);
    for (const id of ids) if (!groups.has(id)) groups.set(id, group);
  }
  return new Set(groups.values());
}
